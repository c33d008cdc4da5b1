"""Bodies of the candidate's routes."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.core.addresses import Domain, Email
from app.core.schemas import AtMost, Input, Output
from app.core.text import Clean, Day, Name, OneLine
from app.requests.note_schemas import OwnNote
from app.requests.rules import Delivery, Ended, Interest, RequestState
from app.rounds.rules import MOST_PEOPLE, RoundState
from app.rounds.schemas import (
    CandidateWorry,
    CodeText,
    Pad,
    Participation,
    ReleasedAnswer,
    RoundShown,
)
from app.vocabulary.codes import DeclineReason, Mode, Role, Stage


class CandidateCreate(Input):
    """The candidate who asks for feedback."""

    name: Name
    """The name that the people who answer will read."""
    email: Email | None = None
    """Where Debrief writes to the candidate. Needed if Debrief shall send the links."""
    mail_link: bool = False
    """Whether Debrief mails the candidate the link to their request. A connection's candidate gets it in any case."""


class ManagerCreate(Input):
    """The hiring manager, who gets a link of their own."""

    name: Name | None = None
    """The manager's name."""
    email: Email | None = None
    """The manager's address, if Debrief shall write to them."""


class InviteeCreate(Input):
    """A person to ask. The address is compared, so that nobody is asked twice; it is kept only if Debrief mails."""

    role: Role = Role.INTERVIEWER
    """In which capacity the person is asked."""
    name: Name | None = None
    """The person's name, for the note that carries the link."""
    email: Email | None = None
    """The person's address. It is kept only if Debrief writes to it."""


class AnonymityChoice(Input):
    """How anonymous the answers shall be; the default depends on how many are asked."""

    mode: Mode
    """How the answers are kept apart from their authors."""
    k: Annotated[int, Field(ge=1, le=MOST_PEOPLE, strict=True)] | None = None
    """How many answers there must be before any is released. Left out, it follows the number of people."""


class RoundCreate(Input):
    """A round for another stage."""

    stage: Stage = Stage.AFTER_DECISION
    """When in the application the round asks."""
    invitees: Annotated[tuple[InviteeCreate, ...], Field(min_length=1), AtMost(MOST_PEOPLE)]
    """The people who are asked."""
    closes_on: Day | None = None
    """The last day on which answers are taken. Left out, the service chooses one."""
    anonymity: AnonymityChoice | None = None
    """How anonymous the answers shall be."""


class FeedbackRequestCreate(Input):
    """A candidate's wish for feedback."""

    candidate: CandidateCreate
    """The candidate who asks."""
    company: Name
    """The company that the candidate applied to."""
    company_domain: Domain | None = None
    """The domain of the company's addresses. Only a mail to it reaches people whom the candidate cannot stand in for.
    """
    role_title: Name
    """The title of the job."""
    stage: Stage = Stage.AFTER_DECISION
    """When in the application the round asks."""
    interviewed_on: Day | None = None
    """The day of the interview."""
    delivery: Delivery = Delivery.CANDIDATE
    """Who sends the links: the candidate, or Debrief by mail."""
    manager: ManagerCreate | None = None
    """The hiring manager, who gets a link of their own."""
    invitees: Annotated[tuple[InviteeCreate, ...], AtMost(MOST_PEOPLE)] = ()
    """The people who are asked."""
    worries: Annotated[tuple[CandidateWorry, ...], AtMost(3)] = ()
    """The candidate's worries: reasons that may have counted against them, at most three, in their order."""
    own_question: Annotated[str, StringConstraints(min_length=1, max_length=280), OneLine, Clean] | None = None
    """A question of the candidate's own."""
    still_interested: Interest | None = None
    """Whether the candidate would still like to work there."""
    closes_on: Day | None = None
    """The last day on which answers are taken. Left out, the service chooses one."""
    anonymity: AnonymityChoice | None = None
    """How anonymous the answers shall be."""


class FeedbackRequestPatch(Input):
    """A later closing date, for all rounds that are still open."""

    closes_on: Day
    """The new last day on which answers are taken."""


class MailDraft(Output):
    """A text to paste into a mail of one's own."""

    subject: str
    """The subject of the mail."""
    text: str
    """The text of the mail."""


class InviteLink(Output):
    """A link to hand over, with the note that carries it."""

    role: Literal["interviewer", "recruiter", "reference", "hiring_manager", "other", "manager"]
    """In which capacity the person is asked; `manager` is the hiring manager's own link."""
    name: str | None
    """The person's name, if the candidate gave it."""
    url: str
    """The link. Its secret stands behind the `#`."""
    code: str
    """The secret of the link, to type by hand."""
    note: MailDraft
    """A text that carries the link."""


class LinksAgain(Output):
    """The links that were handed over, with their notes, until their rounds close."""

    links: list[InviteLink]
    """The manager's link first; empty where Debrief mails the links, and where all rounds are over."""


class Recipient(StrEnum):
    """Whom a mail was for: the candidate, the hiring manager, or somebody asked in a round whose answers are signed."""

    CANDIDATE = "candidate"
    MANAGER = "manager"
    INVITEE = "invitee"


