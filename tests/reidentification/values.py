"""Values of features: whatever they were, any two can be compared."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from tests.reidentification.capture import Ciphertext

Value = tuple[int, Any]
Features = dict[str, list[Value | None]]
# What is longer was written by somebody, and is known to everybody once it is released.
_TELLING = 40
_DEPTH = 4


def comparable(value: Any) -> Value | None:
    """Return a value with its kind, so that any two can be compared."""
    match value:
        case None:
            return None
        case int() | float():
            return 0, value
        case str():
            return 1, value
        case bytes():
            return 2, value
        case Ciphertext():
            return 0, value.length
        case tuple():
            return 3, value
        case _:
            return 1, str(value)


def flattened(name: str, value: Any) -> Iterator[tuple[str, Value | None]]:
    """Yield a value under its name, and, if it is JSON, what is in it: a moment may be hidden there."""
    if isinstance(value, str) and value[:1] in "{[":
        with suppress(ValueError):
            yield from parts(name, json.loads(value))
    yield name, comparable(value)


def parts(name: str, value: Any, depth: int = _DEPTH) -> Iterator[tuple[str, Value | None]]:
    """Yield each short value in a document, under the name of its place."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in pairs if depth else ():
            yield from parts(f"{name}.{key}", one, depth - 1)
    elif not isinstance(value, str) or len(value) <= _TELLING:
        yield name, comparable(value)


def values_of(features: Features, name: str, size: int) -> list[Value | None]:
    """Return the values of a feature, one for each person or answer, to be filled in."""
    return features.setdefault(name, [None] * size)
