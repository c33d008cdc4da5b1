"""What is to be looked at in other systems: rows that are leased, tried again after a pause, given up in the end."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from app.accounts.models import ConnectionRow
from app.accounts.rules import ConnectionState
from app.applications.models import NoticeRow, PullRow
from app.core import leases, randomness
from app.core.upsert import insert_into

LEASE_SECONDS = 5 * 60
TRIES = 20
_LONGEST = 24 * 3600
_AWAKE = (ConnectionState.PENDING_SETUP, ConnectionState.ACTIVE)


@dataclass(frozen=True)
class Claimed:
    """An application to be looked at; ours until `leased_until`."""

    connection_id: UUID
    application_remote_id: str
    attempts: int
    leased_until: int


def enqueue(session: Session, connection_id: UUID, application_remote_ids: Collection[str], due: datetime) -> None:
    """Have applications looked at. One that is being looked at this moment is looked at again: it has changed since."""
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
    """Lease what is due, of connections whose systems let us in."""
    moment = int(now.timestamp())
    statement = (
        select(PullRow)
        .join(ConnectionRow, ConnectionRow.id == PullRow.connection_id)
        .where(
            PullRow.due_at <= moment,
            leases.is_free(PullRow, moment),
            ConnectionRow.state.in_(_AWAKE),
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


def done(session: Session, row: Claimed) -> None:
    """Forget what was looked at, unless it was asked for again meanwhile."""
    session.execute(delete(PullRow).where(*_ours(row)))


def postpone(session: Session, row: Claimed, now: datetime, wish: int) -> None:
    """Try again after what the other system wished for, and longer each time; in the end give up, and say so."""
    if row.attempts >= TRIES:
        done(session, row)
        notice(session, row.connection_id, "not_readable", now, row.application_remote_id)
        return
    pause = max(wish, min(_LONGEST, 15 * 2 ** min(row.attempts, 13)))
    pause += int(pause * randomness.fraction() / 5)
    session.execute(update(PullRow).where(*_ours(row)).values(due_at=int(now.timestamp()) + pause, leased_until=None))


def give_back(session: Session, row: Claimed) -> None:
    """End a lease without a try: the connection has to be renewed first."""
    session.execute(update(PullRow).where(*_ours(row)).values(leases.without_try(row.attempts)))


def notice(
    session: Session, connection_id: UUID, code: str, now: datetime, application_remote_id: str | None = None
) -> None:
    """Let the administrator of a connection know of something, once a day at most."""
    known = session.scalars(
        select(NoticeRow.id).where(
            NoticeRow.connection_id == connection_id,
            NoticeRow.code == code,
            NoticeRow.application_remote_id == application_remote_id
            if application_remote_id is not None
            else NoticeRow.application_remote_id.is_(None),
            NoticeRow.noted_on == now.date(),
        )
    ).first()
    if known is None:
        session.add(
            NoticeRow(
                id=randomness.new_id(),
                connection_id=connection_id,
                code=code,
                application_remote_id=application_remote_id,
                noted_on=now.date(),
            )
        )


def _ours(row: Claimed) -> tuple[ColumnElement[bool], ...]:
    return (
        PullRow.connection_id == row.connection_id,
        PullRow.application_remote_id == row.application_remote_id,
        leases.is_held(PullRow, row.leased_until),
    )
