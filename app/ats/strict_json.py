"""Strict JSON reader and text types for ATS messages: ambiguous JSON is refused."""

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator

from app.core.errors import Malformed
from app.core.http import read_json
from app.core.text import line, without_unstorable

_LONGEST_TEXT = 255


def _readable(value: Any) -> Any:
    return line(value) if isinstance(value, str) else value


def _cut(value: Any) -> Any:
    return line(line(value)[:_LONGEST_TEXT]) if isinstance(value, str) else value


# Truncate instead of refusing: a long title must not lose a rejection.
Text = Annotated[str, BeforeValidator(_cut)]
"""A one-line text without characters that are invisible or can't be stored."""

# Never truncate: a truncated address may belong to somebody else.
Mail = Annotated[str, BeforeValidator(_readable)]
"""An e-mail address in the form of the ATS."""


def read_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`, without lone surrogates and NUL. Raises Malformed and TooLarge."""
    found = read_json(without_unstorable(body))
    if not isinstance(found, dict):
        raise Malformed("malformed_json", "The body is not a JSON object.")
    return found


def digest(body: bytes) -> str:
    """Return the deduplication key of a body without an id."""
    return hashlib.sha256(body).hexdigest()


def read_time(value: str | None) -> datetime | None:
    """Return an RFC 3339 time in UTC, or None if it is empty or invalid."""
    if not value:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    try:
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except OverflowError:
        return None
