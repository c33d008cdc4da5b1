"""An application that its system knows no longer: suspended for a day, in case it only moved, and then erased."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from app.applications import candidate_merge, erasure, sync_queue
from app.applications.intake import find_row
from app.applications.models import NoticeRow
from app.applications.rules import OfferState, Reason, move
from app.context import Context

SUSPENDED = timedelta(hours=24)
_CODE = "suspended"


def suspend_candidate(session: Session, connection_id: UUID, candidate: str, now: datetime) -> Sequence[str]:
    """Suspend all applications of somebody who was deleted, or merged without a word; return which."""
    found = candidate_merge.of_candidate(session, connection_id, candidate)
    for remote_id in found:
        suspend(session, connection_id, remote_id, now)
    return found


def suspend(session: Session, connection_id: UUID, remote_id: str, now: datetime) -> None:
    """Send nothing of an application, and look at it again in a day."""
    row = find_row(session, connection_id, remote_id, lock=True)
    if row is None:
        return
    if row.offer != OfferState.OFFERED:
        move(row, OfferState.HELD)
        row.released_by_hand = False
    row.reason = Reason.POSSIBLE_MERGE
    row.stirred = row.uptake is not None
    # Until then nobody erases it, however often it is looked at and not found: a notice has no hour.
    row.due_at = int((now + SUSPENDED).timestamp())
    sync_queue.notice(session, connection_id, _CODE, now, remote_id)
    sync_queue.enqueue(session, connection_id, [remote_id], now + SUSPENDED)


async def not_found(ctx: Context, connection_id: UUID, remote_id: str) -> None:
    """Erase what is gone for a day; suspend what is gone since now."""
    now = ctx.clock.now()

    def act(session: Session) -> bool:
        known = session.scalars(select(NoticeRow.id).where(*_suspended(connection_id, remote_id))).first()
        row = find_row(session, connection_id, remote_id, lock=True)
        if known is None or row is None or row.due_at is None:
            suspend(session, connection_id, remote_id, now)
            return False
        until = datetime.fromtimestamp(row.due_at, UTC)
        if now < until:
            sync_queue.enqueue(session, connection_id, [remote_id], until)
        return now >= until

    if await ctx.db.write(act):
        await erasure.erase_application(ctx, connection_id, remote_id)


def found_again(session: Session, connection_id: UUID, remote_id: str) -> bool:
    """Note that an application is there after all; tell whether it was suspended."""
    session.execute(delete(NoticeRow).where(*_suspended(connection_id, remote_id)))
    row = find_row(session, connection_id, remote_id, lock=True)
    # Until it is decided anew: a crash between the two leaves it as it was.
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
