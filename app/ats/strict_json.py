"""Reading what a system sends, strictly as JSON: what two readers could read differently is not read at all."""

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


# Cut rather than refused: a long title is no reason to lose a rejection.
Text = Annotated[str, BeforeValidator(_cut)]
"""A text of another system on one line, without what could not be stored or would not be seen."""

# Never cut: what was cut off an address leaves somebody else's.
Mail = Annotated[str, BeforeValidator(_readable)]
"""An address as another system writes it."""


def read_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in a body, mended. Raises Malformed."""
    found = read_json(without_unstorable(body))
    if not isinstance(found, dict):
        raise Malformed("malformed_json", "The body is not a JSON object.")
    return found


def digest(body: bytes) -> str:
    """Return by what a body that has no id is known again."""
    return hashlib.sha256(body).hexdigest()


def read_time(value: str | None) -> datetime | None:
    """Return a time of RFC 3339 in UTC; None for none, and for what is none."""
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
