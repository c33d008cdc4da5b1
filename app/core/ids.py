"""Ids in paths: what can't be an id names nothing, and is answered exactly like an id that nobody has."""

from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator

_NOTHING = UUID(int=0)
"""Not a version 4 id, so nothing of ours ever has it."""


def _read(value: object) -> UUID:
    if isinstance(value, UUID):
        return value
    try:
        return UUID(str(value))
    except ValueError:
        return _NOTHING


PathId = Annotated[UUID, BeforeValidator(_read)]
"""The id of a path. Never refused: the use case says, in its own words, that there is no such thing."""
