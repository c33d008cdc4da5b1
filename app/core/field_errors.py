"""Translate pydantic's errors into our stable codes and messages, without quoting the body."""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, get_args

from pydantic_core import core_schema

from app.core.errors import FieldError

# Nobody corrects more faults than these by hand, and each costs more bytes than the value that it is about.
MOST_FAULTS = 20
# Codes and messages by pydantic's error types. Messages may use the limits of the rule, never what was sent.
_KNOWN: dict[str, tuple[str, str]] = {
    "missing": ("required", "This field is needed."),
    "extra_forbidden": ("unknown_field", "There is a field here that is not known."),
    "enum": ("unknown_code", "This is none of the known values."),
    "literal_error": ("unknown_code", "This is none of the known values."),
    "union_tag_invalid": ("unknown_code", "This is none of the known values."),
    "union_tag_not_found": ("required", "This field is needed."),
    "string_too_long": ("too_long", "At most {max_length} characters."),
    "string_too_short": ("too_short", "At least {min_length} characters."),
    "bytes_too_long": ("too_long", "At most {max_length} bytes."),
    "bytes_too_short": ("too_short", "At least {min_length} bytes."),
    "too_long": ("too_many", "At most {max_length}."),
    "too_short": ("too_few", "At least {min_length}."),
    "string_pattern_mismatch": ("invalid_format", "This does not look as it should."),
    "string_unicode": ("forbidden_character", "This text has a character that can't be stored."),
    "greater_than": ("out_of_range", "Must be greater than {gt}."),
    "greater_than_equal": ("out_of_range", "Must be at least {ge}."),
    "less_than": ("out_of_range", "Must be less than {lt}."),
    "less_than_equal": ("out_of_range", "Must be at most {le}."),
    "finite_number": ("out_of_range", "Must be a finite number."),
    "multiple_of": ("out_of_range", "Must be a multiple of {multiple_of}."),
    "int_parsing_size": ("out_of_range", "This number is too large."),
    "timezone_naive": ("invalid_date", "A time needs its offset from UTC."),
}
_FAMILIES: Sequence[tuple[str, str, str]] = (
    (r"date_.*|datetime_.*|time_.*|timezone_.*", "invalid_date", "This is not a date or time that can be used here."),
    (r"uuid_.*", "invalid_id", "This is not an id."),
    (r"url_.*", "invalid_link", "This is not a link that can be used here."),
    (r".*_type|.*_parsing|.*_attributes_type|int_from_float|none_required", "wrong_type", "This has the wrong type."),
)
_OTHERWISE = ("invalid_value", "This value can't be used here.")
_PYDANTICS_OWN = frozenset(get_args(core_schema.ErrorType))
# Our own field names look like this. Anything else is a key that a client sent.
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")


def field_errors(faults: Sequence[Mapping[str, Any]], body: object) -> list[FieldError]:
    """Return the first `MOST_FAULTS` faults of a RequestValidationError, each once, without those of the path.

    The name of an unknown field is input, too, so its fault points to the object that contains it. The same applies to
    keys of objects whose keys are codes.
    """
    unknown_keys = {tuple(fault["loc"][:-1]) for fault in faults if fault["loc"][-1] == "[key]"}
    found: dict[FieldError, None] = {}
    for fault in faults:
        where, *location = _known_part(fault, unknown_keys)
        if where == "path":
            continue
        pointer = _pointer(location, body) if where == "body" else _pointer([where, *location], None)
        code, message = _wording(str(fault["type"]), fault)
        found[FieldError(pointer, code, message)] = None
        if len(found) == MOST_FAULTS:
            break
    return list(found)


def _known_part(fault: Mapping[str, Any], unknown_keys: AbstractSet[tuple[Any, ...]]) -> tuple[Any, ...]:
    location: tuple[Any, ...] = fault["loc"]
    if fault["type"] == "extra_forbidden":
        return location[:-1]
    for end in range(2, len(location) + 1):
        if location[:end] in unknown_keys:
            return location[: end - 1]
    return location


def _wording(kind: str, fault: Mapping[str, Any]) -> tuple[str, str]:
    if kind not in _PYDANTICS_OWN:
        return kind, str(fault["msg"])  # A validator of our own, with its own code and message.
    if kind in _KNOWN:
        code, message = _KNOWN[kind]
        return code, message.format_map(fault.get("ctx") or {})
    for pattern, code, message in _FAMILIES:
        if re.fullmatch(pattern, kind):
            return code, message
    return _OTHERWISE


def _pointer(location: Sequence[Any], body: object) -> str:
    """Return the JSON pointer of `location`, without the names of union members that pydantic inserts."""
    parts = []
    for place, segment in enumerate(location):
        last = place == len(location) - 1
        if isinstance(segment, str):
            if not _FIELD.match(segment):
                if isinstance(body, Mapping) and segment in body:
                    break
                continue
            if body is not None and not (isinstance(body, Mapping) and (segment in body or last)):
                continue
        parts.append(str(segment))
        body = _inside(body, segment)
    return "".join(f"/{part}" for part in parts)


def _inside(body: object, segment: object) -> object:
    if isinstance(body, Mapping):
        return body.get(segment)
    if isinstance(body, list) and isinstance(segment, int) and segment < len(body):
        return body[segment]
    return None
