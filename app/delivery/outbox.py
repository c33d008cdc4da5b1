"""The transactional outbox: a side effect is a row, written in the transaction that causes it, done after its commit.

So the effect happens if and only if that transaction commits. A group of rows belongs to one thing, such as a round:
the rows of a group are held, released, paused and deleted together. Workers claim rows through `outbox_claims`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, Table, Update, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from app.delivery.models import Hold, OutboxRow, OutboxState, TestMailRow
from app.periods import SENT_MAIL

_table = cast(Table, OutboxRow.__table__)
_UNSENT = (OutboxState.WAITING, OutboxState.DEAD)


@dataclass(frozen=True)
class NewRow:
    """A row to write. The caller makes `id`, since the sealed payload is bound to it."""

    id: UUID
    kind: str
    group_id: UUID
    send_on: date
    held_for: Hold | None = None
    key_purpose: str | None = None
    key_owner: UUID | None = None
    payload: bytes = b""


@dataclass(frozen=True)
class Listed:
    """The part of a row that an operator may see: neither its text nor its recipient."""

    id: UUID
    kind: str
    state: OutboxState
    held_for: Hold | None
    send_on: date
    attempts: int
    last_error: str | None


def enqueue(session: Session, rows: Sequence[NewRow]) -> None:
    """Write rows in the order of their random ids: the order in which they were made could identify people."""
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


def cancel(session: Session, groups: Collection[UUID], *, but: str = "") -> None:
    """Delete the rows of these groups that were not sent, or came back, except those of the kind `but`."""
    unsent = delete(_table).where(
        _table.c.group_id.in_(groups), or_(_table.c.state.in_(_UNSENT), _table.c.last_error.is_not(None))
    )
    session.execute(unsent.where(_table.c.kind != but))


def erase(session: Session, groups: Collection[UUID]) -> None:
    """Delete every row of these groups, and the mails that a test connection kept of them."""
    rows = session.scalars(delete(_table).where(_table.c.group_id.in_(groups)).returning(_table.c.id)).all()
    session.execute(delete(TestMailRow).where(TestMailRow.id.in_(rows)))


def drop(session: Session, group_id: UUID, kind: str) -> None:
    """Delete the waiting rows of one kind in a group."""
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
    not_before: int | None = None,
) -> None:
    """Release the rows of one kind in a group that are held for `held_for`, all at once.

    With `now_for` they are held for another reason instead; with `send_on` they move to another day. `not_before`, in
    seconds since 1970, is the earliest moment of the first try.
    """
    values: dict[str, Any] = {"held_for": now_for}
    if send_on is not None:
        values["send_on"] = send_on
    if not_before is not None:
        values["next_try"] = not_before
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
    """Hold the waiting rows of these groups. Rows that are held for another reason stay held for that one."""
    session.execute(_waiting(groups).where(_table.c.held_for.is_(None)).values(held_for=Hold.PAUSE))


def resume(session: Session, groups: Collection[UUID]) -> None:
    """Release the rows that `pause` has held."""
    session.execute(_waiting(groups).where(_table.c.held_for == Hold.PAUSE).values(held_for=None))


def bring_forward(session: Session, groups: Collection[UUID], by: timedelta) -> None:
    """Make the waiting rows of these groups due earlier by `by`."""
    waiting = select(OutboxRow).where(OutboxRow.group_id.in_(groups), OutboxRow.state == OutboxState.WAITING)
    for row in session.scalars(waiting.with_for_update()):
        row.send_on -= by
        row.next_try = None if row.next_try is None else row.next_try - int(by.total_seconds())


def find_held(session: Session, held_for: Hold, kinds: Collection[str], *, until: date) -> list[tuple[UUID, str]]:
    """Return the groups and kinds that have held rows due through `until`."""
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


def send_days(session: Session, group_id: UUID, kinds: Collection[str]) -> Mapping[str, date]:
    """Return the day of the waiting rows of a group, for each of these kinds that has any."""
    statement = (
        select(_table.c.kind, _table.c.send_on)
        .where(_table.c.group_id == group_id, _table.c.kind.in_(kinds), _table.c.state == OutboxState.WAITING)
        .distinct()
    )
    return {row.kind: row.send_on for row in session.execute(statement)}


def is_planned(session: Session, group_id: UUID, kind: str, send_on: date) -> bool:
    """Tell whether a mail of this kind to this group goes, or went, on a day."""
    statement = select(_table.c.id).where(
        _table.c.group_id == group_id, _table.c.kind == kind, _table.c.send_on == send_on, _table.c.held_for.is_(None)
    )
    return session.execute(statement.limit(1)).first() is not None


def find_templates(session: Session, group_id: UUID, kind: str, held_for: Hold) -> list[tuple[UUID, bytes]]:
    """Return id and payload of the held rows of one kind in a group, which other rows are copies of."""
    statement = select(_table.c.id, _table.c.payload).where(
        _table.c.group_id == group_id,
        _table.c.kind == kind,
        _table.c.state == OutboxState.WAITING,
        _table.c.held_for == held_for,
    )
    return [(row.id, row.payload) for row in session.execute(statement)]


def listed(session: Session, states: Collection[OutboxState]) -> list[Listed]:
    """Return rows in these states, for an operator."""
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
    """Return the number of rows in each state. A single answer changes none of them."""
    statement = select(_table.c.state, func.count()).group_by(_table.c.state)
    found = {str(state): int(count) for state, count in session.execute(statement)}
    return {state: found.get(state, 0) for state in OutboxState}


def requeue(session: Session, ids: Collection[UUID] | None = None) -> int:
    """Let the worker try dead rows again: those in `ids`, or all. Return their number."""
    statement = update(_table).where(_table.c.state == OutboxState.DEAD)
    if ids is not None:
        statement = statement.where(_table.c.id.in_(ids))
    outcome = session.execute(statement.values(state=OutboxState.WAITING, attempts=0, next_try=None, last_error=None))
    return cast("CursorResult[Any]", outcome).rowcount


def purge(session: Session, today: date) -> None:
    """Delete rows that were sent or cancelled longer ago than `SENT_MAIL` allows.

    A mail that came back stays until its group is cancelled, so that the candidate can see it.
    """
    done = (OutboxState.SENT, OutboxState.CANCELLED)
    old = (_table.c.state.in_(done), _table.c.send_on < SENT_MAIL.cutoff(today))
    session.execute(delete(_table).where(*old, _table.c.last_error.is_(None)))


def _waiting(groups: Collection[UUID]) -> Update:
    return update(_table).where(_table.c.group_id.in_(groups), _table.c.state == OutboxState.WAITING)
