"""Extend, withdraw and erase a request.

What cannot be undone survives a crash by its order: the transaction first, then the keys, then the last rows. The next
tick finishes what a crash interrupted.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from uuid import UUID

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core import idempotency
from app.core.db import Database
from app.core.errors import Unavailable, Unreadable
from app.delivery import outbox
from app.requests.candidate_view import find_request
from app.requests.models import OwnNoteRow, RequestRow
from app.requests.rules import Ended, RequestState, move, not_open
from app.rounds import lifecycle as round_lifecycle
from app.rounds.mail import MailKind
from app.sealing.keystore import KeyName, KeyStore, Purpose
from app.sealing.models import LinkCopyRow, ManagerBoxRow

BATCH = 100

log = structlog.get_logger(__name__)


def extend(session: Session, request_id: UUID, manage_digest: bytes, closes_on: date, today: date) -> RequestRow:
    """Move the closing date of the open rounds to a later one, and of rounds that may still open. Raises Conflict."""
    row = find_request(session, request_id, manage_digest, lock=True)
    if row.state != RequestState.OPEN:
        raise not_open(RequestState(row.state))
    round_lifecycle.extend(session, request_id, closes_on, raised_on=row.created_on, today=today)
    row.closes_on = closes_on
    return row


async def withdraw(db: Database, keys: KeyStore, request_id: UUID, manage_digest: bytes, now: datetime) -> None:
    """End a request: its links stop working and sealed answers are never read. Released answers stay."""
    for name in await db.write(_withdraw, request_id, manage_digest, now):
        await keys.destroy(name)
    await db.forget()


async def erase(db: Database, keys: KeyStore, request_id: UUID, manage_digest: bytes) -> None:
    """Delete a request with everything that belongs to it."""
    names = await db.write(_erase_own, request_id, manage_digest)
    await finish_erasure(db, keys, request_id, names)


async def finish_interrupted(db: Database, keys: KeyStore) -> None:
    """Finish erasures and withdrawals that a crash interrupted. This needs no clock."""
    for request_id in await db.read(_find_erasing):
        with log_failure(request_id):
            await finish_erasure(db, keys, request_id, await db.write(begin_erasure, request_id))
    async for batch in _each_batch(keys):
        for request_id in await db.read(_find_withdrawn, batch):
            with log_failure(request_id):
                await keys.destroy(KeyName(Purpose.REQUEST, request_id))


async def end_settled_links(db: Database, keys: KeyStore, today: date) -> None:
    """End a manager's link, with its key, where all rounds are over and past their clarification window."""
    async for batch in _each_batch(keys):
        for request_id in await db.read(round_lifecycle.find_settled, batch, today):
            with log_failure(request_id):
                if await db.write(_end_link, request_id, today):
                    await keys.destroy(KeyName(Purpose.REQUEST, request_id))


async def _each_batch(keys: KeyStore) -> AsyncIterator[list[UUID]]:
    """Yield the ids of all requests with a living key, batch by batch."""
    owners = [name.owner for name in await keys.names() if name.purpose is Purpose.REQUEST]
    for start in range(0, len(owners), BATCH):
        # On SQLite a read does not yield to the event loop.
        await asyncio.sleep(0)
        yield owners[start : start + BATCH]


@contextmanager
def log_failure(owner: UUID) -> Iterator[None]:
    """Log an error of the item `owner`, so that the tick goes on with all others. An outage still ends the tick."""
    try:
        yield
    except Exception as error:
        if isinstance(error, Unavailable) and not isinstance(error, Unreadable):
            raise
        log.exception("unfinished", id=str(owner))


async def finish_erasure(db: Database, keys: KeyStore, request_id: UUID, names: list[KeyName]) -> None:
    """Destroy the keys of a request that is being erased, then delete its last rows."""
    for name in names:
        await keys.destroy(name)
    await db.write(_forget, request_id)
    await db.forget()


