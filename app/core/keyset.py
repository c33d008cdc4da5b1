"""Keyset batches: read many rows in order of a unique column, a batch at a time, each in a transaction of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, TypeVar, TypeVarTuple

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

Row = TypeVar("Row")
Columns = TypeVarTuple("Columns")

BATCH = 100


def batch(
    statement: Select[*Columns], column: InstrumentedAttribute[Any], after: Any, limit: int = BATCH
) -> Select[*Columns]:
    """Return `statement` for the next `limit` rows in order of `column`: those after `after`, or the first ones."""
    ordered = statement.order_by(column).limit(limit)
    return ordered if after is None else ordered.where(column > after)


async def each(
    find: Callable[[Any], Awaitable[Sequence[Row]]], key_of: Callable[[Row], Any] = lambda row: row
) -> AsyncIterator[Row]:
    """Yield every row that `find` returns for the key of the row before: None at first, nothing at the end.

    Other tasks of the event loop get a turn before each row: neither SQLite's reader nor a file key store gives one.
    """
    after: Any = None
    while rows := await find(after):
        for row in rows:
            await asyncio.sleep(0)
            yield row
        after = key_of(rows[-1])
