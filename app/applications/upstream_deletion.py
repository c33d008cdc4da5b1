"""Applications that their ATS no longer has: suspended for a day, in case they were only merged, and then erased."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from app.applications import erasure, notices, queries, sync_queue
from app.applications.models import NoticeRow
from app.applications.rules import OfferState, Reason, move
from app.context import Context

SUSPENDED = timedelta(hours=24)
_CODE = "suspended"


def suspend_candidate(session: Session, connection_id: UUID, candidate: str, now: datetime) -> Sequence[str]:
    """Suspend all applications of a candidate who was deleted, or merged without notice; return their ATS ids."""
    found = queries.find_by_candidate(session, connection_id, candidate)
    for remote_id in found:
        suspend(session, connection_id, remote_id, now)
    return found


def suspend(session: Session, connection_id: UUID, remote_id: str, now: datetime) -> None:
    """Hold back everything about an application, and read it again in a day."""
    row = queries.find_row(session, connection_id, remote_id, lock=True)
    if row is None:
        return
    if row.offer != OfferState.OFFERED:
        move(row, OfferState.HELD)
        row.released_by_hand = False
    row.reason = Reason.POSSIBLE_MERGE
    row.stirred = row.uptake is not None
    # The earliest time of its erasure, however often it is missing before. A notice has only a day.
    row.due_at = int((now + SUSPENDED).timestamp())
    notices.add_once_a_day(session, connection_id, _CODE, now, remote_id)
    sync_queue.enqueue(session, connection_id, [remote_id], now + SUSPENDED)


async def handle_missing(ctx: Context, connection_id: UUID, remote_id: str) -> None:
    """Suspend an application that its ATS does not find; erase it if it has been missing for a day."""
    now = ctx.clock.now()

    def act(session: Session) -> bool:
        known = session.scalars(select(NoticeRow.id).where(*_suspended(connection_id, remote_id))).first()
        row = queries.find_row(session, connection_id, remote_id, lock=True)
        if known is None or row is None or row.due_at is None:
            suspend(session, connection_id, remote_id, now)
            return False
        until = datetime.fromtimestamp(row.due_at, UTC)
        if now < until:
            sync_queue.enqueue(session, connection_id, [remote_id], until)
        return now >= until

    if await ctx.db.write(act):
        await erasure.erase_application(ctx, connection_id, remote_id)


def lift_suspension(session: Session, connection_id: UUID, remote_id: str) -> bool:
    """End the suspension of an application that was found again; tell whether it was suspended."""
    session.execute(delete(NoticeRow).where(*_suspended(connection_id, remote_id)))
    row = queries.find_row(session, connection_id, remote_id, lock=True)
    # The reason stays until `intake.reassess`: after a crash between the two, the next read repeats both.
    if row is None or row.reason != Reason.POSSIBLE_MERGE:
        return False
    row.due_at = None
    return True


def _suspended(connection_id: UUID, remote_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        NoticeRow.connection_id == connection_id,
        NoticeRow.code == _CODE,
        NoticeRow.application_remote_id == remote_id,
    )
