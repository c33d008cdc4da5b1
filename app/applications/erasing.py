"""Erasing what an employer's system has erased, and what was kept long enough: rows, requests, keys; a tombstone stays.

First the transaction, then the keys, then the last rows: the tick takes up what a crash left.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from app.accounts.models import ConnectionRow
from app.applications import moving, tombs
from app.applications.models import ApplicationRow, InboundRow, InterviewRow, MergedRow, NoticeRow, PullRow, TombKind
from app.applications.recording import find_row, winner_of
from app.applications.rules import OfferState
from app.delivery import outbox
from app.delivery.webhooks import deliveries
from app.requests import ending
from app.rounds.context import Context
from app.sealing.keystore import KeyName, Purpose

KEPT_DAYS = 365
LOG_DAYS = 14
# Longer than anything that a late message could bring back.
DEDUPE_DAYS = 400
BATCH = 100


@dataclass(frozen=True)
class _Begun:
    """An application that is being erased, with the request that came of its offer, and the keys to destroy."""

    id: UUID
    request_id: UUID | None
    names: list[KeyName]


async def erase_candidate(to: Context, connection_id: UUID, remote_id: str) -> int:
    """Erase all applications of a candidate; return how many there were. Late messages bring none back."""
    today = to.clock.now().date()

    def act(session: Session) -> list[_Begun]:
        # Nobody may be telling of a new application of theirs meanwhile: it would be seen by neither.
        session.get(ConnectionRow, connection_id, with_for_update=True, populate_existing=True)
        for one in (remote_id, *_forget_merges(session, connection_id, remote_id)):
            tombs.bury(session, to.pepper, connection_id, TombKind.CANDIDATE, one, today)
        statement = select(ApplicationRow.id).where(
            ApplicationRow.connection_id == connection_id, ApplicationRow.candidate_remote_id == remote_id
        )
        found = session.scalars(statement.order_by(ApplicationRow.id)).all()
        return [_begin(session, to.pepper, application_id, today) for application_id in found]

    begun = await to.db.write(act)
    for one in begun:
        await _end(to, one)
    return len(begun)


async def erase_person(to: Context, connection_id: UUID, remote_id: str) -> UUID:
    """Erase a candidate under whichever id they are known by; return the id of the erasure, the same each time."""

    def winner(session: Session) -> str:
        return winner_of(session, connection_id, remote_id)

    person = await to.db.read(winner)
    for one in sorted({remote_id, person}):
        await erase_candidate(to, connection_id, one)
    return tombs.erasure_id(to.pepper, connection_id, remote_id)


async def erase_application(to: Context, connection_id: UUID, remote_id: str) -> bool:
    """Erase one application; tell whether it was known."""
    today = to.clock.now().date()

    def act(session: Session) -> _Begun | None:
        session.get(ConnectionRow, connection_id, with_for_update=True, populate_existing=True)
        tombs.bury(session, to.pepper, connection_id, TombKind.APPLICATION, remote_id, today)
        row = find_row(session, connection_id, remote_id)
        return _begin(session, to.pepper, row.id, today) if row is not None else None

    begun = await to.db.write(act)
    if begun is not None:
        await _end(to, begun)
    return begun is not None


def is_erased(session: Session, /, connection_id: UUID, remote_id: str, *, pepper: bytes) -> bool:
    """Tell whether an application was known, and was erased."""
    return tombs.stands(session, pepper, connection_id, remote_id, None)


async def sweep(to: Context, today: date) -> None:
    """Finish erasures that a crash interrupted, erase what was kept long enough, and empty the log."""
    await _erase_again(to)
    for find in (_find_buried, _find_expired):
        for application_id in await to.db.read(find, today):
            await asyncio.sleep(0)
            with ending.contained(application_id):
                await _erase(to, application_id)
    await to.db.write(_purge, today)


async def _erase_again(to: Context) -> None:
    """Erase what was erased already: it comes from a backup, and the key store remembers."""
    after: UUID | None = None
    while batch := await to.db.read(_find_any, after):
        for application_id in batch:
            # Neither a file nor SQLite's reader gives the loop a turn.
            await asyncio.sleep(0)
            if await to.keys.is_destroyed(KeyName(Purpose.APPLICATION, application_id)):
                with ending.contained(application_id):
                    await _erase(to, application_id)
        after = batch[-1]


async def _erase(to: Context, application_id: UUID) -> None:
    await _end(to, await to.db.write(_begin, to.pepper, application_id, to.clock.now().date()))


async def _end(to: Context, begun: _Begun) -> None:
    if begun.request_id is not None:
        await ending.finish_erasure(to.db, to.keys, begun.request_id, begun.names)
    await to.keys.destroy(KeyName(Purpose.APPLICATION, begun.id))
    await to.db.write(_finish, begun.id)
    await to.db.forget()


def _begin(session: Session, pepper: bytes, application_id: UUID, today: date) -> _Begun:
    row = session.get(ApplicationRow, application_id, with_for_update=True, populate_existing=True)
    if row is None:
        return _Begun(application_id, None, [])
    tombs.bury(session, pepper, row.connection_id, TombKind.APPLICATION, row.remote_id, today)
    row.offer, row.offer_hash, row.dossier = OfferState.WITHDRAWN, None, b""
    outbox.erase(session, [row.id])
    deliveries.erase(session, row.connection_id, row.remote_id)
    session.execute(delete(InterviewRow).where(InterviewRow.application_id == row.id))
    for table in (PullRow, NoticeRow):
        session.execute(
            delete(table).where(table.connection_id == row.connection_id, table.application_remote_id == row.remote_id)
        )
    # That messages came stays known, and not whom they were about.
    session.execute(
        update(InboundRow)
        .where(InboundRow.connection_id == row.connection_id, InboundRow.application_remote_id == row.remote_id)
        .values(application_remote_id=None)
    )
    if row.request_id is None:
        return _Begun(application_id, None, [])
    return _Begun(application_id, row.request_id, ending.begin_erasure(session, row.request_id))


def _forget_merges(session: Session, connection_id: UUID, remote_id: str) -> list[str]:
    """Delete who became this candidate, through however many merges; return them: each gets a tombstone instead."""
    found: list[str] = []
    level = [remote_id]
    while level:
        gone = delete(MergedRow).where(MergedRow.connection_id == connection_id, MergedRow.into_remote_id.in_(level))
        level = list(session.scalars(gone.returning(MergedRow.remote_id)))
        found += level
    return found


def _finish(session: Session, application_id: UUID) -> None:
    session.execute(delete(ApplicationRow).where(ApplicationRow.id == application_id, ApplicationRow.dossier == b""))


def _find_any(session: Session, after: UUID | None) -> Sequence[UUID]:
    statement = select(ApplicationRow.id).order_by(ApplicationRow.id).limit(BATCH)
    return session.scalars(statement if after is None else statement.where(ApplicationRow.id > after)).all()


def _find_buried(session: Session, _today: date) -> Sequence[UUID]:
    return session.scalars(select(ApplicationRow.id).where(ApplicationRow.dossier == b"").limit(BATCH)).all()


def _find_expired(session: Session, today: date) -> Sequence[UUID]:
    last = today - timedelta(days=KEPT_DAYS)
    over = or_(ApplicationRow.closes_on.is_(None), ApplicationRow.closes_on <= last)
    statement = select(ApplicationRow.id).where(ApplicationRow.changed_on <= last, over).limit(BATCH)
    return session.scalars(statement).all()


def _purge(session: Session, today: date) -> None:
    emptied = today - timedelta(days=LOG_DAYS)
    for row in session.scalars(
        select(InboundRow).where(InboundRow.received_on < emptied, InboundRow.outcome.is_not(None)).limit(1000)
    ):
        row.event_type = row.application_remote_id = row.outcome = None
    session.execute(delete(InboundRow).where(InboundRow.received_on < today - timedelta(days=DEDUPE_DAYS)))
    moving.forget_merges(session, today - timedelta(days=DEDUPE_DAYS))
    session.execute(delete(NoticeRow).where(NoticeRow.noted_on < today - timedelta(days=KEPT_DAYS)))
