"""What travels to and from an offer, by its candidate."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from app.accounts.rules import Section
from app.core.addresses import Email
from app.core.schemas import AtMost, Input, Output
from app.core.text import Clean, OneLine
from app.rounds.schemas import CodeText, Nonce, Pad, RoundShown, Worry


class OfferHeld(Input):
    """Proof of holding the offer: the code that was mailed."""

    code: CodeText
    pad: Pad = None


class OfferShown(Output):
    """What is offered: who would be asked, in numbers, and how the company wishes its candidates to be treated.

    `met`: those who would be asked have met the candidate; if not, they hire for the job. `manager`: the hiring manager
    is written to besides, and may answer for the team.
    """

    state: Literal["offered", "accepted", "declined", "paused"]
    candidate_name: str
    company: str
    role_title: str
    interviewed_on: date | None
    people: int
    met: bool
    manager: bool
    accept_until: date
    hold_hours: int
    region: str
    languages: list[str]
    sections: list[Section]


class OfferAccept(Input):
    """The wish to be told: what the candidate fears, and whether the employer may see that they asked."""

    code: CodeText
    nonce: Nonce
    worries: Annotated[tuple[Worry, ...], AtMost(3)] = ()
    own_question: Annotated[str, StringConstraints(min_length=1, max_length=280), OneLine, Clean] | None = None
    share_state_with_employer: bool = False
    pad: Pad = None


class OfferAccepted(Output):
    """The request that was raised, with its token: shown this once, and mailed to the candidate."""

    id: UUID
    manage_token: str
    manage_url: str
    rounds: list[RoundShown]


class OfferDecline(Input):
    """No, thank you. The employer does not learn of it, unless the candidate wishes so."""

    code: CodeText
    share_state_with_employer: bool = False
    pad: Pad = None


class OfferDeclined(Output):
    """Nobody will be asked, and nobody will write again about this."""

    status: Literal["declined"]


class OfferCodeAsked(Input):
    """Whoever came by a link without a secret gives the address that the company knows."""

    email: Email
    pad: Pad = None


class OfferCodeSent(Output):
    """If the address is the one that the company knows, a code is on its way there."""

    status: Literal["sent_if_known"]
