"""What of Greenhouse's messages and answers is read: whatever is not named here is dropped before anybody can keep it.

Its messages carry custom fields, private ones among them, and answers to questions: none of them has a name here. What
is absent may be null or an empty list.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from app.ats.strict_json import Mail, Text
from app.core.schemas import AtMost


def _digits(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else []


def _object(value: Any) -> Any:
    return value if isinstance(value, dict) else None


def _flag(value: Any) -> Any:
    return value is True


def _zoned(value: datetime) -> datetime:
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


# Ids are whole numbers, and become parts of what we ask for: nothing that could lead elsewhere is one.
RemoteId = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$"), BeforeValidator(_digits)]
Moment = Annotated[datetime, AfterValidator(_zoned)]
Flag = Annotated[bool, BeforeValidator(_flag)]


def _ending(value: Any) -> datetime | timedelta | None:
    """Return a moment (a text, or seconds since 1970) or a span (fewer seconds than that); None for anything else."""
    try:
        if isinstance(value, str) and not value.isdigit():
            return _zoned(datetime.fromisoformat(value))
        seconds = int(value)
        return timedelta(seconds=seconds) if seconds < _SINCE_1970 else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return None


Ending = Annotated[datetime | timedelta | None, BeforeValidator(_ending)]
# Seconds from here on are a moment after 1973, and no span of a token.
_SINCE_1970 = 100_000_000
_SOON = timedelta(minutes=5)


class Part(BaseModel):
    """A part of a message, or of an answer."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Address(Part):
    """One address; nothing says which is the main one."""

    value: Mail | None = None
    type: Text | None = None


class Candidate(Part):
    """Who applied."""

    id: RemoteId
    first_name: Text | None = None
    last_name: Text | None = None
    email_addresses: Annotated[list[Address], BeforeValidator(_listed), AtMost(50)] = Field(default_factory=list)
    can_email: bool | None = None
    is_private: Flag = False
    private: Flag = False


class Job(Part):
    """What was applied for."""

    id: RemoteId
    name: Text | None = None
    confidential: Flag = False


class Stage(Part):
    """How far somebody came."""

    id: RemoteId | None = None
    name: Text | None = None


class ReasonType(Part):
    """Who ended it, in words."""

    name: Text | None = None


class RejectionReason(Part):
    """Why somebody was rejected: of it only who ended it is read. Ids differ from one customer to the next."""

    id: RemoteId | None = None
    type: Annotated[ReasonType | None, BeforeValidator(_object)] = None


class Application(Part):
    """An application, in a message or in an answer: each fills in what the other leaves out."""

    id: RemoteId
    status: Text | None = None
    prospect: Flag = False
    rejected_at: Moment | None = None
    last_activity_at: Moment | None = None
    updated_at: Moment | None = None
    candidate: Annotated[Candidate | None, BeforeValidator(_object)] = None
    candidate_id: RemoteId | None = None
    jobs: Annotated[list[Job], BeforeValidator(_listed), AtMost(50)] = Field(default_factory=list)
    job_id: RemoteId | None = None
    current_stage: Annotated[Stage | None, BeforeValidator(_object)] = None
    job_interview_stage_id: RemoteId | None = None
    stage_name: Text | None = None
    rejection_reason: Annotated[RejectionReason | None, BeforeValidator(_object)] = None
    rejection_reason_id: RemoteId | None = None


class Person(Part):
    """A candidate who is deleted, or becomes another."""

    id: RemoteId
    new_candidate_id: RemoteId | None = None
    deleted_application_ids: Annotated[list[RemoteId], BeforeValidator(_listed), AtMost(5_000)] = Field(
        default_factory=list
    )


class Identified(Part):
    """Whatever has an id."""

    id: RemoteId


class RejectionDetail(Part):
    """Which reason an application was rejected for."""

    application_id: RemoteId
    rejection_reason_id: RemoteId | None = None


class HiringManager(Part):
    """Who hires for a job."""

    job_id: RemoteId
    user_id: RemoteId


class Payload(Part):
    """What a message is about, if it is one that we know."""

    application: Annotated[Application | None, BeforeValidator(_object)] = None
    person: Annotated[Person | None, BeforeValidator(_object)] = None
    interview: Annotated[Identified | None, BeforeValidator(_object)] = None
    candidate: Annotated[Identified | None, BeforeValidator(_object)] = None
    candidate_id: RemoteId | None = None
    job: Annotated[Identified | None, BeforeValidator(_object)] = None


class Wired(Part):
    """What a ping is about: the event that its webhook is for."""

    event: Text | None = None


class Envelope(Part):
    """What all messages come in. Of one that nobody here knows, what it is about is nobody's business."""

    action: Annotated[str, StringConstraints(pattern=r"^[ -~]{1,64}$")]
    payload: dict[str, Any]


class Interview(Part):
    """One meeting: with times, or with days."""

    id: RemoteId
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    all_day_start_on: Text | None = None
    all_day_end_on: Text | None = None
    status: Text | None = None


class Attendee(Part):
    """Who was to meet the candidate. External people have no user."""

    interview_id: RemoteId
    user_id: RemoteId | None = None
    email: Mail | None = None
    response_status: Text | None = None


class User(Part):
    """Somebody at the employer, or who was."""

    id: RemoteId
    first_name: Text | None = None
    last_name: Text | None = None
    name: Text | None = None
    email: Mail | None = None
    primary_email: Mail | None = None
    disabled: Flag = False
    deactivated: Flag = False
    linked_candidate_ids: Annotated[list[RemoteId], BeforeValidator(_listed), AtMost(5_000)] = Field(
        default_factory=list
    )


class Token(Part):
    """An access token. When it ends is said in one of three members: as a moment, or as a span in seconds."""

    access_token: Annotated[str, StringConstraints(min_length=1, max_length=8192)]
    expires_at: Ending = None
    expires: Ending = None
    expires_in: Ending = None

    def ends(self, now: datetime) -> datetime:
        """Return when it ends; soon, where nothing readable is said."""
        told = next((one for one in (self.expires_at, self.expires, self.expires_in) if one is not None), _SOON)
        return told if isinstance(told, datetime) else now + told
