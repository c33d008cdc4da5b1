"""Schemas of blind rounds: claims, evaluations, published keys, and answers with a token."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Discriminator,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    StringConstraints,
    Tag,
    model_validator,
)

from app.blinding.messages import exact
from app.core.schemas import Input, Output
from app.rounds.answer_schemas import AnswerCreate, AnswerPreviewCreate, LinkProof
from app.rounds.schemas import CodeText, Pad, ReceiptTag, Understood
from app.vocabulary.answer import Answer

Base64Url32 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
TokenText = Annotated[Base64Url32, Field(description="The input of the token, derived from the receipt.")]
Mac = Annotated[
    Base64Url32, Field(description="HMAC-SHA-256 under the token's output, over the round and exactly this body.")
]


class ClaimCreate(Input):
    """A claim: a blinded element, which the server evaluates without seeing the token."""

    code: CodeText
    blinded: Annotated[Base64Url32, Field(description="The blinded element (RFC 9497), base64url.")]
    understood: Understood
    """Consent, after the statement was read."""
    pad: Pad = None


class TokenEvaluation(Output):
    """An element, its evaluation under the key of the round, and the proof that it was that key (RFC 9497)."""

    blinded: str
    """The blinded element that was claimed, base64url."""
    evaluated: str
    """The blinded element, evaluated under the key of the round, base64url."""
    proof: str
    """The proof (RFC 9497) that the round's own key was used, base64url."""


class ClaimAccepted(Output):
    """A stored claim. The round takes answers from `answers_from` through `closes_on`."""

    status: Literal["claimed"]
    """Always `claimed`."""
    public_key: str
    """The public key of the round, base64url."""
    evaluated: str
    """The blinded element, evaluated under the key of the round, base64url."""
    proof: str
    """The proof (RFC 9497) that the round's own key was used, base64url."""
    answers_from: date
    """The first day on which answers are taken."""
    answers_open_at: datetime
    """The moment from which answers are taken: 12:00 UTC of that day, when claims have ended everywhere."""
    closes_on: date
    """The last day on which answers are taken."""
    closes_at: datetime
    """The moment at which that day has ended everywhere, and no more answers are taken."""


class TokenEvaluations(Output):
    """The evaluations of a round."""

    public_key: str
    """The public key of the round, base64url."""
    evaluations: list[TokenEvaluation]
    """Always ten evaluations, however many people claimed. Look for your own."""
    closes_on: date
    """The last day on which answers are taken."""


class RoundKey(Output):
    """The key of a blind round, with two short forms to compare it."""

    public_key: str
    """The public key of the round, base64url."""
    commitment: str
    """A digest of the key, as it stands in links."""
    words: str
    """The key as words, to compare aloud."""


class PublishedDay(Output):
    """The blind rounds that were opened on a day."""

    day: date
    """The day on which the rounds were opened."""
    entries: list[str]
    """A digest of each round's id and key."""
    head: str
    """A digest over this day and the head of the day before."""


class PublishedKeys(Output):
    """All days until yesterday, the earliest first."""

    days: list[PublishedDay]
    """All days until yesterday, the earliest first."""


class TokenProof(Input):
    """Proof of holding a token of this round."""

    proof: Literal["token"] = "token"
    """Says that the body comes from the holder of a token, not of a link."""
    x: TokenText
    mac: Mac
    pad: Pad = None


class _Proved(TokenProof):
    """A body with an answer. The mac covers the answer in the spelling that was sent."""

    answer: Answer
    """The answer. The mac covers it exactly as it is sent."""
    _exact: bytes = PrivateAttr(b"")

    @model_validator(mode="wrap")
    @classmethod
    def _keep_exact(cls, value: Any, read: ModelWrapValidatorHandler[Self]) -> Self:
        body = read(value)
        if isinstance(value, dict):
            body._exact = exact(value["answer"])  # noqa: SLF001  # Its own: a validator is a class method.
        return body

    @property
    def exact(self) -> bytes:
        """The answer in the spelling that the mac covers."""
        return self._exact


class TokenPreview(_Proved):
    """An answer to preview, of a person with a token."""


class TokenAnswer(_Proved):
    """A complete answer of a person with a token."""

    receipt_tag: ReceiptTag


def _proof_kind(value: Any) -> str:
    # A client may leave `proof` out: then the other fields tell.
    has_token = (
        value.get("proof") == "token" or "x" in value if isinstance(value, dict) else isinstance(value, TokenProof)
    )
    # No field may have this name: pointers of faults would lead to that field.
    return "by-token" if has_token else "by-code"


FormAsked = Annotated[
    Annotated[LinkProof, Tag("by-code")] | Annotated[TokenProof, Tag("by-token")], Discriminator(_proof_kind)
]
PreviewAsked = Annotated[
    Annotated[AnswerPreviewCreate, Tag("by-code")] | Annotated[TokenPreview, Tag("by-token")],
    Discriminator(_proof_kind),
]
AnswerSent = Annotated[
    Annotated[AnswerCreate, Tag("by-code")] | Annotated[TokenAnswer, Tag("by-token")], Discriminator(_proof_kind)
]
