"""Ids in paths. A malformed id gets the same 404 as an unknown one."""

from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator

_NOTHING = UUID(int=0)
"""Not a version 4 UUID, so no row ever has it."""


def _read(value: object) -> UUID:
    if isinstance(value, UUID):
        return value
    try:
        return UUID(str(value))
    except ValueError:
        return _NOTHING


PathId = Annotated[UUID, BeforeValidator(_read)]
"""An id in a path. It never fails validation: the use case raises its own Unknown."""
