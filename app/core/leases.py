"""Leased rows: work that one worker at a time takes for a limited time, and that another takes if the first crashes.

A worker selects free rows under a lock, leases them, commits, works, and records the result only if the lease is still
its own. Moments are seconds since 1970.
"""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, or_
from sqlalchemy.orm import Mapped, mapped_column


class Leased:
    """The columns of a leased row: how often it was tried, and until when a worker has it."""

    attempts: Mapped[int]
    leased_until: Mapped[int | None] = mapped_column(BigInteger)


def is_free(rows: type[Leased], moment: int) -> ColumnElement[bool]:
    """Match rows that no worker has at `moment`: never leased, or the lease has ended."""
    return or_(rows.leased_until.is_(None), rows.leased_until <= moment)


def is_due(next_try: Any, moment: int) -> ColumnElement[bool]:
    """Match rows whose pause after a failed try, in the column `next_try`, is over at `moment`."""
    return or_(next_try.is_(None), next_try <= moment)


def is_held(rows: type[Leased], leased_until: int) -> ColumnElement[bool]:
    """Match rows that are still leased as they were claimed; after that, the result of another worker counts."""
    return rows.leased_until == leased_until


def lease(row: Leased, moment: int, seconds: int) -> int:
    """Lease a row for `seconds`, count the try, and return when the lease ends."""
    row.attempts += 1
    row.leased_until = moment + seconds
    return row.leased_until


def without_try(attempts: int) -> dict[str, Any]:
    """Return the values that end a lease without counting its try, which was number `attempts`."""
    return {"leased_until": None, "attempts": attempts - 1}
