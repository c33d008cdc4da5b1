"""Queue of applications to be read from their ATS: leased, retried with a longer pause each time, finally dropped."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from app.accounts.models import ConnectionRow
from app.accounts.rules import ConnectionState
from app.applications import notices
from app.applications.models import PullRow
from app.core import leases, randomness
from app.core.upsert import insert_into

LEASE_SECONDS = 5 * 60
MAX_ATTEMPTS = 20
_MAX_PAUSE_SECONDS = 24 * 3600
_SYNCED_STATES = (ConnectionState.PENDING_SETUP, ConnectionState.ACTIVE)


@dataclass(frozen=True)
class Claimed:
    """An application to be read, leased until `leased_until` (seconds since 1970)."""

    connection_id: UUID
    application_remote_id: str
    attempts: int
    leased_until: int


def enqueue(session: Session, connection_id: UUID, application_remote_ids: Collection[str], due: datetime) -> None:
    """Queue applications. One that is being read at this moment is read again: it may have changed since."""
    if not application_remote_ids:
        return
    moment = int(due.timestamp())
    statement = insert_into(session, PullRow).values(
        [
            {
                "connection_id": connection_id,
                "application_remote_id": remote_id,
                "due_at": moment,
                "leased_until": None,
                "attempts": 0,
            }
            for remote_id in sorted(set(application_remote_ids))
        ]
    )
    sooner = statement.excluded.due_at < PullRow.due_at
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[PullRow.connection_id, PullRow.application_remote_id],
            set_={"due_at": statement.excluded.due_at, "leased_until": None, "attempts": 0},
            where=or_(sooner, PullRow.leased_until.is_not(None)),
        )
    )


def claim(session: Session, now: datetime, most: int) -> list[Claimed]:
    """Lease up to `most` due applications of connections whose ATS accepts our credentials."""
    moment = int(now.timestamp())
    statement = (
        select(PullRow)
        .join(ConnectionRow, ConnectionRow.id == PullRow.connection_id)
        .where(
            PullRow.due_at <= moment,
            leases.is_free(PullRow, moment),
            ConnectionRow.state.in_(_SYNCED_STATES),
            ConnectionRow.credentials.is_not(None),
        )
        .order_by(PullRow.due_at, PullRow.application_remote_id)
        .limit(most)
        .with_for_update(of=PullRow, skip_locked=True)
    )
    claimed = []
    for row in session.scalars(statement):
        leased_until = leases.lease(row, moment, LEASE_SECONDS)
        claimed.append(Claimed(row.connection_id, row.application_remote_id, row.attempts, leased_until))
    return claimed


def remove(session: Session, row: Claimed) -> None:
    """Remove an application that was read, unless it was queued again meanwhile."""
    session.execute(delete(PullRow).where(*_ours(row)))


def postpone(session: Session, row: Claimed, now: datetime, retry_after: int) -> None:
    """Retry after at least `retry_after` seconds, longer each time; after the last attempt drop it with a notice."""
    if row.attempts >= MAX_ATTEMPTS:
        remove(session, row)
        notices.add_once_a_day(session, row.connection_id, "not_readable", now, row.application_remote_id)
        return
    pause = max(retry_after, min(_MAX_PAUSE_SECONDS, 15 * 2 ** min(row.attempts, 13)))
    pause += int(pause * randomness.fraction() / 5)
    session.execute(update(PullRow).where(*_ours(row)).values(due_at=int(now.timestamp()) + pause, leased_until=None))


def give_back(session: Session, row: Claimed) -> None:
    """End a lease without counting an attempt: an administrator has to renew the connection first."""
    session.execute(update(PullRow).where(*_ours(row)).values(leases.without_try(row.attempts)))


def _ours(row: Claimed) -> tuple[ColumnElement[bool], ...]:
    return (
        PullRow.connection_id == row.connection_id,
        PullRow.application_remote_id == row.application_remote_id,
        leases.is_held(PullRow, row.leased_until),
    )
