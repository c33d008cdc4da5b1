"""Bodies of the route for bounce reports."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.core.addresses import Email
from app.core.schemas import Input, Output


class BounceCreate(Input):
    """A mail of Debrief's that a mail server refused or returned."""

    recipient: Email
    """The address that Debrief wrote to."""
    status: Annotated[str, Field(pattern=r"^[245]\.\d{1,3}\.\d{1,3}$", max_length=9)]
    """The enhanced status code (RFC 3463) of the server that refused the mail, such as `5.1.1`."""
    message_id: Annotated[str, Field(max_length=300)] | None = None
    """The Message-ID of the mail. With it, the candidate can read that this mail could not be delivered."""


class BounceResult(StrEnum):
    """The effect of a bounce."""

    SUPPRESSED = "suppressed"
    NOTED = "noted"
    IGNORED = "ignored"


class Bounce(Output):
    """The effect of a bounce. It does not show which addresses Debrief knows."""

    result: BounceResult
    """`suppressed`: Debrief writes to the address no more. `noted`: this mail did not arrive. `ignored`: it is delayed.
    """
