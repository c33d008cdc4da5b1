"""Reading a body of the neutral contract: strictly as JSON, leniently as to what it says, telling what was dropped."""

import re
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app.core.http import read_json
from app.integrations.neutral.schemas import Known

# Names only, and not without end.
_MOST_NAMED = 100
# A key is input, too: what does not look like a name may be a value that stands in the wrong place.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}\Z")


def dropped(raw: bytes, model: type[BaseModel]) -> list[str]:
    """Return which fields of a body are not read, or hold a code that is not known: names, never what stood in them."""
    return sorted(set(_unread(read_json(raw), model, "")))[:_MOST_NAMED]


def _unread(value: Any, model: type[BaseModel], path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        field = model.model_fields.get(name)
        shown = name if _NAME.match(name) else "?"
        at = f"{path}.{shown}" if path else shown
        if field is None:
            yield at
            continue
        known = _known_in(field)
        if known is not None and isinstance(inner, str) and not known.is_known(inner):
            yield at
        of = _model_in(field.annotation)
        if of is not None:
            for one in inner if isinstance(inner, list) else [inner]:
                yield from _unread(one, of, at)


def _known_in(field: FieldInfo) -> Known | None:
    """Return the words of a field that holds a code."""
    metadata = [*field.metadata]
    for inner in get_args(field.annotation):
        metadata += getattr(inner, "__metadata__", ())
    return next((one for one in metadata if isinstance(one, Known)), None)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model that a field holds, one or many of."""
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation if issubclass(annotation, BaseModel) else None
    if get_origin(annotation) in (Annotated, Union, UnionType, list):
        for inner in get_args(annotation):
            found = _model_in(inner)
            if found is not None:
                return found
    return None
