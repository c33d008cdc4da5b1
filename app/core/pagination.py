"""Keyset pagination: an opaque cursor holds the last key of a page and a hash of the filters.

A cursor is no secret. With the hash, a cursor that comes with other filters is refused, instead of continuing another
list.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from pydantic import Field

from app.core.errors import Invalid, one

T = TypeVar("T")

MOST = 100
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
Limit = Annotated[int, Field(ge=1, le=MOST)]
Cursor = Annotated[str, Field(min_length=1, max_length=1024)]


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some items, and the cursor for those after them; None at the end."""

    items: Sequence[T]
    next_cursor: str | None


def read(cursor: str | None, filters: Mapping[str, Any]) -> str | None:
    """Return the key after which the page begins. Raises Invalid for a malformed cursor, or one of other filters."""
    if cursor is None:
        return None
    try:
        mark, key = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, TypeError, binascii.Error):
        raise invalid() from None
    if not isinstance(key, str) or mark != _mark(filters):
        raise one("/cursor", "invalid_cursor", "This cursor belongs to a list with other filters.")
    # Anybody can make up a cursor. No row has a key that cannot be stored.
    if _UNSTORABLE.search(key):
        raise invalid()
    return key


def read_id(cursor: str | None, filters: Mapping[str, Any]) -> UUID | None:
    """Return the id after which the page begins. Raises Invalid."""
    key = read(cursor, filters)
    try:
        return None if key is None else UUID(key)
    except ValueError:
        raise invalid() from None


def invalid() -> Invalid:
    """Return the error for a malformed cursor."""
    return one("/cursor", "invalid_cursor", "Use a next_cursor as it was given.")


def cut(found: Sequence[T], limit: int, filters: Mapping[str, Any], key_of: Callable[[T], str]) -> Page[T]:
    """Make a page of the rows that a query with `limit + 1` found: a row too many shows that there is a next page."""
    if len(found) <= limit:
        return Page(found, None)
    shown = found[:limit]
    text = json.dumps([_mark(filters), key_of(shown[-1])])
    return Page(shown, base64.urlsafe_b64encode(text.encode()).decode())


def link_to(path: str, limit: int, filters: Mapping[str, Any], page: Page[Any]) -> dict[str, str]:
    """Return the Link header for the next page (RFC 8288), if there is one."""
    if page.next_cursor is None:
        return {}
    query = {name: value for name, value in filters.items() if value is not None}
    return {"Link": f'<{path}?{urlencode({**query, "limit": limit, "cursor": page.next_cursor})}>; rel="next"'}


def _mark(filters: Mapping[str, Any]) -> str:
    named = json.dumps({name: str(value) for name, value in sorted(filters.items()) if value is not None})
    return hashlib.sha256(named.encode()).hexdigest()[:16]
