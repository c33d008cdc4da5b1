"""Changing and ending a request: a later closing date, withdrawal, erasure.

What can't be undone happens in an order that survives a crash: the transaction first, then the keys, then the last
rows. The tick takes up what was left.
"""

import asyncio
from collections.abc import Iterator
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
from app.sealing.models import ManagerBoxRow

BATCH = 100

log = structlog.get_logger(__name__)


def extend(session: Session, request_id: UUID, manage_digest: bytes, closes_on: date, today: date) -> RequestRow:
    """Move the closing date of what is open, and of what may still be opened, to a later one."""
    row = find_request(session, request_id, manage_digest, lock=True)
    if row.state != RequestState.OPEN:
        raise not_open(RequestState(row.state))
    round_lifecycle.extend(session, request_id, closes_on, raised_on=row.created_on, today=today)
    row.closes_on = closes_on
    return row


async def withdraw(db: Database, keys: KeyStore, request_id: UUID, manage_digest: bytes, now: datetime) -> None:
    """End a request: all its links die, and what is sealed will never be read. What was shown stays."""
    for name in await db.write(_withdraw, request_id, manage_digest, now):
        await keys.destroy(name)
    await db.forget()


async def erase(db: Database, keys: KeyStore, request_id: UUID, manage_digest: bytes) -> None:
    """Delete a request with everything that belongs to it."""
    names = await db.write(_erase_own, request_id, manage_digest)
    await finish_erasure(db, keys, request_id, names)


async def sweep(db: Database, keys: KeyStore, today: date) -> None:
    """Finish what a crash interrupted: erasures, and keys of requests that were withdrawn.

    And end the manager's link, with its key, of requests in which nothing is left to ask or to clarify.
    """
    for request_id in await db.read(_find_erasing):
        with log_failure(request_id):
            await finish_erasure(db, keys, request_id, await db.write(begin_erasure, request_id))
    owners = [name.owner for name in await keys.names() if name.purpose is Purpose.REQUEST]
    for start in range(0, len(owners), BATCH):
        batch = owners[start : start + BATCH]
        # On SQLite neither read gives the loop a turn.
        await asyncio.sleep(0)
        for request_id in await db.read(_find_withdrawn, batch):
            with log_failure(request_id):
                await keys.destroy(KeyName(Purpose.REQUEST, request_id))
        for request_id in await db.read(round_lifecycle.find_settled, batch, today):
            with log_failure(request_id):
                if await db.write(_end_link, request_id, today):
                    await keys.destroy(KeyName(Purpose.REQUEST, request_id))


@contextmanager
def log_failure(owner: UUID) -> Iterator[None]:
    """Report a request, or what else has this id, with which something is wrong, so that the tick goes on with all
    others; an outage ends it.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, Unavailable) and not isinstance(error, Unreadable):
            raise
        log.exception("unfinished", id=str(owner))


async def finish_erasure(db: Database, keys: KeyStore, request_id: UUID, names: list[KeyName]) -> None:
    """Destroy the keys of a request that is being erased, and then its last rows."""
    for name in names:
        await keys.destroy(name)
    await db.write(_forget, request_id)
    await db.forget()


def _withdraw(session: Session, request_id: UUID, manage_digest: bytes, now: datetime) -> list[KeyName]:
    row = find_request(session, request_id, manage_digest, lock=True)
    outbox.cancel(session, [request_id])
    return [*_end(session, row, now), KeyName(Purpose.REQUEST, request_id)]


def end_for_employer(session: Session, row: RequestRow, ended: Ended, now: datetime) -> list[KeyName]:
    """End a request that its candidate has not withdrawn; return the names of the keys to destroy after the commit.

    If the mail with the way to it has not left yet, it still goes: nobody can erase what they have no link to. Until
    then its key stays, which opens nothing else any more.
    """
    row.ended = ended
    outbox.cancel(session, [row.id], but=MailKind.MANAGE_LINK)
    outbox.resume(session, [row.id])
    names = _end(session, row, now)
    return names if _owes_link(session, row.id) else [*names, KeyName(Purpose.REQUEST, row.id)]


def _end(session: Session, row: RequestRow, now: datetime) -> list[KeyName]:
    move(row, RequestState.WITHDRAWN)
    idempotency.void(session, row.id)
    session.execute(delete(ManagerBoxRow).where(ManagerBoxRow.request_id == row.id))
    return round_lifecycle.withdraw(session, row.id, now)


def _owes_link(session: Session, request_id: UUID) -> bool:
    return bool(outbox.send_days(session, request_id, [MailKind.MANAGE_LINK]))


def _erase_own(session: Session, request_id: UUID, manage_digest: bytes) -> list[KeyName]:
    find_request(session, request_id, manage_digest, lock=True, erasing=True)
    return begin_erasure(session, request_id)


def begin_erasure(session: Session, request_id: UUID) -> list[KeyName]:
    """Delete what a request holds; return what the key store has to destroy, and to remember, after the commit."""
    row = session.get(RequestRow, request_id, with_for_update=True, populate_existing=True)
    if row is None:  # Two ticks at once: the other one has finished.
        return []
    move(row, RequestState.ERASING)
    idempotency.void(session, request_id)
    session.execute(delete(ManagerBoxRow).where(ManagerBoxRow.request_id == request_id))
    session.execute(delete(OwnNoteRow).where(OwnNoteRow.request_id == request_id))
    outbox.erase(session, [request_id])
    # No key has the last name. Its note outlives the rows: by it the request is known if a backup brings it back.
    own = [KeyName(purpose, request_id) for purpose in (Purpose.REQUEST, Purpose.ERASURE)]
    return [*round_lifecycle.erase(session, request_id), *own]


def _forget(session: Session, request_id: UUID) -> None:
    # First the request and then its rounds, as everybody locks them: else two ticks at once wait for each other.
    session.get(RequestRow, request_id, with_for_update=True, populate_existing=True)
    round_lifecycle.forget(session, request_id)
    session.execute(delete(RequestRow).where(RequestRow.id == request_id, RequestRow.state == RequestState.ERASING))


def _end_link(session: Session, request_id: UUID, today: date) -> bool:
    """Delete the record of the manager's link, and the mail sealed with its key, unless something began again."""
    session.get(RequestRow, request_id, with_for_update=True)
    if not round_lifecycle.find_settled(session, [request_id], today):
        return False
    session.execute(delete(ManagerBoxRow).where(ManagerBoxRow.request_id == request_id))
    outbox.cancel(session, [request_id])
    return True


def _find_erasing(session: Session) -> list[UUID]:
    return list(session.scalars(select(RequestRow.id).where(RequestRow.state == RequestState.ERASING).limit(BATCH)))


def _find_withdrawn(session: Session, request_ids: list[UUID]) -> list[UUID]:
    statement = select(RequestRow.id).where(RequestRow.id.in_(request_ids), RequestRow.state == RequestState.WITHDRAWN)
    return [request_id for request_id in session.scalars(statement) if not _owes_link(session, request_id)]
