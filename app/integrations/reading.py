"""Reading what a system sends, strictly as JSON: what two readers could read differently is not read at all."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from app.core.errors import Malformed
from app.core.http import read_json

# Longer numbers than any id or time; past this, reading one costs more than it is worth.
_LONGEST_NUMBER = 20


def read_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in a body. Raises Malformed: no UTF-8, no object, a member twice, an endless number."""
    read_json(body)
    try:
        found = json.loads(body.decode(), object_pairs_hook=_once, parse_int=_whole, parse_constant=_whole)
    except (ValueError, RecursionError):
        raise Malformed("malformed_json", "The body is not JSON that can be read in one way only.") from None
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


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member twice")
    return found


def _whole(digits: str) -> int:
    """Integers stay integers: a time in milliseconds, or an id, that went through a float is another."""
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError("too long a number")
    return int(digits)
