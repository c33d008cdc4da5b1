"""Lever records. Fields that have no name here are dropped.

Lever also has feedback, notes, files, links and tags. None of them has a name here.
"""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from app.ats.strict_json import Mail, Text
from app.core.schemas import AtMost

# An id becomes part of a URL path, so nothing that could change the path is accepted.
RemoteId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,128}$")]
# Milliseconds between 1970 and 2200. Strict: a float may have lost digits.
Whole = Annotated[int, Field(strict=True, ge=0, le=7_258_118_400_000)]


def _listed(value: Any) -> Any:
    return [] if value is None else value


def _object(value: Any) -> Any:
    return value if isinstance(value, dict) else None


class Part(BaseModel):
    """Base of all Lever records."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class Data(Part):
    """The data of a message. It is unsigned, so it only says which record to pull."""

    opportunity_id: RemoteId | None = Field(default=None, alias="opportunityId")
    interview_id: RemoteId | None = Field(default=None, alias="interviewId")


class Message(Part):
    """The envelope of all messages. Lever signs `token` and `triggered_at`."""

    event: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    triggered_at: Annotated[int, Field(strict=True, alias="triggeredAt")]
    token: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=512)]
    data: Annotated[Data | None, BeforeValidator(_object)] = None


class Archived(Part):
    """The archive state of an opportunity: time, and id of the reason."""

    at: Whole | None = Field(default=None, alias="archivedAt")
    reason: RemoteId | None = None


class Opportunity(Part):
    """An opportunity, which is an application in Debrief. `contact` is the person, across all their opportunities."""

    id: RemoteId
    name: Text | None = None
    contact: RemoteId | None = None
    emails: Annotated[list[Mail], BeforeValidator(_listed), AtMost(50)] = Field(default_factory=list)
    stage: RemoteId | None = None
    archived: Archived | None = None
    origin: Text | None = None
    confidentiality: Text | None = None
    is_anonymized: bool | None = Field(default=None, alias="isAnonymized")


class Applied(Part):
    """A Lever application: for which posting the candidate applied."""

    id: RemoteId
    posting: RemoteId | None = None
    created_at: Whole | None = Field(default=None, alias="createdAt")
    archived: Archived | None = None


class Posting(Part):
    """A posting; `text` is its title."""

    id: RemoteId
    text: Text | None = None
    confidentiality: Text | None = None
    hiring_manager: RemoteId | None = Field(default=None, alias="hiringManager")


class ArchiveReason(Part):
    """An archive reason; its `type` says whether it means hired."""

    id: RemoteId
    text: Text | None = None
    type: Text | None = None


class Stage(Part):
    """A pipeline stage."""

    id: RemoteId
    text: Text | None = None


class User(Part):
    """A current or former user at the employer."""

    id: RemoteId
    name: Text | None = None
    email: Mail | None = None
    deactivated_at: Whole | None = Field(default=None, alias="deactivatedAt")


class Attendee(Part):
    """An interviewer. People outside the company have no id."""

    id: RemoteId | None = None
    name: Text | None = None
    email: Mail | None = None
    response_status: Text | None = Field(default=None, alias="responseStatus")


class Meeting(Part):
    """An interview. `date` is in milliseconds since 1970, `duration` in minutes."""

    id: RemoteId
    date: Whole | None = None
    duration: Annotated[int, Field(strict=True, ge=0, le=60 * 24 * 31)] | None = None
    canceled_at: Whole | None = Field(default=None, alias="canceledAt")
    stage: RemoteId | None = None
    interviewers: Annotated[list[Attendee], BeforeValidator(_listed), AtMost(100)] = Field(default_factory=list)


class Panel(Part):
    """Interviews that were scheduled together."""

    canceled_at: Whole | None = Field(default=None, alias="canceledAt")
    meetings: Annotated[list[Meeting], BeforeValidator(_listed), AtMost(100)] = Field(
        default_factory=list, alias="interviews"
    )


class Identified(Part):
    """A record of which only the id is read."""

    id: RemoteId


class Configuration(Part):
    """The configuration of a webhook."""

    signature_token: Annotated[str, StringConstraints(min_length=1, max_length=512)] | None = Field(
        default=None, alias="signatureToken"
    )


class Webhook(Part):
    """A new webhook. Lever shows its token only in this response."""

    id: RemoteId
    configuration: Configuration | None = None
