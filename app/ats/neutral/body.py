"""Reading a body of the neutral contract: strictly as JSON, leniently as to what it says, telling what was dropped."""

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from app.ats.neutral.fields import known_in
from app.core.http import read_json
from app.core.text import without_unstorable

# Names only, and not without end.
_MOST_NAMED = 100
# A key is input, too: what does not look like a name may be a value that stands in the wrong place.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}\Z")


def dropped(raw: bytes, read: BaseModel) -> list[str]:
    """Return which fields of a body were not taken: unknown ones, unknown codes, values that can't be used.

    Their names, never what stood in them.
    """
    return sorted(set(_untaken(read_json(without_unstorable(raw)), read, "")))[:_MOST_NAMED]


def _untaken(value: Any, read: Any, path: str) -> Iterator[str]:
    if isinstance(value, list) and isinstance(read, list):
        for one, part in zip(value, read, strict=True):
            yield from _untaken(one, part, path)
    elif isinstance(value, dict) and isinstance(read, BaseModel):
        for name, inner in value.items():
            shown = name if _NAME.match(name) else "?"
            at = f"{path}.{shown}" if path else shown
            field = type(read).model_fields.get(name)
            if field is None:
                yield at
                continue
            part, known = getattr(read, name), known_in(field)
            unusable = part is None and inner is not None and bool(str(inner).strip())
            if unusable or (known is not None and isinstance(part, str) and not known.is_known(part)):
                yield at
            yield from _untaken(inner, part, at)
