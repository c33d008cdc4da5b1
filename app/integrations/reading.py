"""Reading what a system sends, strictly as JSON: what two readers could read differently is not read at all."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from app.core.errors import Malformed
from app.core.http import read_json


def read_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in a body. Raises Malformed."""
    found = read_json(body)
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
