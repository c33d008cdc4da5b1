"""The transactional outbox: a side effect is a row, written in the transaction that wants it, done after its commit.

So it happens if and only if that transaction committed, and at least once: whoever claims a row leases it, and if the
lease ends without a word (the worker was killed, the network hung), another worker takes the row. The row's id goes out
with the effect, which makes the repetition recognisable.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, Table, Update, delete, func, insert, select, update
from sqlalchemy.orm import Session

from app.core import leases, randomness
from app.delivery.backoff import Pace, pause_after
from app.delivery.models import Hold, OutboxRow, OutboxState, TestMailRow

_table = cast(Table, OutboxRow.__table__)
# How many days a row stays that is done, or that will never be.
KEPT_DAYS = 14
_UNSENT = (OutboxState.WAITING, OutboxState.DEAD)


@dataclass(frozen=True)
class NewRow:
    """A row to be written. `id` is made by the caller, since what is sealed is bound to it."""

    id: UUID
    kind: str
    group_id: UUID
    send_on: date
    held_for: Hold | None = None
    key_purpose: str | None = None
    key_owner: UUID | None = None
    payload: bytes = b""


@dataclass(frozen=True)
class Claimed:
    """A row that is ours until `leased_until`, in seconds since 1970."""

    id: UUID
    kind: str
    group_id: UUID
    attempts: int
    leased_until: int
    key_purpose: str | None
    key_owner: UUID | None
    payload: bytes
    send_on: date
    last_error: str | None


@dataclass(frozen=True)
class Listed:
    """What an operator may see of a row: never what it says, or to whom."""

    id: UUID
    kind: str
    state: OutboxState
    held_for: Hold | None
    send_on: date
    attempts: int
    last_error: str | None


def enqueue(session: Session, rows: Sequence[NewRow]) -> None:
    """Write rows, in the order of their random ids: that in which they were made tells something."""
    values: list[dict[str, Any]] = [
        {
            "id": row.id,
            "kind": row.kind,
            "group_id": row.group_id,
            "state": OutboxState.WAITING,
            "held_for": row.held_for,
            "send_on": row.send_on,
            "attempts": 0,
            "key_purpose": row.key_purpose,
            "key_owner": row.key_owner,
            "payload": row.payload,
        }
        for row in sorted(rows, key=lambda row: row.id)
    ]
    if values:
        session.execute(insert(_table), values)


def claim(session: Session, now: datetime, pace: Pace, most: int) -> list[Claimed]:
    """Lease the next rows that are due, `most` of them.

    On PostgreSQL workers pass over each other's rows; on SQLite there is one writer.
    """
    moment = int(now.timestamp())
    due = (
        select(_table.c.id, _table.c.attempts)
        .where(
            _table.c.state == OutboxState.WAITING,
            _table.c.held_for.is_(None),
            _table.c.send_on <= now.date(),
            leases.is_due(_table.c.next_try, moment),
            leases.is_free(OutboxRow, moment),
        )
        .order_by(_table.c.send_on, _table.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    found = session.execute(due).all()
    # Only a crash leaves a row at its last try: it may be what the worker crashes on.
    worn = [row.id for row in found if row.attempts >= pace.tries]
    if worn:
        session.execute(
            update(_table)
            .where(_table.c.id.in_(worn))
            .values(state=OutboxState.DEAD, leased_until=None, next_try=None, last_error="lease_ended")
        )
    ids = [row.id for row in found if row.attempts < pace.tries]
    if not ids:
        return []
    claimed = session.execute(
        update(_table)
        .where(_table.c.id.in_(ids))
        .values(leased_until=moment + pace.lease, attempts=_table.c.attempts + 1)
        .returning(
            _table.c.id,
            _table.c.kind,
            _table.c.group_id,
            _table.c.attempts,
            _table.c.leased_until,
            _table.c.key_purpose,
            _table.c.key_owner,
            _table.c.payload,
            _table.c.send_on,
            _table.c.last_error,
        )
    )
    return [Claimed(*row) for row in claimed]


def record_done(session: Session, row_id: UUID, state: OutboxState) -> None:
    """Note that a row is `sent` or `cancelled`, and wipe what it said, and when it was tried.

    Whoever holds the lease by now: what was sent was sent. A row that was cancelled meanwhile is gone, and stays so.
    """
    session.execute(
        update(_table)
        .where(_table.c.id == row_id)
        .values(state=state, payload=b"", leased_until=None, next_try=None, last_error=None)
    )


def record_failed(session: Session, row: Claimed, error: str, *, permanent: bool, now: datetime, pace: Pace) -> None:
    """Note that a try has failed: the next one comes after a pause, or never."""
    over = permanent or row.attempts >= pace.tries
    pause = pause_after(row.attempts, pace, randomness.fraction())
    session.execute(
        _still_ours(row).values(
            state=OutboxState.DEAD if over else OutboxState.WAITING,
            leased_until=None,
            next_try=None if over else int(now.timestamp()) + pause,
            last_error=error[:40],
        )
    )


def give_back(session: Session, row: Claimed, next_try: int | None = None, reason: str | None = None) -> None:
    """End a lease without a try: this worker is being stopped, or what the row belongs to waits (until `next_try`)."""
    session.execute(
        _still_ours(row).values(
            leases.without_try(row.attempts) | {"next_try": next_try, "last_error": reason or row.last_error}
        )
    )


def cancel(session: Session, groups: Collection[UUID], *, but: str = "") -> None:
    """Delete what was not sent of these groups: what it speaks of is over. What is of the kind `but` stays."""
    unsent = delete(_table).where(_table.c.group_id.in_(groups), _table.c.state.in_(_UNSENT))
    session.execute(unsent.where(_table.c.kind != but))


def erase(session: Session, groups: Collection[UUID]) -> None:
    """Delete every row of these groups, with what a test connection kept of them."""
    rows = session.scalars(delete(_table).where(_table.c.group_id.in_(groups)).returning(_table.c.id)).all()
    session.execute(delete(TestMailRow).where(TestMailRow.id.in_(rows)))


def drop(session: Session, group_id: UUID, kind: str) -> None:
    """Delete what waits of one kind in a group."""
    waiting = (_table.c.group_id == group_id, _table.c.kind == kind, _table.c.state == OutboxState.WAITING)
    session.execute(delete(_table).where(*waiting))


def release_hold(
    session: Session,
    group_id: UUID,
    kind: str,
    held_for: Hold,
    *,
    now_for: Hold | None = None,
    send_on: date | None = None,
) -> None:
    """Let go what is held of one kind in a group: all of it at once. Or hold it for the next reason, or another day."""
    values: dict[str, Any] = {"held_for": now_for}
    if send_on is not None:
        values["send_on"] = send_on
    session.execute(
        update(_table)
        .where(
            _table.c.group_id == group_id,
            _table.c.kind == kind,
            _table.c.state == OutboxState.WAITING,
            _table.c.held_for == held_for,
        )
        .values(**values)
    )


def pause(session: Session, groups: Collection[UUID]) -> None:
    """Hold back what was free to go of these groups. What waits for something else goes on waiting for that."""
    session.execute(_waiting(groups).where(_table.c.held_for.is_(None)).values(held_for=Hold.PAUSE))


def resume(session: Session, groups: Collection[UUID]) -> None:
    """Let go what was held back."""
    session.execute(_waiting(groups).where(_table.c.held_for == Hold.PAUSE).values(held_for=None))


def bring_forward(session: Session, groups: Collection[UUID], by: timedelta) -> None:
    """Let what waits of these groups come earlier by `by`."""
    waiting = select(OutboxRow).where(OutboxRow.group_id.in_(groups), OutboxRow.state == OutboxState.WAITING)
    for row in session.scalars(waiting.with_for_update()):
        row.send_on -= by
        row.next_try = None if row.next_try is None else row.next_try - int(by.total_seconds())


def held(session: Session, held_for: Hold, kinds: Collection[str], *, until: date) -> list[tuple[UUID, str]]:
    """Return the groups and kinds of which something is held whose day has come."""
    statement = (
        select(_table.c.group_id, _table.c.kind)
        .where(
            _table.c.state == OutboxState.WAITING,
            _table.c.held_for == held_for,
            _table.c.kind.in_(kinds),
            _table.c.send_on <= until,
        )
        .distinct()
        .order_by(_table.c.group_id, _table.c.kind)
    )
    return [(row.group_id, row.kind) for row in session.execute(statement)]


def days(session: Session, group_id: UUID, kinds: Collection[str]) -> Mapping[str, date]:
    """Return for each of these kinds of which something waits in a group, on which day."""
    statement = (
        select(_table.c.kind, _table.c.send_on)
        .where(_table.c.group_id == group_id, _table.c.kind.in_(kinds), _table.c.state == OutboxState.WAITING)
        .distinct()
    )
    return {row.kind: row.send_on for row in session.execute(statement)}


def listed(session: Session, states: Collection[OutboxState]) -> list[Listed]:
    """Return rows for an operator to look at."""
    statement = (
        select(
            _table.c.id,
            _table.c.kind,
            _table.c.state,
            _table.c.held_for,
            _table.c.send_on,
            _table.c.attempts,
            _table.c.last_error,
        )
        .where(_table.c.state.in_(states))
        .order_by(_table.c.send_on, _table.c.id)
    )
    return [
        Listed(
            row.id,
            row.kind,
            OutboxState(row.state),
            Hold(row.held_for) if row.held_for else None,
            row.send_on,
            row.attempts,
            row.last_error,
        )
        for row in session.execute(statement)
    ]


def counts(session: Session) -> dict[str, int]:
    """Return how many rows are in which state. None of them moves because of a single answer."""
    statement = select(_table.c.state, func.count()).group_by(_table.c.state)
    found = {str(state): int(count) for state, count in session.execute(statement)}
    return {state: found.get(state, 0) for state in OutboxState}


def requeue(session: Session, ids: Collection[UUID] | None = None) -> int:
    """Give dead rows, these or all, new tries; return how many there were."""
    statement = update(_table).where(_table.c.state == OutboxState.DEAD)
    if ids is not None:
        statement = statement.where(_table.c.id.in_(ids))
    outcome = session.execute(statement.values(state=OutboxState.WAITING, attempts=0, next_try=None, last_error=None))
    return cast("CursorResult[Any]", outcome).rowcount


def purge(session: Session, today: date) -> None:
    """Delete rows that were done two weeks ago: nobody needs to know for longer that a mail was sent."""
    last = date.fromordinal(today.toordinal() - KEPT_DAYS)
    done = (OutboxState.SENT, OutboxState.CANCELLED)
    session.execute(delete(_table).where(_table.c.state.in_(done), _table.c.send_on < last))


def _still_ours(row: Claimed) -> Any:
    # After the lease has ended, what another worker notes counts.
    return update(_table).where(
        _table.c.id == row.id, _table.c.state == OutboxState.WAITING, leases.is_held(OutboxRow, row.leased_until)
    )


def _waiting(groups: Collection[UUID]) -> Update:
    return update(_table).where(_table.c.group_id.in_(groups), _table.c.state == OutboxState.WAITING)
