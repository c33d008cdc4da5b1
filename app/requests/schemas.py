"""What travels to and from a request and its manager's link."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.accounts.rules import Section
from app.core.addresses import Domain, Email
from app.core.schemas import AtMost, Input, Output
from app.core.text import Clean, Day, Name, OneLine
from app.requests.note_schemas import OwnNote
from app.requests.rules import Delivery, Ended, Interest, RequestState
from app.rounds.rules import MOST_PEOPLE, RoundState
from app.rounds.schemas import (
    CodeText,
    Nonce,
    Pad,
    Participation,
    Released,
    RoundShown,
    Understood,
    Worry,
)
from app.vocabulary.answer import Answer
from app.vocabulary.codes import DeclineReason, Mode, Role, Stage


class CandidateCreate(Input):
    """Who asks."""

    name: Name
    email: Email | None = None


class ManagerCreate(Input):
    """The hiring manager, who gets a link of their own."""

    name: Name | None = None
    email: Email | None = None


class InviteeCreate(Input):
    """Somebody asked. An address is compared, so that nobody is asked twice, and kept only if Debrief writes to it."""

    role: Role = Role.INTERVIEWER
    name: Name | None = None
    email: Email | None = None


class AnonymityWish(Input):
    """How anonymous the answers shall be; the default depends on how many are asked."""

    mode: Mode
    k: Annotated[int, Field(ge=1, le=MOST_PEOPLE, strict=True)] | None = None


class RoundCreate(Input):
    """A round for another stage."""

    stage: Stage = Stage.AFTER_DECISION
    invitees: Annotated[tuple[InviteeCreate, ...], Field(min_length=1), AtMost(MOST_PEOPLE)]
    closes_on: Day | None = None
    anonymity: AnonymityWish | None = None


class FeedbackRequestCreate(Input):
    """A candidate's wish for feedback."""

    candidate: CandidateCreate
    company: Name
    company_domain: Domain | None = None
    role_title: Name
    stage: Stage = Stage.AFTER_DECISION
    interviewed_on: Day | None = None
    delivery: Delivery = Delivery.CANDIDATE
    manager: ManagerCreate | None = None
    invitees: Annotated[tuple[InviteeCreate, ...], AtMost(MOST_PEOPLE)] = ()
    worries: Annotated[tuple[Worry, ...], AtMost(3)] = ()
    own_question: Annotated[str, StringConstraints(min_length=1, max_length=280), OneLine, Clean] | None = None
    still_interested: Interest | None = None
    closes_on: Day | None = None
    anonymity: AnonymityWish | None = None


class FeedbackRequestPatch(Input):
    """A later closing date, for all rounds that are still open."""

    closes_on: Day


class Note(Output):
    """A text to paste into a mail of one's own."""

    subject: str
    text: str


class Link(Output):
    """A link to hand over, with the note that carries it. Returned once."""

    role: Literal["interviewer", "recruiter", "reference", "hiring_manager", "other", "manager"]
    name: str | None
    url: str
    code: str
    note: Note


class FeedbackRequest(Output):
    """A request as its candidate sees it. `ended`: why it is over without having been withdrawn by its candidate.

    `message`: what the company did with the application meanwhile, in words, where that stopped the request.
    """

    id: UUID
    state: RequestState
    ended: Ended | None
    message: str | None
    delivery: Delivery
    # Null where no address was given.
    address_confirmed: bool | None
    candidate_name: str
    company: str
    role_title: str
    interviewed_on: date | None
    worries: list[Worry]
    own_question: str | None
    still_interested: Interest | None
    manager_asked: bool
    manager_declined: DeclineReason | None
    rounds: list[RoundShown]


class Raised(FeedbackRequest):
    """A request just raised: the token and the links are shown this once. What Debrief mails, nobody hands over: then
    there are no links, and no note.
    """

    manage_token: str
    links: list[Link]
    thank_you_note: Note | None


class ConfirmationCreate(Input):
    """Proof of reading the candidate's mail: the code that was sent there."""

    code: CodeText
    pad: Pad = None


class Confirmed(Output):
    """The address is the candidate's: from now on Debrief writes to those asked."""

    status: Literal["confirmed"]


class RoundOpened(Output):
    """A round just opened, with its links, shown this once."""

    round: RoundShown
    links: list[Link]


class RoundFeedback(Output):
    """What the candidate may read of a round."""

    id: UUID
    stage: Stage
    state: RoundState
    closes_on: date
    released_on: date | None
    below_threshold: bool
    participation: Participation | None
    message: str | None
    note_to_manager: Note | None
    answers: list[Released]


class RoundWaiting(Output):
    """A round of which nothing shows: no field depends on whether anybody answered."""

    id: UUID
    stage: Stage
    state: RoundState
    closes_on: date
    message: str | None
    note_to_manager: Note | None


class Feedback(Output):
    """The feedback of all rounds, and what the candidate has written down besides."""

    state: RoundState
    rounds: list[RoundFeedback | RoundWaiting]
    manager_declined: DeclineReason | None
    own_notes: list[OwnNote]


class ManagerHeld(Input):
    """Proof of holding the manager's link."""

    code: CodeText
    pad: Pad = None


class ManagerView(Output):
    """What is asked, what can be done, and which rounds there are. No round tells whether anybody answered."""

    candidate_name: str
    company: str
    role_title: str
    interviewed_on: date | None
    worries: list[Worry]
    own_question: str | None
    signature: str
    team_statement: str
    team_understood: str
    sections: list[Section]
    declined: DeclineReason | None
    rounds: list[RoundShown]


class TeamAnswerCreate(Input):
    """An answer for the team, signed by its hiring manager."""

    code: CodeText
    nonce: Nonce
    stage: Stage = Stage.AFTER_DECISION
    answer: Answer
    understood: Understood
    pad: Pad = None


class TeamAnswerAccepted(Output):
    """An answer that shows at `shows_at`, and can be taken back until then."""

    status: Literal["released"]
    shows_at: str


class PanelCreate(Input):
    """The wish to let the team answer. Debrief never learns the team's names.

    With a `work_address` at the company the links are not returned but mailed there: then the answers count as those of
    people whom the candidate can't have stood in for.
    """

    code: CodeText
    nonce: Nonce
    stage: Stage = Stage.AFTER_DECISION
    people: Annotated[int, Field(ge=2, le=MOST_PEOPLE, strict=True)]
    shape: Literal["team", "single"] = "team"
    mode: Literal["sealed", "blind"] = "sealed"
    work_address: Email | None = None
    summary: Literal[False] = False
    pad: Pad = None


class PanelLink(Output):
    """One link to forward: for the whole team, or for one person."""

    url: str
    code: str
    uses: int


class PanelOpened(Output):
    """A sealed round for the team, with the message to forward. The links are shown to the holder of the nonce only;
    where they were mailed, nothing is shown.
    """

    round: RoundShown
    links: list[PanelLink]
    message: str | None


class ManagerDeclineCreate(Input):
    """The manager can't, or would rather call."""

    code: CodeText
    nonce: Nonce
    reason: DeclineReason
    understood: Understood
    pad: Pad = None


class PanelClose(Input):
    """The manager says "that's everyone" of a round that they opened."""

    code: CodeText
    round_id: UUID
    pad: Pad = None


class PanelClosing(Output):
    """The round closes with the next daily tick."""

    status: Literal["closing"]


class TeamRetractionCreate(Input):
    """The wish to take the team's answer back."""

    code: CodeText
    nonce: Nonce
    pad: Pad = None
