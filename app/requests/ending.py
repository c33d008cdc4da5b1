"""Changing and ending a request: a later closing date, withdrawal, erasure.

What can't be undone happens in an order that survives a crash: the transaction first, then the keys, then the last
rows. The tick takes up what was left.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.db import Database
from app.core.errors import Conflict
from app.delivery import outbox
from app.requests.models import RequestRow
from app.requests.reading import find
from app.requests.rules import RequestState
from app.rounds import ending
from app.sealing.keystore import KeyName, KeyStore, Purpose
from app.sealing.models import ManagerBoxRow

BATCH = 100


def extend(session: Session, request_id: UUID, manage_digest: bytes, closes_on: date, today: date) -> RequestRow:
    """Move the closing date of what is open to a later one."""
    row = find(session, request_id, manage_digest, lock=True)
    if row.state != RequestState.OPEN:
        raise Conflict("request_withdrawn", "This request was withdrawn.")
    ending.extend(session, request_id, closes_on, today)
    row.closes_on = closes_on
    return row


async def withdraw(db: Database, keys: KeyStore, request_id: UUID, manage_digest: bytes) -> None:
    """End a request: all its links die, and what is sealed will never be read. What was released stays."""
    for name in await db.write(_withdraw, request_id, manage_digest):
        await keys.destroy(name)
    await db.forget()


async def erase(db: Database, keys: KeyStore, request_id: UUID, manage_digest: bytes) -> None:
    """Delete a request with everything that belongs to it."""
    names = await db.write(_erase_own, request_id, manage_digest)
    await _finish(db, keys, request_id, names)


async def sweep(db: Database, keys: KeyStore) -> None:
    """Finish what a crash interrupted: erasures, and keys of requests that were withdrawn."""
    for request_id in await db.read(_find_erasing):
        await _finish(db, keys, request_id, await db.write(_erase, request_id))
    owners = [name.owner for name in await keys.names() if name.purpose is Purpose.REQUEST]
    for start in range(0, len(owners), BATCH):
        for request_id in await db.read(_find_withdrawn, owners[start : start + BATCH]):
            await keys.destroy(KeyName(Purpose.REQUEST, request_id))


async def _finish(db: Database, keys: KeyStore, request_id: UUID, names: list[KeyName]) -> None:
    for name in names:
        await keys.destroy(name)
    await db.write(_forget, request_id)
    await db.forget()


def _withdraw(session: Session, request_id: UUID, manage_digest: bytes) -> list[KeyName]:
    row = find(session, request_id, manage_digest, lock=True)
    row.state = RequestState.WITHDRAWN
    session.execute(delete(ManagerBoxRow).where(ManagerBoxRow.request_id == request_id))
    outbox.cancel(session, [request_id])
    return [*ending.withdraw(session, request_id), KeyName(Purpose.REQUEST, request_id)]


def _erase_own(session: Session, request_id: UUID, manage_digest: bytes) -> list[KeyName]:
    find(session, request_id, manage_digest, lock=True)
    return _erase(session, request_id)


def _erase(session: Session, request_id: UUID) -> list[KeyName]:
    row = session.get(RequestRow, request_id)
    if row is None:  # Two ticks at once: the other one has finished.
        return []
    row.state = RequestState.ERASING
    session.execute(delete(ManagerBoxRow).where(ManagerBoxRow.request_id == request_id))
    outbox.erase(session, [request_id])
    return [*ending.erase(session, request_id), KeyName(Purpose.REQUEST, request_id)]


def _forget(session: Session, request_id: UUID) -> None:
    ending.forget(session, request_id)
    session.execute(delete(RequestRow).where(RequestRow.id == request_id, RequestRow.state == RequestState.ERASING))


def _find_erasing(session: Session) -> list[UUID]:
    return list(session.scalars(select(RequestRow.id).where(RequestRow.state == RequestState.ERASING).limit(BATCH)))


def _find_withdrawn(session: Session, request_ids: list[UUID]) -> list[UUID]:
    statement = select(RequestRow.id).where(RequestRow.id.in_(request_ids), RequestRow.state == RequestState.WITHDRAWN)
    return list(session.scalars(statement))
