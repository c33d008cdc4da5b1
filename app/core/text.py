"""Text as people type it: in NFC, without control characters, never cut in silence. And days, as they write them."""

import re
import unicodedata
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

# Everything of Unicode's Cc but the line feed. NUL is refused, not stripped: PostgreSQL can't store it, and no keyboard
# sends it by accident.
_CONTROL = re.compile(r"[\x01-\x09\x0b-\x1f\x7f-\x9f]")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def _clean(value: object) -> object:
    if not isinstance(value, str):
        return value
    if "\x00" in value or _SURROGATE.search(value):
        raise PydanticCustomError("forbidden_character", "This text has a character that can't be stored.")
    value = value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    # In this order, or cleaning twice could give something else: a stripped character may have kept two others apart.
    return unicodedata.normalize("NFC", _CONTROL.sub("", value)).strip()


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _day(value: object) -> object:
    # Left alone, pydantic takes numbers, and texts that look like numbers, for seconds since 1970.
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise PydanticCustomError("invalid_date", "A day is written like 2026-11-30.")
    if not isinstance(value, str | date):
        raise PydanticCustomError("wrong_type", "A day is written like 2026-11-30.")
    return value


def _one_line(value: str) -> str:
    if "\n" in value:
        raise PydanticCustomError("one_line", "This text must be on one line.")
    return value


# `Clean` stands last in an `Annotated`: the last of these runs first, and a limit after it would lose its own error.
Clean = BeforeValidator(_clean)
OneLine = AfterValidator(_one_line)
_Lower = BeforeValidator(_lower)

Name = Annotated[str, StringConstraints(min_length=1, max_length=80), OneLine, Clean]
"""A person, company or role: one line, at most 80 characters."""

_DOMAIN = r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])"

Domain = Annotated[str, StringConstraints(max_length=253, pattern=f"^{_DOMAIN}$"), _Lower, Clean]
"""A host name in its ASCII form (RFC 1123), in lower case."""

Email = Annotated[
    str,
    StringConstraints(max_length=254, pattern=rf"^[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_DOMAIN}$"),
    _Lower,
    Clean,
]
"""An address as a mail form of HTML takes it, in lower case. Whether it exists only a mail can tell."""

Day = Annotated[date, BeforeValidator(_day)]
"""A full-date of RFC 3339."""
