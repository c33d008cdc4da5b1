"""Schemas of rounds that several views share."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.accounts.rules import Section
from app.answers.schemas import ConcernEffect as ConcernEffect  # noqa: PLC0414  # As below.
from app.answers.schemas import ReleasedAnswer as ReleasedAnswer  # noqa: PLC0414  # Views of rounds show their answers.
from app.answers.schemas import ReleasedConcern as ReleasedConcern  # noqa: PLC0414  # As above.
from app.answers.schemas import Reply
from app.core.schemas import Input, Output
from app.core.text import Clean, HttpsLink, OneLine
from app.rounds.rules import CandidateHeldLinks, KBasis, OpenedBy, RoundState
from app.vocabulary.codes import About, DeclineReason, Mode, Stage


def _whole_true(value: object) -> object:
    # 1 == True in Python, but consent needs the word itself.
    if value is not True:
        raise PydanticCustomError("must_be_true", "Please confirm this first.")
    return value


CodeText = Annotated[
    str, Field(max_length=1000, description="The code of the link, as it stands in it or typed; or the whole link.")
]
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


class CandidateWorry(Input):
    """A worry of the candidate: what they fear counted against them, and what they would say to it."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=200), OneLine, Clean]
    """The worry in one sentence."""
    says: Annotated[str, StringConstraints(max_length=280), Clean] | None = None
    """What the candidate would say to it."""
    link: HttpsLink | None = None
    """Work that speaks for the candidate."""


class Reach(Output):
    """How the links of a round reach people. The promise depends on it, so it is fixed when the round opens."""

    mailed: bool = False
    """Whether Debrief mails them, or mailed the manager's link; otherwise the candidate handed them over."""
    domain: str | None = None
    """The domain that the candidate gave for the company, if mail went to addresses at it."""
    vouched: bool = False
    """Whether a connection or the operator vouches that addresses at the domain belong to people of the company."""


class Briefing(Output):
    """What the people asked read about the request."""

    candidate_name: str
    """The candidate's name, as they wrote it."""
    company: str
    """The company that the candidate applied to."""
    role_title: str
    """The title of the job."""
    interviewed_on: date | None
    """The day of the interview."""
    worries: list[CandidateWorry]
    """What the candidate fears was held against them, at most three, in their order."""
    own_question: str | None
    """A question of the candidate's own."""
    manager_name: str | None
    """The hiring manager's name."""
    # The employer may leave parts out. Older briefings lack this field.
    sections: tuple[Section, ...] | None = None
    """The parts of an answer that people are asked for; null means all."""
    # Older briefings lack this field, too. Then the promise is the weakest.
    reach: Reach = Reach()
    """How the links of the round reach people."""

    @property
    def asked_for(self) -> tuple[Section, ...]:
        """The parts of an answer that people are asked for: all, unless the employer leaves some out."""
        return tuple(Section) if self.sections is None else self.sections

    @property
    def left_out(self) -> frozenset[str]:
        """The parts that the employer leaves out."""
        return frozenset(Section) - frozenset(self.asked_for)


class CodedText(Output):
    """A sentence for people, and a stable code for machines."""

    code: str
    """The code of the text, for machines."""
    text: str
    """The text."""


class RoundAnonymity(Output):
    """The promise of a round to the people who answer."""

    mode: Mode
    """How the answers are kept apart from their authors."""
    k: int | None
    """If fewer answers than this come, each author's own choice (`if_too_few`) applies; null where answers are signed.
    """
    k_basis: KBasis
    """Which answers count towards `k`."""
    invited: int | None
    """How many people were asked; null where the hiring manager chose them."""
    in_short: list[str]
    """The promise in short lines, to show before the first question, after the caveats."""
    statement: str
    """The whole promise to the people who answer, in words."""
    candidate_held: CandidateHeldLinks
    """How many of the links the candidate could have used: handed over, or not mailed to the company."""
    caveats: list[CodedText]
    """What stands in front of the promise because it limits it, or says who named the people."""


class BlindRound(Output):
    """The key and the claim window of a blind round."""

    public_key: str
    """The public key of the round, base64url."""
    words: str
    """The key as words, to compare aloud."""
    claim_until: date
    """The last day on which tokens are given out."""
    claims_close_at: datetime
    """The moment at which that day has ended everywhere, and no more tokens are given out."""


class RoundFacts(Output):
    """What the candidate and the hiring manager see of a round. Nothing in it changes when somebody acts."""

    id: UUID
    """The id."""
    stage: Stage
    """When in the application the round asks."""
    opened_by: OpenedBy
    """Who named the people of the round."""
    opened_on: date
    """The day on which the round was opened."""
    closes_on: date
    """The last day on which answers are taken."""
    closes_at: datetime
    """The moment at which that day has ended everywhere, and no more answers are taken."""
    anonymity: RoundAnonymity
    """The promise of the round."""
    blind: BlindRound | None
    """The key and days of a blind round; null for other rounds."""


class RoundShown(RoundFacts):
    """A round as the candidate sees it."""

    state: RoundState
    """The present state."""


class ManagerRoundState(StrEnum):
    """The state of a round as the hiring manager sees it: `closed` whatever came of it."""

    COLLECTING = "collecting"
    CLOSED = "closed"


class RoundOfManager(RoundFacts):
    """A round as the hiring manager sees it."""

    state: ManagerRoundState
    """The present state: `closed` after the last day, whatever came of it."""


class DeclineCount(Output):
    """How many people declined for a reason."""

    reason: DeclineReason
    """The reason."""
    count: int
    """How many people gave it."""


class Participation(Output):
    """How many people took part. The numbers are exact only if the candidate named the people.

    If a blind round has more answers than `claims`, some of them are forged.
    """

    asked: int | None
    """How many people were asked; null where the candidate did not name them."""
    answered: int | None
    """How many answered; null where the candidate did not name the people."""
    at_least: int | None
    """How many answered at least, where the exact number is not told."""
    declined: list[DeclineCount] | None
    """How often each reason for declining was given; null where it is not told."""
    silent: int | None
    """How many did nothing; null where it is not told."""
    claims: int | None
    """How many tokens of a blind round were given out; null for other rounds."""


class ReplySubject(Output):
    """What a reply is about, as far as others than the candidate may know: never the words of an answer."""

    worry: str | None
    """The candidate's own worry that the doubt confirmed; null for other doubts."""
    about: About | None
    """The competency or reason that the doubt is about."""


class ReplyShown(Output):
    """A reply as those asked read it."""

    concern_id: UUID
    """The concern that it replies to."""
    subject: ReplySubject
    """What the reply is about."""
    reply: Reply
    """The reply."""
