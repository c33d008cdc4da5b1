"""Moves along a table of transitions."""

from enum import StrEnum
from types import SimpleNamespace

import pytest

from app.core.transitions import ForbiddenMove, move


class Light(StrEnum):
    """Two states, of which only one can be left."""

    RED = "red"
    GREEN = "green"


TABLE: dict[tuple[Light | None, Light], str] = {
    (None, Light.RED): "it is built",
    (Light.RED, Light.GREEN): "a car comes",
}


@pytest.mark.parametrize(("before", "after"), [*TABLE, (Light.RED, Light.RED), ("red", Light.GREEN)])
def test_named_move_is_made(before: Light | str | None, after: Light) -> None:
    row = SimpleNamespace(light=before)

    move(row, "light", after, TABLE)

    assert row.light is after or before == after


@pytest.mark.parametrize(("before", "after"), [(Light.GREEN, Light.RED), (None, Light.GREEN)])
def test_other_move_is_refused(before: Light | None, after: Light) -> None:
    row = SimpleNamespace(light=before)

    with pytest.raises(ForbiddenMove, match=f"SimpleNamespace.light: from {before} to {after}"):
        move(row, "light", after, TABLE)

    assert row.light is before
