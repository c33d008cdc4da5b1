"""Claims on outbox rows: a worker leases due rows, tries each, and records the result.

If a lease ends without a result (the worker crashed, the network hung), another worker claims the row. So every row is
tried at least once; its id goes out with the effect, and makes a repetition recognisable.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import cast
from uuid import UUID

from sqlalchemy import Table, Update, select, update
from sqlalchemy.orm import Session

from app.core import leases, randomness
from app.delivery.backoff import Pace, pause_after
from app.delivery.models import OutboxRow, OutboxState

_table = cast(Table, OutboxRow.__table__)
# The last error of a returned mail begins with this word.
BOUNCED = "bounced"
# And that of a mail that was not sent, since earlier ones came back.
SUPPRESSED = "address_suppressed"


@dataclass(frozen=True)
class Claimed:
    """A row that is leased to this worker until `leased_until`, in seconds since 1970."""

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


def claim(session: Session, now: datetime, pace: Pace, most: int) -> list[Claimed]:
    """Lease the next rows that are due, at most `most`.

    On PostgreSQL, workers skip rows that another has locked. On SQLite there is one writer.
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
    # A row is left leased at its last try only by a crash, which this row may have caused: give it up.
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
    """Record that a row is `sent` or `cancelled`, and wipe its payload and the moments of its tries.

    This holds even after the lease has ended: the mail was sent. A row that was deleted meanwhile stays deleted.
    """
    session.execute(
        update(_table)
        # A notification that the mail came back may have been recorded first.
        .where(_table.c.id == row_id, _table.c.state != OutboxState.CANCELLED)
        .values(state=state, payload=b"", leased_until=None, next_try=None, last_error=None)
    )


def record_failed(session: Session, row: Claimed, error: str, *, permanent: bool, now: datetime, pace: Pace) -> None:
    """Record a failed try: the next one follows after a pause, or the row is given up."""
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


def record_bounced(session: Session, row_id: UUID, status: str) -> None:
    """Record that a mail came back: it is not tried again."""
    _cancel(session, row_id, f"{BOUNCED}_{status}"[:40])


def record_suppressed(session: Session, row_id: UUID) -> None:
    """Record that a mail was not sent, because earlier mail to its address came back."""
    _cancel(session, row_id, SUPPRESSED)


def _cancel(session: Session, row_id: UUID, reason: str) -> None:
    session.execute(
        update(_table)
        .where(_table.c.id == row_id, _table.c.state.in_((OutboxState.WAITING, OutboxState.SENT)))
        .values(state=OutboxState.CANCELLED, payload=b"", leased_until=None, next_try=None, last_error=reason)
    )


def give_back(session: Session, row: Claimed, next_try: int | None = None, reason: str | None = None) -> None:
    """End a lease without counting a try: the worker is stopping, or the row has to wait until `next_try`."""
    session.execute(
        _still_ours(row).values(
            leases.without_try(row.attempts) | {"next_try": next_try, "last_error": reason or row.last_error}
        )
    )


def _still_ours(row: Claimed) -> Update:
    # After the lease has ended, the result of another worker counts.
    return update(_table).where(
        _table.c.id == row.id, _table.c.state == OutboxState.WAITING, leases.is_held(OutboxRow, row.leased_until)
    )
