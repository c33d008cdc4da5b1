"""Field types of the neutral contract: times, ids, open codes, and lenient records."""

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
# Years in which people apply for jobs. Adding three days can't overflow.
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
        raise PydanticCustomError("invalid_id", "An id must not contain a slash: it is part of URLs.")
    return value


RemoteId = Annotated[str, StringConstraints(min_length=1, max_length=255), OneLine, AfterValidator(_addressable), Clean]
Words = Annotated[str, StringConstraints(max_length=255), OneLine, Clean]
Code = Annotated[str, StringConstraints(max_length=64), Clean]
DayOrMoment = Annotated[str, BeforeValidator(_day_or_moment)]


class Known:
    """Marker of an open enum: the contract lists its values as `x-extensible-enum`, and other values are accepted.

    A closed enum would make generated clients refuse values that an ATS may send.
    """

    def __init__(self, values: Iterable[str], is_known: Callable[[str], bool]) -> None:
        self.values = tuple(values)
        self.is_known = is_known

    @classmethod
    def of(cls, kind: type[StrEnum], *left_out: StrEnum) -> "Known":
        """Return the marker for the values of `kind`, without those that only Debrief assigns."""
        return cls((one.value for one in kind if one not in left_out), partial(codes.is_known, kind))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "x-extensible-enum": list(self.values)}


ApplicationCode = Annotated[Code, Known.of(ApplicationStatus)]
RejectCode = Annotated[Code, Known.of(RejectKind)]
InterviewCode = Annotated[Code, Known.of(InterviewStatus, InterviewStatus.UNKNOWN, InterviewStatus.UNCLEAR)]
ResponseCode = Annotated[Code, Known.of(ResponseStatus, ResponseStatus.UNKNOWN)]
RoleCode = Annotated[Code, Known.of(InterviewerRole)]
AddressCode = Annotated[Code, Known.of(AddressType)]


# Placeholder for an unreadable code. It is no known code.
UNREADABLE = "unreadable"


def known_in(field: FieldInfo) -> Known | None:
    """Return the marker of a field that holds a code, or None."""
    metadata = [*field.metadata]
    for inner in get_args(field.annotation):
        metadata += getattr(inner, "__metadata__", ())
    return next((one for one in metadata if isinstance(one, Known)), None)


class Lenient(BaseModel):
    """Base of all records. Unknown fields are dropped: systems send more than Debrief needs.

    An empty text counts as missing. So does an optional text or time that is invalid: one bad field must not lose a
    rejection. Required ids, lists and flags are strict: a misread flag could send mail to somebody who must not get
    any.
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
                # Not None: an unknown code holds an offer back, and an unreadable code must do the same.
                return UNREADABLE
            if isinstance(value, bool | dict | list) or not _is_text(field.annotation):
                raise
            return None


def _is_text(annotation: Any) -> bool:
    """Return whether a field holds a text or a time, rather than a flag, a record or a list."""
    if get_origin(annotation) in (Annotated, Union, UnionType):
        return any(_is_text(inner) for inner in get_args(annotation))
    return annotation in (str, datetime)
