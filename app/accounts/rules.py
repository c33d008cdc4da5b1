"""Kinds of tokens, key owners and scopes; providers, states and settings of connections."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.addresses import Domain
from app.core.schemas import AtMost
from app.core.text import Clean, Name, OneLine


class TokenKind(StrEnum):
    """The prefix of each kind of token, by which people and secret scanners recognise it."""

    MANAGE = "dm"
    CONNECTION = "dk"
    TEST_CONNECTION = "dk_test"
    VENDOR = "dv"
    ACCESS = "da"


class KeyOwner(StrEnum):
    """The owner of a key: one employer's connection, or a vendor, who makes connections for its customers."""

    CONNECTION = "connection"
    VENDOR = "vendor"


class Scope(StrEnum):
    """What a key may be used for."""

    REQUESTS_WRITE = "requests:write"
    REQUESTS_READ = "requests:read"
    EVENTS_WRITE = "events:write"
    WEBHOOKS_MANAGE = "webhooks:manage"


class Provider(StrEnum):
    """Which system speaks through a connection. `neutral` is any that speaks our own contract."""

    NEUTRAL = "neutral"
    ASHBY = "ashby"
    GREENHOUSE = "greenhouse"
    LEVER = "lever"


class ConnectionState(StrEnum):
    """The life of a connection. `needs_reconnect`: its system refuses our credentials; what it sends is still taken."""

    PENDING_SETUP = "pending_setup"
    ACTIVE = "active"
    NEEDS_RECONNECT = "needs_reconnect"
    DISABLED = "disabled"


class Section(StrEnum):
    """A part of an answer that an employer may keep from being asked for, and so from release. Reasons always are."""

    CONCERNS = "concerns"
    WORRY_REPLIES = "worry_replies"
    STRENGTHS = "strengths"
    RATINGS = "ratings"
    HIRED_PROFILE = "hired_profile"
    COULD_DO_JOB = "could_do_job"
    ADVICE = "advice"
    REAPPLY = "reapply"
    OWN_QUESTION_REPLY = "own_question_reply"


HOLD_HOURS = 72

Short = Annotated[str, StringConstraints(min_length=1, max_length=255), OneLine, Clean]


class ConnectionSettings(BaseModel):
    """How an employer wishes its candidates to be treated. The candidate is shown all of it."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    company: Name
    """The employer's name, as candidates read it."""
    company_domain: Domain | None = None
    """The domain of the employer's addresses. Only a mail to it proves that its reader works there."""
    region: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z0-9]{1,12})?$")] = "eu"
    """Where the employer recruits, such as `eu` or `us-ny`."""
    timezone: Annotated[str, StringConstraints(min_length=1, max_length=64)] = "UTC"
    """The time zone of the employer, such as `Europe/Berlin`."""
    hold_hours: Annotated[int, Field(ge=0, le=24 * 60, strict=True)] = HOLD_HOURS
    """Hours that an offer waits after a rejection, unless your system says when the candidate was told."""
    stages: Annotated[tuple[Short, ...], AtMost(50)] = ()
    """Names or ids of the stages that an application must have reached for an offer; empty for any."""
    languages: Annotated[tuple[Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")], ...], AtMost(10)] = ("en",)
    """The languages in which candidates are written to, by preference."""
    sections: Annotated[tuple[Section, ...], AtMost(len(Section))] = tuple(Section)
    """The parts of an answer that people may be asked for."""
    offer_without_interview: bool = False
    """Whether candidates whom nobody met are offered to ask the hiring manager."""
