"""Greenhouse records. Fields that have no name here are dropped.

Greenhouse also sends custom fields, some of them private, and answers to questions. None of them has a name here. A
missing value may be null or an empty list.
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


# An id is a whole number. It becomes part of a request, so nothing else is accepted.
RemoteId = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$"), BeforeValidator(_digits)]
Moment = Annotated[datetime, AfterValidator(_zoned)]
Flag = Annotated[bool, BeforeValidator(_flag)]


def _ending(value: Any) -> datetime | timedelta | None:
    """Return a datetime (from a text, or from seconds since 1970) or a timedelta (from fewer seconds); None for
    anything else.
    """
    try:
        if isinstance(value, str) and not value.isdigit():
            return _zoned(datetime.fromisoformat(value))
        seconds = int(value)
        return timedelta(seconds=seconds) if seconds < _SINCE_1970 else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return None


Ending = Annotated[datetime | timedelta | None, BeforeValidator(_ending)]
# From here on, a number of seconds is a time after 1973 and not a token lifetime.
_SINCE_1970 = 100_000_000
_SOON = timedelta(minutes=5)


class Part(BaseModel):
    """Base of all Greenhouse records."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Address(Part):
    """An e-mail address. Greenhouse marks none as primary."""

    value: Mail | None = None
    type: Text | None = None


class Candidate(Part):
    """A candidate."""

    id: RemoteId
    first_name: Text | None = None
    last_name: Text | None = None
    email_addresses: Annotated[list[Address], BeforeValidator(_listed), AtMost(50)] = Field(default_factory=list)
    can_email: bool | None = None
    is_private: Flag = False
    private: Flag = False


class Job(Part):
    """A job."""

    id: RemoteId
    name: Text | None = None
    confidential: Flag = False


class Stage(Part):
    """A stage of an application."""

    id: RemoteId | None = None
    name: Text | None = None


class ReasonType(Part):
    """The type of a rejection reason: who ended the application, in words."""

    name: Text | None = None


class RejectionReason(Part):
    """A rejection reason. Only its type is read, by name: ids differ between customers."""

    id: RemoteId | None = None
    type: Annotated[ReasonType | None, BeforeValidator(_object)] = None


class Application(Part):
    """An application. A webhook and the API fill different fields."""

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
    """A candidate who was deleted or merged into another."""

    id: RemoteId
    new_candidate_id: RemoteId | None = None
    deleted_application_ids: Annotated[list[RemoteId], BeforeValidator(_listed), AtMost(5_000)] = Field(
        default_factory=list
    )


class Identified(Part):
    """A record of which only the id is read."""

    id: RemoteId


class RejectionDetail(Part):
    """The rejection reason of an application."""

    application_id: RemoteId
    rejection_reason_id: RemoteId | None = None


class HiringManager(Part):
    """A hiring manager of a job."""

    job_id: RemoteId
    user_id: RemoteId


class Payload(Part):
    """The payload of a known message."""

    application: Annotated[Application | None, BeforeValidator(_object)] = None
    person: Annotated[Person | None, BeforeValidator(_object)] = None
    interview: Annotated[Identified | None, BeforeValidator(_object)] = None
    candidate: Annotated[Identified | None, BeforeValidator(_object)] = None
    candidate_id: RemoteId | None = None
    job: Annotated[Identified | None, BeforeValidator(_object)] = None


class PingPayload(Part):
    """The payload of a ping: the event of its webhook."""

    event: Text | None = None


class Envelope(Part):
    """The envelope of all messages. The payload of an unknown message is not parsed."""

    action: Annotated[str, StringConstraints(pattern=r"^[ -~]{1,64}$")]
    payload: dict[str, Any]


class Interview(Part):
    """An interview, with times or with days."""

    id: RemoteId
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    all_day_start_on: Text | None = None
    all_day_end_on: Text | None = None
    status: Text | None = None


class Attendee(Part):
    """An interviewer. People outside the company have no user."""

    interview_id: RemoteId
    user_id: RemoteId | None = None
    email: Mail | None = None
    response_status: Text | None = None


class User(Part):
    """A current or former employee."""

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
    """An access token. One of three members has its expiry, as a time or as a number of seconds."""

    access_token: Annotated[str, StringConstraints(min_length=1, max_length=8192)]
    expires_at: Ending = None
    expires: Ending = None
    expires_in: Ending = None

    def ends(self, now: datetime) -> datetime:
        """Return when the token expires; in five minutes if the expiry can't be read."""
        expiry = next((one for one in (self.expires_at, self.expires, self.expires_in) if one is not None), _SOON)
        return expiry if isinstance(expiry, datetime) else now + expiry
