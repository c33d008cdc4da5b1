"""Names of the fields of a body that Debrief did not store."""

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app.ats.neutral.fields import known_in
from app.ats.strict_json import read_object

MOST_NAMES = 100
# Report only member names that look like names: a sender may have put a value in their place.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}\Z")


def find_dropped(raw: bytes, read: BaseModel) -> list[str]:
    """Return the paths of unknown fields, unknown codes and unusable values in `raw`, which was parsed as `read`.

    The result has names only, never values, and at most `MOST_NAMES`.
    """
    return sorted(set(_dropped_in(read_object(raw), read, "")))[:MOST_NAMES]


def _dropped_in(value: Any, read: Any, path: str) -> Iterator[str]:
    if isinstance(value, list) and isinstance(read, list):
        for item, parsed in zip(value, read, strict=True):
            yield from _dropped_in(item, parsed, path)
    elif isinstance(value, dict) and isinstance(read, BaseModel):
        for name, inner in value.items():
            shown = name if _NAME.match(name) else "?"
            field_path = f"{path}.{shown}" if path else shown
            field = type(read).model_fields.get(name)
            if field is None:
                yield field_path
                continue
            parsed = getattr(read, name)
            if _is_dropped(inner, parsed, field):
                yield field_path
            yield from _dropped_in(inner, parsed, field_path)


def _is_dropped(value: Any, parsed: Any, field: FieldInfo) -> bool:
    """Return whether a value became None although it is not empty, or is an unknown code."""
    if parsed is None:
        return value is not None and bool(str(value).strip())
    known = known_in(field)
    return known is not None and isinstance(parsed, str) and not known.is_known(parsed)
