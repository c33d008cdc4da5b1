"""What travels to and from an offer, by its candidate."""

from datetime import date
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
    """What is offered: who would be asked, in numbers, and how the company wishes its candidates to be treated.

    `met`: those who would be asked have met the candidate; if not, they hire for the job. `manager`: the hiring manager
    is written to besides, and may answer for the team.
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
    hold_hours: int
    """How many hours offers of this company wait after a rejection."""
    region: str
    """Where the employer recruits."""
    languages: list[str]
    """The languages in which the company recruits."""
    sections: list[Section]
    """The parts of an answer that people are asked for."""


class OfferAccept(Input):
    """The wish to be told: what the candidate fears, and whether the employer may see that they asked."""

    code: CodeText
    nonce: Nonce
    worries: Annotated[tuple[CandidateWorry, ...], AtMost(3)] = ()
    """What the candidate fears was held against them, at most three, in their order."""
    own_question: Annotated[str, StringConstraints(min_length=1, max_length=280), OneLine, Clean] | None = None
    """A question of the candidate's own."""
    share_state_with_employer: bool = False
    """Whether the employer may see that the candidate accepted."""
    pad: Pad = None


class OfferAccepted(Output):
    """The request that was raised, with its token: shown this once, and mailed to the candidate."""

    id: UUID
    """The id of the feedback request."""
    manage_token: str
    """The token of the request (`dm_…`). It is shown this once, and mailed to the candidate."""
    manage_url: str
    """The candidate's page. Its secret stands behind the `#`."""
    rounds: list[RoundShown]
    """The rounds of the request."""


class OfferDecline(Input):
    """No, thank you. The employer does not learn of it, unless the candidate wishes so."""

    code: CodeText
    share_state_with_employer: bool = False
    """Whether the employer may see that the candidate declined."""
    pad: Pad = None


class OfferDeclined(Output):
    """Nobody will be asked, and nobody will write again about this."""

    status: Literal["declined"]
    """Always `declined`."""


class OfferCodeAsked(Input):
    """Whoever came by a link without a secret gives the address that the company knows."""

    email: Email
    """The address that the company has."""
    pad: Pad = None


class OfferCodeSent(Output):
    """If the address is the one that the company knows, a code is on its way there."""

    status: Literal["sent_if_known"]
    """Always the same, so that nobody learns which addresses are known."""
