"""What our own contract takes, field by field: whatever is not named here is dropped before anything looks at it.

Codes are texts here, since a system may know more of them than we do: `mapping` says what each means.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, PydanticCustomError

from app.applications.dossier import (
    AddressType,
    ApplicationStatus,
    InterviewerRole,
    InterviewStatus,
    RejectKind,
    ResponseStatus,
)
from app.applications.rules import Reason
from app.core.addresses import Email
from app.core.schemas import AtMost, Input, Output
from app.core.text import Clean, OneLine
from app.integrations import words
from app.integrations.neutral import event_types

MOST_INTERVIEWS = 50
MOST_INTERVIEWERS = 30
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# Times of people who apply for jobs: far from where adding three days overflows.
_YEARS = range(1971, 3000)


def _written(value: object) -> object:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise PydanticCustomError("invalid_date", "A time is written like 2026-11-30T09:00:00Z, with its offset.")
    return value


def _within(value: datetime) -> datetime:
    if value.year not in _YEARS:
        raise PydanticCustomError("invalid_date", "This is not a date or time that can be used here.")
    return value


def _day_or_moment(value: object) -> object:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError("invalid_date", "A day is written like 2026-11-30.") from None
        if day.year not in _YEARS:
            raise PydanticCustomError("invalid_date", "This is not a date or time that can be used here.")
        return value
    return _written(value)


Moment = Annotated[datetime, AfterValidator(_within), BeforeValidator(_written)]
"""A date-time of RFC 3339, with its offset."""


def _addressable(value: str) -> str:
    if "/" in value or value in {".", ".."}:
        raise PydanticCustomError("invalid_id", "An id has no slash: it stands in addresses of this service.")
    return value


RemoteId = Annotated[str, StringConstraints(min_length=1, max_length=255), OneLine, AfterValidator(_addressable), Clean]
Words = Annotated[str, StringConstraints(max_length=255), OneLine, Clean]
Code = Annotated[str, StringConstraints(max_length=64), Clean]
DayOrMoment = Annotated[str, BeforeValidator(_day_or_moment)]


class Known:
    """What stands in the contract of an open enum: its values, as an extension. Other values are taken, too.

    A plain text to generators of clients: a closed enum would make them refuse what may be sent.
    """

    def __init__(self, values: Iterable[str], is_known: Callable[[str], bool]) -> None:
        self.values = tuple(values)
        self.is_known = is_known

    @classmethod
    def of(cls, kind: type[StrEnum], *left_out: StrEnum) -> "Known":
        """Return the values of a code, but for those that only we give."""
        return cls((one.value for one in kind if one not in left_out), partial(words.is_known, kind))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "x-extensible-enum": list(self.values)}


ApplicationCode = Annotated[Code, Known.of(ApplicationStatus)]
RejectCode = Annotated[Code, Known.of(RejectKind)]
InterviewCode = Annotated[Code, Known.of(InterviewStatus, InterviewStatus.UNKNOWN, InterviewStatus.UNCLEAR)]
ResponseCode = Annotated[Code, Known.of(ResponseStatus, ResponseStatus.UNKNOWN)]
RoleCode = Annotated[Code, Known.of(InterviewerRole)]
AddressCode = Annotated[Code, Known.of(AddressType)]


# What stands for a code that can't be read: it is none of those that are known.
UNREADABLE = "unreadable"


def known_in(field: FieldInfo) -> Known | None:
    """Return the words of a field that holds a code."""
    metadata = [*field.metadata]
    for inner in get_args(field.annotation):
        metadata += getattr(inner, "__metadata__", ())
    return next((one for one in metadata if isinstance(one, Known)), None)


class Lenient(BaseModel):
    """A part of a message. Unknown fields are dropped: systems send more than anybody asked for.

    An empty text is an absent value. So is an optional text or time that can't be used: one bad field must not lose a
    rejection. Ids that are needed, lists, and flags refuse: a flag taken for its opposite could reach somebody who must
    not be written to.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    @field_validator("*", mode="wrap")
    @classmethod
    def _usable(cls, value: Any, read: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        field = cls.model_fields[info.field_name or ""]
        if field.is_required():
            return read(value)
        if isinstance(value, str) and not value.strip():
            return field.get_default()
        try:
            return read(value)
        except ValidationError:
            if known_in(field) is not None:
                # Not as if it were absent: a code that is not known holds an offer back, and one that can't be read is.
                return UNREADABLE
            if isinstance(value, bool | dict | list) or not _is_text(field.annotation):
                raise
            return None


def _is_text(annotation: Any) -> bool:
    """Tell whether a field holds one text or time, and no flag, part or list of parts."""
    if get_origin(annotation) in (Annotated, Union, UnionType):
        return any(_is_text(inner) for inner in get_args(annotation))
    return annotation in (str, datetime)


class AddressIn(Lenient):
    """An address of a candidate."""

    value: Email | None = None
    email_address_type: AddressCode | None = None
    is_primary: bool | None = None


class CandidateIn(Lenient):
    """Who applied."""

    remote_id: RemoteId
    name: Words | None = None
    first_name: Words | None = None
    last_name: Words | None = None
    email_addresses: Annotated[list[AddressIn], AtMost(20)] | None = None
    can_email: bool | None = None
    is_private: bool | None = None
    locale: Code | None = None
    remote_updated_at: Moment | None = None


class PersonIn(Lenient):
    """Somebody of the employer's."""

    remote_id: RemoteId | None = None
    name: Words | None = None
    first_name: Words | None = None
    last_name: Words | None = None
    email: Email | None = None
    disabled: bool | None = None
    response_status: ResponseCode | None = None
    role: RoleCode | None = None


class JobIn(Lenient):
    """What was applied for."""

    remote_id: RemoteId
    name: Words | None = None
    confidential: bool | None = None
    hiring_managers: Annotated[list[PersonIn], AtMost(30)] | None = None
    remote_updated_at: Moment | None = None


class StageIn(Lenient):
    """Where in its course an application, or an interview, stands."""

    remote_id: RemoteId | None = None
    name: Words | None = None


class ReasonIn(Lenient):
    """Who ended an application. The text of a reason is not taken: it must come from people."""

    kind: RejectCode | None = None


class ApplicationPart(Lenient):
    """How an application stands."""

    remote_id: RemoteId | None = None
    status: ApplicationCode | None = None
    rejected_at: Moment | None = None
    candidate_notified_at: Moment | None = None
    is_prospect: bool | None = None
    current_stage: StageIn | None = None
    reject_reason: ReasonIn | None = None
    remote_updated_at: Moment | None = None


class InterviewPart(Lenient):
    """One meeting. Of one that lasts all day, `start_at` and `end_at` may be days."""

    job_interview_stage: StageIn | None = None
    start_at: DayOrMoment | None = None
    end_at: DayOrMoment | None = None
    all_day: bool | None = None
    status: InterviewCode | None = None
    interviewers: Annotated[list[PersonIn], AtMost(MOST_INTERVIEWERS, shown=False)] | None = None
    remote_updated_at: Moment | None = None


class InterviewIn(InterviewPart):
    """One meeting, with its id."""

    remote_id: RemoteId


class InterviewSnapshot(InterviewPart):
    """One meeting, and whose application it belongs to."""

    application_remote_id: RemoteId


class Snapshot(Lenient):
    """What is known of one application. What is missing stays as it was."""

    candidate: CandidateIn | None = None
    job: JobIn | None = None
    application: ApplicationPart | None = None
    interviews: Annotated[list[InterviewIn], AtMost(MOST_INTERVIEWS, shown=False)] | None = None
    interviews_complete: bool | None = None


class EventData(Snapshot):
    """What an event is about. `into_remote_id`: whom the candidate became; `user`: who left the employer."""

    user: PersonIn | None = None
    into_remote_id: RemoteId | None = None


class EventIn(Lenient):
    """An event."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=128), OneLine, Clean]
    type: Annotated[
        str,
        StringConstraints(min_length=1, max_length=64),
        Clean,
        Known(event_types.ALL, lambda text: event_types.read(text) is not None),
    ]
    api_version: Code | None = None
    occurred_at: Moment
    data: EventData = EventData()


class MergeIn(Input):
    """Whom a candidate became."""

    into_remote_id: RemoteId


class ErasureIn(Input):
    """How much is to go. Both modes erase everything by which the candidate can be known."""

    mode: Literal["delete", "anonymize"] = "delete"
    fields: Annotated[list[Code], AtMost(50)] = Field(default_factory=list)


class Taken(Output):
    """What came of a snapshot. `dropped_fields`: the names of what was not taken, never what was in it. `offer_url` has
    no secret in it, and may stand in the rejection mail: the candidate proves their address there.
    """

    application_id: str
    offer_url: str
    outcome: Literal["accepted", "duplicate"]
    dropped_fields: list[str]


class EventTaken(Output):
    """What came of an event. `type` among `dropped_fields`: its type is none that is known here."""

    event_id: str
    outcome: Literal["accepted", "duplicate", "stale", "ignored"]
    application_id: str | None
    dropped_fields: list[str]
    request_id: str


class Merged(Output):
    """A merge that is done."""

    into_remote_id: str
    applications: int


class Erasure(Output):
    """An erasure: its id is the same however often it is asked for."""

    erasure_id: str


class ListedApplication(Output):
    """One application, as an administrator needs to see it. `reason`: why nothing is offered, or what it waits for."""

    remote_id: str
    status: Annotated[str, Known.of(ApplicationStatus)] | None
    offer: Literal["not_offered", "held", "waiting", "offered"]
    reason: Annotated[str, Known.of(Reason)] | None


class Applications(Output):
    """A page of applications."""

    data: list[ListedApplication]
    next_cursor: str | None
