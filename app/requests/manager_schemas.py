"""Bodies of the routes of the manager's link."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.accounts.rules import Section
from app.core.addresses import Email
from app.core.schemas import Input, Output
from app.rounds.rules import MOST_PEOPLE
from app.rounds.schemas import (
    CandidateWorry,
    CodeText,
    ConcernEffect,
    Nonce,
    Pad,
    ReplyShown,
    RoundOfManager,
    RoundShown,
    Understood,
)
from app.vocabulary.answer import Answer
from app.vocabulary.codes import DeclineReason, Stage


class ManagerLinkProof(Input):
    """Proof of holding the manager's link."""

    code: CodeText
    pad: Pad = None


class PendingTeamAnswer(Output):
    """An answer for the team that the candidate can't read yet."""

    stage: Stage
    """The stage that it is about."""
    shows_at: str
    """When the candidate can read it. Until then it can be taken back."""


class ReplyToManager(ReplyShown):
    """A reply as the hiring manager reads it."""

    effect: ConcernEffect | None
    """What the manager recorded of it; null if nothing yet."""


class ManagerView(Output):
    """The request as its manager sees it, with its rounds. No round tells whether anybody answered."""

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
    signature: str
    """The name that a signed answer is prefilled with."""
    team_statement: str
    """The promise that the manager makes by answering for the team."""
    team_understood: str
    """The sentence to confirm before answering for the team."""
    sections: list[Section]
    """The parts of an answer that people are asked for."""
    declined: DeclineReason | None
    """Why the manager declined; null if they did not."""
    pending: list[PendingTeamAnswer]
    """The answers for the team that can still be taken back. The candidate does not see them yet."""
    rounds: list[RoundOfManager]
    """The rounds of the request."""
    replies: list[ReplyToManager]
    """The candidate's replies to doubts in released answers, at once."""


class TeamAnswerCreate(Input):
    """An answer for the team, signed by its hiring manager."""

    code: CodeText
    nonce: Nonce
    stage: Stage = Stage.AFTER_DECISION
    """When in the application the round asks."""
    answer: Answer
    """The complete answer, signed."""
    understood: Understood
    """Consent to be named, after `team_understood` was read."""
    pad: Pad = None


class TeamAnswerAccepted(Output):
    """An answer that shows at `shows_at`, and can be taken back until then."""

    status: Literal["released"]
    """Always `released`."""
    shows_at: str
    """When the candidate can read the answer. Until then it can be taken back."""


class PanelCreate(Input):
    """The wish to let the team answer. Debrief never learns the team's names.

    With a `work_address` at the company the links are not returned but mailed there: then the answers count as those of
    people whom the candidate can't have stood in for.
    """

    code: CodeText
    nonce: Nonce
    stage: Stage = Stage.AFTER_DECISION
    """When in the application the round asks."""
    people: Annotated[int, Field(ge=2, le=MOST_PEOPLE, strict=True)]
    """How many people the manager will forward the links to."""
    shape: Literal["team", "single"] = "team"
    """One link for the whole team, or one for each person."""
    mode: Literal["sealed", "blind"] = "sealed"
    """How the answers are kept apart from their authors."""
    work_address: Email | None = None
    """The manager's address at the company. The links are mailed there instead of shown."""
    summary: Literal[False] = False
    """Always false: there is no summary for managers."""
    pad: Pad = None


class PanelLink(Output):
    """One link to forward: for the whole team, or for one person."""

    url: str
    """The link. Its secret stands behind the `#`."""
    code: str
    """The secret of the link, to type by hand."""
    uses: int
    """How many people can use the link."""


class PanelOpened(Output):
    """A sealed round for the team, with the message to forward. Where the links were mailed, none is shown."""

    round: RoundShown
    """The round."""
    links: list[PanelLink]
    """The links to forward; empty where they were mailed."""
    message: str | None
    """The message to forward; null where the links were mailed."""


class PanelMessages(Output):
    """The panels whose message can still be forwarded."""

    panels: list[PanelOpened]
    """The panels that still collect, with their links; none whose links were mailed."""


class ManagerDeclineCreate(Input):
    """The manager can't, or would rather call."""

    code: CodeText
    nonce: Nonce
    reason: DeclineReason
    """Why the manager declines. `will_contact_directly` promises a call."""
    understood: Understood
    """Consent, after the text beside the button was read."""
    pad: Pad = None


class PanelClose(Input):
    """The manager makes today the last day of a round that they opened. Who has answered plays no part."""

    code: CodeText
    round_id: UUID
    """The round."""
    pad: Pad = None


class PanelClosing(Output):
    """The round closes at the end of `closes_on`: today, or the first day of answers of a blind round."""

    status: Literal["closing"]
    """Always `closing`."""
    closes_on: date
    """The last day on which answers are taken."""
    closes_at: datetime
    """The moment at which that day has ended everywhere, and no more answers are taken."""


class TeamRetractionCreate(Input):
    """The wish to take the team's answer back."""

    code: CodeText
    nonce: Nonce | None = None
    """The nonce of the answer. Left out, the pending answer of the stage is taken back."""
    stage: Stage = Stage.AFTER_DECISION
    """The stage of the answer, where no nonce is given."""
    pad: Pad = None
