"""Move a row along a table of transitions. A move that the table does not name is a bug, and raises."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

State = TypeVar("State", bound=StrEnum)


class ForbiddenMove(RuntimeError):
    """No transition leads from the present state of a row to the one that was asked for."""


def move(row: object, column: str, state: State, table: Mapping[tuple[State | None, State], str]) -> None:
    """Set `column` of `row` to `state`.

    `table` has an entry for each allowed pair of states, which says what causes the move; None stands for an empty
    column. A move to the present state changes nothing: jobs and clients repeat what a crash may have interrupted.
    Raises ForbiddenMove.
    """
    before = getattr(row, column)
    if before == state:
        return
    if (before, state) not in table:
        raise ForbiddenMove(f"{type(row).__name__}.{column}: from {before} to {state}")
    setattr(row, column, state)
