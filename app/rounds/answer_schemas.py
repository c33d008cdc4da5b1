"""Schemas of a one-time link: the form, the answer, preview, decline, retraction."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from app.accounts.rules import Section
from app.answers.schemas import ReleasedAnswer
from app.core.schemas import Input, Output
from app.rounds.schemas import (
    BlindRound,
    CandidateWorry,
    CodedText,
    CodeText,
    Nonce,
    Pad,
    ReceiptTag,
    RoundAnonymity,
    Understood,
)
from app.vocabulary.answer import Answer
from app.vocabulary.codes import DeclineReason, Role, Stage

ByCode = Annotated[Literal["code"], Field(description="Tells a holder of a link from one of a token.")]


class ConsentTexts(Output):
    """The texts beside each choice of an author."""

    invitation: str
    """The text beside the button that sends the answer."""
    too_few: list[CodedText]
    """The choices for the case that too few people answer."""
    understood: str | None
    """The sentence to confirm; null where nothing has to be confirmed."""
    decline: str
    """The text beside the button that declines."""
    how_it_works: str
    """How the answers are kept and released."""


class LinkProof(Input):
    """Proof of holding a link."""

    proof: ByCode = "code"
    code: CodeText
    pad: Pad = None


class AnswerFormRequest(Output):
    """The request, as the form shows it."""

    candidate_name: str
    """The candidate's name, as they wrote it."""
    company: str
    """The company that the candidate applied to."""
    role_title: str
    """The title of the job."""
    stage: Stage
    """When in the application the round asks."""
    interviewed_on: date | None
    """The day of the interview; null if the candidate left it out."""
    worries: list[CandidateWorry]
    """What the candidate fears was held against them, at most three, in their order."""
    own_question: str | None
    """A question of the candidate's own."""


class AnswerFormHolder(Output):
    """The person who holds the link. The server knows nothing about the holder of a token."""

    role: Role | None
    """In which capacity the person is asked; null for a holder of a token."""
    signature: str | None
    """The name that a signed answer is prefilled with; null where answers carry no name."""


class AnswerFormBlindRound(BlindRound):
    """The key and the days of a blind round, as the form shows them."""

    answers_from: date
    """The first day on which answers are taken."""
    answers_open_at: datetime
    """The moment from which answers are taken: 12:00 UTC of that day, when claims have ended everywhere."""
    too_few: bool
    """Once answers are taken: whether fewer tokens than `k` were claimed."""


class AnswerForm(Output):
    """Everything that an answering page needs. It does not depend on whether the link was used.

    The server refuses an answer with a part that is not among `sections`.
    """

    request: AnswerFormRequest
    """The request that the person is asked about."""
    you: AnswerFormHolder
    """The person who holds the link."""
    anonymity: RoundAnonymity
    """The promise of the round."""
    consent: ConsentTexts
    """The texts beside each choice."""
    closes_on: date
    """The last day on which answers are taken."""
    closes_at: datetime
    """The moment at which that day has ended everywhere, and no more answers are taken."""
    blind: AnswerFormBlindRound | None
    """The key and days of a blind round; null for other rounds."""
    sections: list[Section]
    """The parts of an answer that people are asked for."""
    vocabulary_version: str
    """The version of the vocabulary that the answer may use."""


class AnswerCreate(Input):
    """A complete answer of a person with a link."""

    proof: ByCode = "code"
    code: CodeText
    nonce: Nonce
    receipt_tag: ReceiptTag | None = None
    """The tag of the receipt that the client made: the way back to the answer."""
    answer: Answer
    """The complete answer."""
    understood: Understood | None = None
    """Consent to be named. Required where answers are signed, refused where they are not."""
    pad: Pad = None


class AnswerAccepted(Output):
    """A stored answer. The author can take a signed one back until `shows_at`."""

    status: Literal["sealed", "released"]
    """`sealed` until the round is released; `released` for a signed answer."""
    closes_on: date
    """The last day on which answers are taken."""
    closes_at: datetime
    """The moment at which that day has ended everywhere, and no more answers are taken."""
    shows_at: str | None
    """When the candidate can read a signed answer; null for others. Until then it can be taken back."""


class AnswerPreviewCreate(Input):
    """What is checked before it is sent: an answer, or nothing before a decline or a claim.

    Clients check once, so that each visit is the same three requests: form, preview, and what is sent.
    """

    proof: ByCode = "code"
    code: CodeText
    answer: Answer | None = None
    """The answer, finished or not; null before a decline or a claim."""
    pad: Pad = None


class WordingHint(Output):
    """A hint on the wording. It never keeps an answer from being sent."""

    pointer: str
    """JSON pointer (RFC 6901) to the field."""
    code: str
    """A stable code, for machines."""
    message: str
    """A hint for the author; it may change."""
    span: Annotated[list[int], Field(min_length=2, max_length=2)]
    """The first character of the passage and the one after its last, counted from 0, in the text as it will be read."""


class MissingPart(Output):
    """A fault that keeps the answer from being accepted."""

    pointer: str
    """JSON pointer (RFC 6901) to the field that needs a change."""
    code: str
    """A stable code, for machines."""
    message: str
    """A text for people; it may change."""


class AnswerPreview(Output):
    """What the candidate would read, hints on the wording, and what is missing."""

    candidate_reads: ReleasedAnswer | None
    """The answer as the candidate would read it; null without an answer."""
    in_words: list[str]
    """The answer in sentences, in the order of the page."""
    findings: list[WordingHint]
    """Hints on the wording. None of them keeps the answer from being sent."""
    missing: list[MissingPart]
    """What must change before the answer is accepted."""


class DeclineCreate(Input):
    """A decline."""

    code: CodeText
    nonce: Nonce
    reason: DeclineReason
    """Why the person does not answer."""
    understood: Understood
    """Consent, after the text beside the button was read."""
    pad: Pad = None


class DeclineAccepted(Output):
    """A stored decline."""

    status: Literal["declined"]
    """Always `declined`."""


class RetractionCreate(Input):
    """A retraction of a signed answer, by the nonce with which it was sent."""

    code: CodeText
    nonce: Nonce
    pad: Pad = None


class RetractionAccepted(Output):
    """A retracted answer."""

    status: Literal["retracted"]
    """Always `retracted`."""
