"""Fields of our own contract: times, ids, codes, and what happens to a value that is not known."""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
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
