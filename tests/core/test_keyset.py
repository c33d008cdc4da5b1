"""Keyset batches: every row once, in order of the key, however many batches there are."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core import keyset
from app.core.idempotency import IdempotencyRow


@pytest.mark.parametrize("count", [0, 1, 3, 4, 7])
async def test_every_row_comes_once_and_in_order(count: int) -> None:
    rows = [UUID(int=number + 1) for number in range(count)]
    asked: list[UUID | None] = []

    async def find(after: UUID | None) -> Sequence[UUID]:
        asked.append(after)
        return [row for row in rows if after is None or row > after][:3]

    assert [row async for row in keyset.each(find)] == rows
    assert asked == [None, *rows[2::3], *(rows[-1:] if count % 3 else [])]


async def test_key_of_a_row_can_be_a_part_of_it() -> None:
    async def find(after: int | None) -> list[tuple[int, str]]:
        return [row for row in [(1, "b"), (2, "a")] if after is None or row[0] > after][:1]

    assert [name async for _, name in keyset.each(find, lambda row: row[0])] == ["b", "a"]


def test_batch_begins_after_the_key() -> None:
    statement = select(IdempotencyRow.owner)
    assert "WHERE" not in str(keyset.batch(statement, IdempotencyRow.owner, None))
    later = str(keyset.batch(statement, IdempotencyRow.owner, UUID(int=1), 5))
    assert "idempotency.owner > " in later
    assert later.index("ORDER BY idempotency.owner") < later.index("LIMIT")
