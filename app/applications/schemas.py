"""Requests and responses of the routes of an offer."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from app.accounts.rules import Section
from app.core.addresses import Email
from app.core.schemas import AtMost, Input, Output
from app.core.text import Clean, OneLine
from app.rounds.schemas import CandidateWorry, CodeText, Nonce, Pad, RoundShown


class OfferProof(Input):
    """Proof of holding the offer: the code that was mailed."""

    code: CodeText
    pad: Pad = None


class OfferShown(Output):
    """An offer: how many people would be asked, and the company's settings for its candidates.

    `met`: the people who would be asked met the candidate; if not, they are the hiring managers. `manager`: the hiring
    manager gets a mail too, and may answer for the team.
    """

    state: Literal["offered", "accepted", "declined", "paused"]
    """How the offer stands."""
    candidate_name: str
    """The candidate's name, as they wrote it."""
    company: str
    """The company that the candidate applied to."""
    role_title: str
    """The title of the job."""
    interviewed_on: date | None
    """The day of the interview."""
    people: int
    """How many people would be asked."""
    met: bool
    """Whether those people met the candidate."""
    manager: bool
    """Whether the hiring manager would be asked too."""
    accept_until: date
    """The last day on which the offer can be accepted."""
    closes_at: datetime
    """The moment at which that day has ended everywhere, and the offer can no longer be accepted."""
    hold_hours: int
    """How many hours offers of this company wait after a rejection."""
    region: str
    """Where the employer recruits."""
    languages: list[str]
    """The languages in which the company recruits."""
    sections: list[Section]
    """The parts of an answer that people are asked for."""


class OfferAccept(Input):
    """Acceptance of an offer: the candidate's worries, and whether the employer may see that they accepted."""

    code: CodeText
    nonce: Nonce
    worries: Annotated[tuple[CandidateWorry, ...], AtMost(3)] = ()
    """What the candidate worries was held against them: at most three, in their order."""
    own_question: Annotated[str, StringConstraints(min_length=1, max_length=280), OneLine, Clean] | None = None
    """A question of the candidate's own."""
    share_state_with_employer: bool = False
    """Whether the employer may see that the candidate accepted."""
    pad: Pad = None


class OfferAccepted(Output):
    """The new request with its token, which is shown only once and mailed to the candidate."""

    id: UUID
    """The id of the feedback request."""
    manage_token: str
    """The token of the request (`dm_…`). It is shown this once, and mailed to the candidate."""
    manage_url: str
    """The candidate's page. Its secret stands behind the `#`."""
    rounds: list[RoundShown]
    """The rounds of the request."""


class OfferDecline(Input):
    """Decline of an offer. The employer sees it only if the candidate shares it."""

    code: CodeText
    share_state_with_employer: bool = False
    """Whether the employer may see that the candidate declined."""
    pad: Pad = None


class OfferDeclined(Output):
    """The declined offer: nobody will be asked, and no further mail is sent about it."""

    status: Literal["declined"]
    """Always `declined`."""


class OfferCodeAsked(Input):
    """Request for the code of an offer, from a link without it: the candidate's address that the company knows."""

    email: Email
    """The address that the company has."""
    pad: Pad = None


class OfferCodeSent(Output):
    """The response to every request for a code: it is mailed if the address is the one that the company knows."""

    status: Literal["sent_if_known"]
    """Always the same, so that nobody learns which addresses are known."""
