"""What of Lever's messages and answers is read: whatever is not named here is dropped before anybody can keep it.

Lever has feedback, notes, files, links and tags beside what we ask for: none of them has a name here.
"""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from app.ats.strict_json import Mail, Text
from app.core.schemas import AtMost

# Ids become parts of addresses that we ask for: nothing that could lead elsewhere is one.
RemoteId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,128}$")]
# Milliseconds since 1970, before 2200. Strict: what went through a float is another number.
Whole = Annotated[int, Field(strict=True, ge=0, le=7_258_118_400_000)]


def _listed(value: Any) -> Any:
    return [] if value is None else value


def _object(value: Any) -> Any:
    return value if isinstance(value, dict) else None


class Part(BaseModel):
    """A part of a message, or of an answer."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class Data(Part):
    """What a message is about. Nobody signed it: it says where to look, and nothing more."""

    opportunity_id: RemoteId | None = Field(default=None, alias="opportunityId")
    interview_id: RemoteId | None = Field(default=None, alias="interviewId")


class Message(Part):
    """The envelope that all messages come in. `token` and `triggered_at` are what is signed."""

    event: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    triggered_at: Annotated[int, Field(strict=True, alias="triggeredAt")]
    token: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=512)]
    data: Annotated[Data | None, BeforeValidator(_object)] = None


class Archived(Part):
    """That an opportunity is over: since when, and the id of why."""

    at: Whole | None = Field(default=None, alias="archivedAt")
    reason: RemoteId | None = None


class Opportunity(Part):
    """One candidate for one job: what we call an application. `contact` is the person, across all of theirs."""

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
    """That the candidate of an opportunity applied, and for which posting."""

    id: RemoteId
    posting: RemoteId | None = None
    created_at: Whole | None = Field(default=None, alias="createdAt")
    archived: Archived | None = None


class Posting(Part):
    """What somebody applied for; `text` is its title."""

    id: RemoteId
    text: Text | None = None
    confidentiality: Text | None = None
    hiring_manager: RemoteId | None = Field(default=None, alias="hiringManager")


class ArchiveReason(Part):
    """Why something was archived; `type` says whether by hiring."""

    id: RemoteId
    text: Text | None = None
    type: Text | None = None


class Stage(Part):
    """How far somebody came."""

    id: RemoteId
    text: Text | None = None


class User(Part):
    """Somebody at the employer, or who was."""

    id: RemoteId
    name: Text | None = None
    email: Mail | None = None
    deactivated_at: Whole | None = Field(default=None, alias="deactivatedAt")


class Attendee(Part):
    """Who was to meet the candidate. External people have no id."""

    id: RemoteId | None = None
    name: Text | None = None
    email: Mail | None = None
    response_status: Text | None = Field(default=None, alias="responseStatus")


class Meeting(Part):
    """`date` in milliseconds since 1970, `duration` in minutes."""

    id: RemoteId
    date: Whole | None = None
    duration: Annotated[int, Field(strict=True, ge=0, le=60 * 24 * 31)] | None = None
    canceled_at: Whole | None = Field(default=None, alias="canceledAt")
    stage: RemoteId | None = None
    interviewers: Annotated[list[Attendee], BeforeValidator(_listed), AtMost(100)] = Field(default_factory=list)


class Panel(Part):
    """Meetings that were arranged together."""

    canceled_at: Whole | None = Field(default=None, alias="canceledAt")
    meetings: Annotated[list[Meeting], BeforeValidator(_listed), AtMost(100)] = Field(
        default_factory=list, alias="interviews"
    )


class Identified(Part):
    """Whatever has an id."""

    id: RemoteId


class Configuration(Part):
    """How a webhook is made."""

    signature_token: Annotated[str, StringConstraints(min_length=1, max_length=512)] | None = Field(
        default=None, alias="signatureToken"
    )


class Webhook(Part):
    """A webhook as it is told once, when it is made: later its token is hidden."""

    id: RemoteId
    configuration: Configuration | None = None