def _withdraw(session: Session, request_id: UUID, manage_digest: bytes, now: datetime) -> list[KeyName]:
    row = find_request(session, request_id, manage_digest, lock=True)
    outbox.cancel(session, [request_id])
    return [*_end(session, row, now), KeyName(Purpose.REQUEST, request_id)]


def end_for_employer(session: Session, row: RequestRow, ended: Ended, now: datetime) -> list[KeyName]:
    """End a request that the employer took back; return the names of the keys to destroy after the commit.

    A manage link that has not been mailed yet still goes out: without it the candidate could not erase the request.
    Until then the request's key stays. It opens nothing but that mail.
    """
    row.ended = ended
    outbox.cancel(session, [row.id], but=MailKind.MANAGE_LINK)
    outbox.resume(session, [row.id])
    names = _end(session, row, now)
    return names if _owes_link(session, row.id) else [*names, KeyName(Purpose.REQUEST, row.id)]


def _end(session: Session, row: RequestRow, now: datetime) -> list[KeyName]:
    move(row, RequestState.WITHDRAWN)
    idempotency.void(session, row.id)
    _delete_manager_link(session, row.id)
    return round_lifecycle.withdraw(session, row.id, now)


def _owes_link(session: Session, request_id: UUID) -> bool:
    return bool(outbox.send_days(session, request_id, [MailKind.MANAGE_LINK]))


def _erase_own(session: Session, request_id: UUID, manage_digest: bytes) -> list[KeyName]:
    find_request(session, request_id, manage_digest, lock=True, erasing=True)
    return begin_erasure(session, request_id)


def begin_erasure(session: Session, request_id: UUID) -> list[KeyName]:
    """Delete the content of a request; return the keys to destroy after the commit, and the note of its erasure."""
    row = session.get(RequestRow, request_id, with_for_update=True, populate_existing=True)
    if row is None:  # Another tick has finished it.
        return []
    move(row, RequestState.ERASING)
    idempotency.void(session, request_id)
    _delete_manager_link(session, request_id)
    session.execute(delete(OwnNoteRow).where(OwnNoteRow.request_id == request_id))
    outbox.erase(session, [request_id])
    # No key has the name ERASURE. Destroying it leaves a note, by which a restored request is recognised.
    own = [KeyName(purpose, request_id) for purpose in (Purpose.REQUEST, Purpose.ERASURE)]
    return [*round_lifecycle.erase(session, request_id), *own]


def _forget(session: Session, request_id: UUID) -> None:
    # Lock the request before its rounds, like all code: otherwise two ticks could deadlock.
    session.get(RequestRow, request_id, with_for_update=True, populate_existing=True)
    round_lifecycle.forget(session, request_id)
    session.execute(delete(RequestRow).where(RequestRow.id == request_id, RequestRow.state == RequestState.ERASING))


def _end_link(session: Session, request_id: UUID, today: date) -> bool:
    """Delete the manager's box and the mails sealed with its key, unless a round was opened since; tell which."""
    session.get(RequestRow, request_id, with_for_update=True)
    if not round_lifecycle.find_settled(session, [request_id], today):
        return False
    _delete_manager_link(session, request_id)
    outbox.cancel(session, [request_id])
    return True


def _delete_manager_link(session: Session, request_id: UUID) -> None:
    session.execute(delete(ManagerBoxRow).where(ManagerBoxRow.request_id == request_id))
    session.execute(delete(LinkCopyRow).where(LinkCopyRow.owner == request_id))


def _find_erasing(session: Session) -> list[UUID]:
    return list(session.scalars(select(RequestRow.id).where(RequestRow.state == RequestState.ERASING).limit(BATCH)))


def _find_withdrawn(session: Session, request_ids: list[UUID]) -> list[UUID]:
    statement = select(RequestRow.id).where(RequestRow.id.in_(request_ids), RequestRow.state == RequestState.WITHDRAWN)
    return [request_id for request_id in session.scalars(statement) if not _owes_link(session, request_id)]
