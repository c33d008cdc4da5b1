"""What travels to and from a round."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.accounts.rules import Section
from app.answers.schemas import Released as Released  # noqa: PLC0414  # Whoever shows a round shows its answers.
from app.core.schemas import Input, Output
from app.core.text import Clean, Day, OneLine
from app.rounds.rules import Held, KBasis, OpenedBy, RoundState
from app.vocabulary.answer import Answer
from app.vocabulary.codes import DeclineReason, Mode, Role, Stage


def _https_only(value: object) -> object:
    if isinstance(value, str) and not value.startswith("https://"):
        raise PydanticCustomError("https_only", "A link must begin with https://.")
    return value


def _whole_true(value: object) -> object:
    # 1 == True in Python: consent is given with the word itself.
    if value is not True:
        raise PydanticCustomError("must_be_true", "Please confirm this first.")
    return value


HttpsLink = Annotated[str, StringConstraints(max_length=300, pattern=r"^[!-~]+$"), BeforeValidator(_https_only), Clean]
CodeText = Annotated[str, Field(max_length=80, description="The secret of the link, as it stands in it or typed.")]
Nonce = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{22,64}$"),
    Field(description="Made at random by the client, kept for a retry of the same submission."),
]
ReceiptTag = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$"),
    Field(description="Derived from a receipt that the client made: the way back to the answer, for its author alone."),
]
Understood = Annotated[Literal[True], BeforeValidator(_whole_true)]
Pad = Annotated[str | None, Field(description="Anything, ignored: clients make all requests equally long with it.")]


class Worry(Input):
    """What the candidate fears was believed, and what they would say to it."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=200), OneLine, Clean]
    says: Annotated[str, StringConstraints(max_length=280), Clean] | None = None
    link: HttpsLink | None = None


class Briefing(Output):
    """What those asked are told of the request."""

    candidate_name: str
    company: str
    role_title: str
    interviewed_on: date | None
    worries: list[Worry]
    own_question: str | None
    manager_name: str | None
    # What those asked may be asked for, where their employer says so; in briefings of old it is missing.
    sections: tuple[Section, ...] | None = None

    @property
    def asked_for(self) -> tuple[Section, ...]:
        """Return which parts of an answer are asked for: all, unless an employer says otherwise."""
        return tuple(Section) if self.sections is None else self.sections

    @property
    def left_out(self) -> frozenset[str]:
        """Return which are not."""
        return frozenset(Section) - frozenset(self.asked_for)


class Text(Output):
    """A sentence for people, and a stable code for machines."""

    code: str
    text: str


class Anonymity(Output):
    """The promise of a round. `k` is null where answers are signed, `invited` where the manager chose the people."""

    mode: Mode
    k: int | None
    k_basis: KBasis
    invited: int | None
    statement: str
    candidate_held: Held
    caveats: list[Text]


class Consent(Output):
    """The words beside each choice that an author has to make."""

    invitation: str
    too_few: list[Text]
    understood: str | None
    decline: str
    how_it_works: str


class Blind(Output):
    """Of a blind round: its key, in full and as words to compare aloud; claims are taken through `claim_until`."""

    public_key: str
    words: str
    claim_until: date


class RoundShown(Output):
    """A round as its candidate, or the manager, sees it. `blind` is null where it isn't."""

    id: UUID
    stage: Stage
    state: RoundState
    opened_by: OpenedBy
    opened_on: date
    closes_on: date
    anonymity: Anonymity
    blind: Blind | None


class CodeHeld(Input):
    """Proof of holding a link."""

    code: CodeText
    pad: Pad = None


class AskedAbout(Output):
    """What the form tells of the request."""

    candidate_name: str
    company: str
    role_title: str
    stage: Stage
    interviewed_on: date | None
    worries: list[Worry]
    own_question: str | None


class You(Output):
    """The person who holds the link. `signature` is what a signed answer is prefilled with.

    Of whoever holds a token nothing is known, not even the role.
    """

    role: Role | None
    signature: str | None


class BlindForm(Blind):
    """What else those asked in a blind round are told. `too_few`, once answers are taken: fewer than k can come."""

    answers_from: date
    too_few: bool


class Form(Output):
    """Everything that an answering page needs. The same whether the link was used or not. An answer with a part that
    is not among `sections` is refused: the employer lets nobody be asked for it.
    """

    request: AskedAbout
    you: You
    anonymity: Anonymity
    consent: Consent
    closes_on: date
    blind: BlindForm | None
    sections: list[Section]
    vocabulary_version: str


class AnswerCreate(Input):
    """A complete answer. `understood` is required where answers are signed, and refused where they are sealed."""

    code: CodeText
    nonce: Nonce
    receipt_tag: ReceiptTag | None = None
    answer: Answer
    understood: Understood | None = None
    pad: Pad = None


class AnswerAccepted(Output):
    """An answer that is kept. A signed one shows at `shows_at`, and can be taken back until then."""

    status: Literal["sealed", "released"]
    closes_on: date
    shows_at: str | None


class PreviewCreate(Input):
    """An answer, finished or not."""

    code: CodeText
    answer: Answer
    pad: Pad = None


class FindingShown(Output):
    """A hint on the wording: never a reason to refuse. `span` is in characters of the field, from 0."""

    pointer: str
    code: str
    message: str
    span: tuple[int, int]


class Missing(Output):
    """What keeps the answer from being accepted as it is."""

    pointer: str
    code: str
    message: str


class Preview(Output):
    """What the candidate would read; what could be said better; what is missing."""

    candidate_reads: Released
    in_words: list[str]
    findings: list[FindingShown]
    missing: list[Missing]


class DeclineCreate(Input):
    """The wish not to answer."""

    code: CodeText
    nonce: Nonce
    reason: DeclineReason
    understood: Understood
    pad: Pad = None


class Declined(Output):
    """A decline that is kept."""

    status: Literal["declined"]


class PostponementCreate(Input):
    """The wish to be asked again on `until`."""

    code: CodeText
    until: Day
    pad: Pad = None


class Postponed(Output):
    """A reminder: by the common mail of the round where Debrief has an address, and in any case as a file (RFC 5545)
    for the person's own calendar.
    """

    until: date
    reminder: Literal["calendar", "mail"]
    calendar: str


class RetractionCreate(Input):
    """The wish to take a signed answer back, by the nonce with which it was sent."""

    code: CodeText
    nonce: Nonce
    pad: Pad = None


class Retracted(Output):
    """An answer that is gone."""

    status: Literal["retracted"]


class Declines(Output):
    """How often a reason was given."""

    reason: DeclineReason
    count: int


class Participation(Output):
    """Who took part, in numbers. Exact where the candidate named the people; else only that at least k answered.

    `claims` is how many tokens of a blind round were given out: more answers than that would have been forged.
    """

    asked: int | None
    answered: int | None
    at_least: int | None
    declined: list[Declines] | None
    silent: int | None
    claims: int | None
