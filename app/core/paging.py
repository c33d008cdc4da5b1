"""Lists in pages: an opaque cursor says where the last page ended, and for which question.

A cursor is no secret and no promise: it is the last key of a page and a mark of the filters, so that a changed filter
is refused and not answered with a page of something else.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

from pydantic import Field

from app.core.errors import one

T = TypeVar("T")

MOST = 100
Limit = Annotated[int, Field(ge=1, le=MOST)]
Cursor = Annotated[str, Field(min_length=1, max_length=1024)]


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some items, and the cursor with which to ask for those after them; None at the end."""

    items: Sequence[T]
    next_cursor: str | None


def read(cursor: str | None, filters: Mapping[str, Any]) -> str | None:
    """Return the key after which the page begins. Raises Invalid for a cursor that is none, or of other filters."""
    if cursor is None:
        return None
    try:
        mark, key = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, TypeError, binascii.Error):
        raise one("/cursor", "invalid_cursor", "Use a next_cursor as it was given.") from None
    if not isinstance(key, str) or mark != _mark(filters):
        raise one("/cursor", "invalid_cursor", "This cursor belongs to a list with other filters.")
    return key


def cut(found: Sequence[T], limit: int, filters: Mapping[str, Any], key_of: Callable[[T], str]) -> Page[T]:
    """Make a page of what was found: more than `limit`, the last of which only shows that there are more."""
    if len(found) <= limit:
        return Page(found, None)
    shown = found[:limit]
    text = json.dumps([_mark(filters), key_of(shown[-1])])
    return Page(shown, base64.urlsafe_b64encode(text.encode()).decode())


def link_to(path: str, limit: int, filters: Mapping[str, Any], page: Page[Any]) -> dict[str, str]:
    """Return the header that leads to the next page (RFC 8288), if there is one."""
    if page.next_cursor is None:
        return {}
    query = {name: value for name, value in filters.items() if value is not None}
    return {"Link": f'<{path}?{urlencode({**query, "limit": limit, "cursor": page.next_cursor})}>; rel="next"'}


def _mark(filters: Mapping[str, Any]) -> str:
    named = json.dumps({name: str(value) for name, value in sorted(filters.items()) if value is not None})
    return hashlib.sha256(named.encode()).hexdigest()[:16]
