"""Jobs of the tick that erase requests: those whose period is over, and those that a restored backup brought back.

Every tick looks for both, so that crashes, old backups and concurrent ticks all lead to the same result.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import keyset
from app.core.db import Database
from app.periods import REQUEST
from app.requests import lifecycle
from app.requests.models import RequestRow
from app.rounds.models import RoundRow
from app.sealing.keystore import KeyName, KeyStore, Purpose


async def erase_again(db: Database, keys: KeyStore) -> int:
    """Erase requests that a backup brought back: the key store remembers their erasure. Return how many."""
    count = 0
    async for request_id in keyset.each(lambda after: db.read(_find_all, after)):
        if await keys.is_destroyed(KeyName(Purpose.ERASURE, request_id)):
            with lifecycle.log_failure(request_id):
                await lifecycle.finish_erasure(
                    db, keys, request_id, await db.write(lifecycle.begin_erasure, request_id)
                )
                count += 1
    return count


async def expire(db: Database, keys: KeyStore, today: date) -> int:
    """Erase requests that ended a year ago; return how many. Run it after the due rounds have been closed."""
    count = 0
    async for request_id in keyset.each(lambda after: db.read(_find_expired, after, today)):
        with lifecycle.log_failure(request_id):
            if names := await db.write(_begin_expiry, request_id, today):
                await lifecycle.finish_erasure(db, keys, request_id, names)
                count += 1
    return count


async def count_expired(db: Database, today: date) -> int:
    """Return how many requests `expire` would erase on `today`, at most."""
    return len([one async for one in keyset.each(lambda after: db.read(_find_expired, after, today))])


def _find_all(session: Session, after: UUID | None) -> list[UUID]:
    return list(session.scalars(keyset.batch(select(RequestRow.id), RequestRow.id, after)))


def _find_expired(session: Session, after: UUID | None, today: date, only: UUID | None = None) -> list[UUID]:
    """Return requests whose last round ended a year ago, in any state: one that still collects has lost its key."""
    last = REQUEST.cutoff(today)
    # For withheld and withdrawn rounds no end is stored; the closing date is at most 60 days later.
    ended_on = func.max(func.coalesce(RoundRow.released_on, RoundRow.closes_on))
    statement = (
        select(RequestRow.id)
        .outerjoin(RoundRow, RoundRow.request_id == RequestRow.id)
        # No round ends before its request is created: this condition leaves few rows to join.
        .where(RequestRow.created_on <= last)
        .group_by(RequestRow.id)
        .having(func.coalesce(ended_on, RequestRow.created_on) <= last)
    )
    if only is not None:
        statement = statement.where(RequestRow.id == only)
    return list(session.scalars(keyset.batch(statement, RequestRow.id, after)))


def _begin_expiry(session: Session, request_id: UUID, today: date) -> list[KeyName]:
    # Lock the request first, as opening a round does: a request with a new round is kept.
    session.get(RequestRow, request_id, with_for_update=True)
    return lifecycle.begin_erasure(session, request_id) if _find_expired(session, None, today, request_id) else []