class UndeliveredMail(Output):
    """A mail that could not be delivered. Mail to people asked in a round without names is never listed."""

    recipient: Recipient
    """Whom the mail was for."""
    round_id: UUID | None
    """The round in which the recipient is asked; null for the candidate and the hiring manager."""
    message: str
    """What happened and what to do next, in words."""


class FeedbackRequest(Output):
    """A request as its candidate sees it."""

    id: UUID
    """The id."""
    state: RequestState
    """The life of the request."""
    ended: Ended | None
    """Why the request ended, if its candidate did not withdraw it."""
    message: str | None
    """The change of the application by the company that stopped the request, in words; null if none did."""
    delivery: Delivery
    """Who sends the links: the candidate, or Debrief by mail."""
    # Null where no address was given.
    address_confirmed: bool | None
    """Whether the candidate's address is confirmed; null where no address was given."""
    candidate_name: str
    """The candidate's name, as they wrote it."""
    company: str
    """The company that the candidate applied to."""
    role_title: str
    """The title of the job."""
    interviewed_on: date | None
    """The day of the interview."""
    worries: list[CandidateWorry]
    """The candidate's worries: reasons that may have counted against them, at most three, in their order."""
    own_question: str | None
    """A question of the candidate's own."""
    still_interested: Interest | None
    """Whether the candidate would still like to work there."""
    manager_asked: bool
    """Whether the hiring manager got a link."""
    manager_declined: DeclineReason | None
    """Why the hiring manager declined; null if they did not."""
    undelivered: list[UndeliveredMail]
    """Mails that could not be delivered. No mail to somebody asked in a round without names is among them."""
    rounds: list[RoundShown]
    """The rounds of the request."""


class FeedbackRequestRaised(FeedbackRequest):
    """A request just raised. The token is shown this once; with it `GET …/links` shows the links again.

    If Debrief mails the links, there are no links and no note.
    """

    manage_token: str
    """The token of the request (`dm_…`). It is shown this once."""
    links: list[InviteLink]
    """The links to hand over; empty where Debrief mails them."""
    thank_you_note: MailDraft | None
    """A thank-you note for the interviewers; null where Debrief mails the links."""


class AddressConfirmationCreate(Input):
    """The code that was mailed to the candidate's address."""

    code: CodeText
    pad: Pad = None


class AddressConfirmed(Output):
    """The address is confirmed: from now on Debrief writes to the people asked."""

    status: Literal["confirmed"]
    """Always `confirmed`."""


class RoundOpened(Output):
    """A round just opened, with its links."""

    round: RoundShown
    """The round."""
    links: list[InviteLink]
    """The links to hand over. `GET …/links` shows them again."""


class RoundFeedback(Output):
    """A released round as its candidate reads it."""

    id: UUID
    """The id."""
    stage: Stage
    """When in the application the round asks."""
    state: Literal[RoundState.RELEASED]
    """The present state."""
    closes_on: date
    """The last day on which answers are taken."""
    closes_at: datetime
    """The moment at which that day has ended everywhere, and no more answers are taken."""
    released_on: date | None
    """The day on which the answers were released."""
    below_threshold: bool
    """Whether fewer than `k` answers came, so that only what their authors allowed is shown."""
    participation: Participation | None
    """How many people took part; null where that is not shown."""
    message: str | None
    """The outcome of the round, in words."""
    note_to_manager: MailDraft | None
    """A text to ask the hiring manager with, where too few people answered."""
    replies_through: date | None
    """The last day on which the candidate can reply to a doubt; null while a signed round still takes answers."""
    reply_note: MailDraft | None
    """A text that tells those asked of a reply, where Debrief does not mail them; null without a reply."""
    answers: list[ReleasedAnswer]
    """The answers, in random order."""


class RoundWaiting(Output):
    """A round that is not released: no field depends on whether anybody answered."""

    id: UUID
    """The id."""
    stage: Stage
    """When in the application the round asks."""
    state: Literal[
        RoundState.COLLECTING,
        RoundState.PAUSED,
        RoundState.WITHHELD,
        RoundState.WITHDRAWN,
        RoundState.ERASED,
    ]
    """The present state."""
    closes_on: date
    """The last day on which answers are taken."""
    closes_at: datetime
    """The moment at which that day has ended everywhere, and no more answers are taken."""
    message: str | None
    """The state of the round, in words."""
    note_to_manager: MailDraft | None
    """A text to ask the hiring manager with, where too few people answered."""


class Feedback(Output):
    """The feedback of all rounds, and the candidate's own notes."""

    state: RoundState
    """The state of all rounds together."""
    rounds: list[Annotated[RoundFeedback | RoundWaiting, Field(discriminator="state")]]
    """The rounds of the request."""
    manager_declined: DeclineReason | None
    """Why the hiring manager declined; null if they did not."""
    own_notes: list[OwnNote]
    """Feedback that the candidate wrote down themselves."""
