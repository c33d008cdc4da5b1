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
from app.ats import codes
from app.ats.neutral import event_types
from app.core.addresses import Email
from app.core.schemas import AtMost, Input
from app.core.text import Clean, OneLine

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


Moment = Annotated[datetime, AfterValidator(_within), BeforeValidator(_written)]  # RFC 3339, with an offset.


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
        return cls((one.value for one in kind if one not in left_out), partial(codes.is_known, kind))

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

    model_config = ConfigDict(extra="ignore", frozen=True, use_attribute_docstrings=True)

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


class AtsAddress(Lenient):
    """An address of a candidate."""

    value: Email | None = None
    """The e-mail address."""
    email_address_type: AddressCode | None = None
    """What kind of address it is. `personal` is preferred to others."""
    is_primary: bool | None = None
    """Whether the candidate prefers this address."""


class AtsCandidate(Lenient):
    """Who applied."""

    remote_id: RemoteId
    """The id in your system."""
    name: Words | None = None
    """The full name."""
    first_name: Words | None = None
    """The first name, where there is no full name."""
    last_name: Words | None = None
    """The last name, where there is no full name."""
    email_addresses: Annotated[list[AtsAddress], AtMost(20)] | None = None
    """The candidate's addresses. The offer goes to one of them."""
    can_email: bool | None = None
    """Whether the candidate may be written to. `false` prevents an offer."""
    is_private: bool | None = None
    """Whether the candidate is hidden in your system. `true` prevents an offer."""
    locale: Code | None = None
    """The candidate's language, such as `en`."""
    remote_updated_at: Moment | None = None
    """When your system last changed this record. An older record does not overwrite a newer one."""


class AtsPerson(Lenient):
    """Somebody of the employer's."""

    remote_id: RemoteId | None = None
    """The id of the person in your system."""
    name: Words | None = None
    """The full name."""
    first_name: Words | None = None
    """The first name, where there is no full name."""
    last_name: Words | None = None
    """The last name, where there is no full name."""
    email: Email | None = None
    """An e-mail address."""
    disabled: bool | None = None
    """Whether the person has left. They are not asked."""
    response_status: ResponseCode | None = None
    """Whether the person accepted the meeting. `declined` means that they are not asked."""
    role: RoleCode | None = None
    """The person's part in the meeting. A `shadow` is not asked."""


class AtsJob(Lenient):
    """What was applied for."""

    remote_id: RemoteId
    """The id in your system."""
    name: Words | None = None
    """The title of the job."""
    confidential: bool | None = None
    """Whether the job is confidential. `true` prevents an offer."""
    hiring_managers: Annotated[list[AtsPerson], AtMost(30)] | None = None
    """The hiring managers of the job."""
    remote_updated_at: Moment | None = None
    """When your system last changed this record. An older record does not overwrite a newer one."""


class AtsStage(Lenient):
    """Where in its course an application, or an interview, stands."""

    remote_id: RemoteId | None = None
    """The id of the stage in your system."""
    name: Words | None = None
    """The name of the stage."""


class AtsRejectReason(Lenient):
    """Who ended an application. The text of a reason is not taken: it must come from people."""

    kind: RejectCode | None = None
    """Whether the company or the candidate ended the application."""


class AtsApplication(Lenient):
    """How an application stands."""

    remote_id: RemoteId | None = None
    """The id of the application in your system."""
    status: ApplicationCode | None = None
    """Where the application stands. `rejected` leads to an offer."""
    rejected_at: Moment | None = None
    """When the application was rejected."""
    candidate_notified_at: Moment | None = None
    """When your system told the candidate. The offer then need not wait."""
    is_prospect: bool | None = None
    """Whether the person never applied. Prospects get no offer."""
    current_stage: AtsStage | None = None
    """The stage that the application has reached."""
    reject_reason: AtsRejectReason | None = None
    """Who ended the application."""
    remote_updated_at: Moment | None = None
    """When your system last changed this record. An older record does not overwrite a newer one."""


class AtsInterviewPart(Lenient):
    """One meeting. Of one that lasts all day, `start_at` and `end_at` may be days."""

    job_interview_stage: AtsStage | None = None
    """The stage to which the interview belongs."""
    start_at: DayOrMoment | None = None
    """When it begins; a day if it lasts all day."""
    end_at: DayOrMoment | None = None
    """When it ends; a day if it lasts all day."""
    all_day: bool | None = None
    """Whether it lasts all day."""
    status: InterviewCode | None = None
    """How the interview stands, such as `complete` or `canceled`."""
    interviewers: Annotated[list[AtsPerson], AtMost(MOST_INTERVIEWERS, shown=False)] | None = None
    """The people who met the candidate."""
    remote_updated_at: Moment | None = None
    """When your system last changed this record. An older record does not overwrite a newer one."""


class AtsInterview(AtsInterviewPart):
    """One meeting, with its id."""

    remote_id: RemoteId
    """The id in your system."""


class AtsInterviewSnapshot(AtsInterviewPart):
    """One meeting, and whose application it belongs to."""

    application_remote_id: RemoteId
    """The id of the application in your system."""


class AtsSnapshot(Lenient):
    """What is known of one application. What is missing stays as it was."""

    candidate: AtsCandidate | None = None
    """The candidate."""
    job: AtsJob | None = None
    """The job."""
    application: AtsApplication | None = None
    """How the application stands."""
    interviews: Annotated[list[AtsInterview], AtMost(MOST_INTERVIEWS, shown=False)] | None = None
    """The interviews of the application."""
    interviews_complete: bool | None = None
    """Whether `interviews` is the whole list: interviews that are not in it are dropped."""


class AtsEventData(AtsSnapshot):
    """What an event is about."""

    user: AtsPerson | None = None
    """The person who left the employer."""
    into_remote_id: RemoteId | None = None
    """The id of the record that remains after a merge."""


class AtsEvent(Lenient):
    """An event."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=128), OneLine, Clean]
    """The id of the event. A repeated id is not processed again."""
    type: Annotated[
        str,
        StringConstraints(min_length=1, max_length=64),
        Clean,
        Known(event_types.ALL, lambda text: event_types.read(text) is not None),
    ]
    """The type of the event, such as `application.updated`."""
    api_version: Code | None = None
    """The version of your contract; it is not used."""
    occurred_at: Moment
    """When it happened in your system."""
    data: AtsEventData = AtsEventData()
    """What the event is about."""


class CandidateMergeCreate(Input):
    """Whom a candidate became."""

    into_remote_id: RemoteId
    """The id of the record that remains after a merge."""


class CandidateErasureCreate(Input):
    """How much is to go. Both modes erase everything by which the candidate can be known."""

    mode: Literal["delete", "anonymize"] = "delete"
    """Whether your system deletes or anonymises the record. Debrief erases the person in both cases."""
    fields: Annotated[list[Code], AtMost(50)] = Field(default_factory=list)
    """The fields that your system anonymised. Debrief does not need them."""
