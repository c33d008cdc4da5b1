"""Erasing what an employer's system has erased, and what was kept long enough: rows, requests, keys; a tombstone stays.

First the application is buried: what is known of it goes, its key is destroyed, a tombstone stays. What came of its
offer follows soon after, so that how long an erasure takes tells nothing of that; and then the last row.
"""

import asyncio
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from app.accounts.models import ConnectionRow
from app.applications import candidate_merge, tombstones
from app.applications.intake import find_row, winner_of
from app.applications.models import ApplicationRow, InboundRow, InterviewRow, MergedRow, NoticeRow, PullRow, TombKind
from app.applications.rules import OfferState, Uptake, move
from app.context import Context
from app.core import keyset
from app.delivery import outbox
from app.delivery.webhooks import deliveries
from app.periods import APPLICATION, INBOUND_ID, INBOUND_LOG, NOTICE
from app.requests import lifecycle
from app.sealing.keystore import KeyName, Purpose


async def erase_candidate(ctx: Context, connection_id: UUID, remote_id: str) -> int:
    """Erase all applications of a candidate; return how many there were. Late messages bring none back."""
    today = ctx.clock.now().date()

    def act(session: Session) -> Sequence[UUID]:
        # Nobody may be telling of a new application of theirs meanwhile: it would be seen by neither.
        session.get(ConnectionRow, connection_id, with_for_update=True, populate_existing=True)
        for one in (remote_id, *_forget_merges(session, connection_id, remote_id)):
            tombstones.bury(session, ctx.pepper, connection_id, TombKind.CANDIDATE, one, today)
        statement = select(ApplicationRow.id).where(
            ApplicationRow.connection_id == connection_id, ApplicationRow.candidate_remote_id == remote_id
        )
        found = session.scalars(statement.order_by(ApplicationRow.id)).all()
        for application_id in found:
            _bury(session, ctx.pepper, application_id, today)
        return found

    buried = await ctx.db.write(act)
    for application_id in buried:
        await ctx.keys.destroy(KeyName(Purpose.APPLICATION, application_id))
    return len(buried)


async def erase_person(ctx: Context, connection_id: UUID, remote_id: str) -> UUID:
    """Erase a candidate under whichever id they are known by; return the id of the erasure, the same each time."""

    def winner(session: Session) -> str:
        return winner_of(session, connection_id, remote_id)

    person = await ctx.db.read(winner)
    for one in sorted({remote_id, person}):
        await erase_candidate(ctx, connection_id, one)
    return tombstones.erasure_id(ctx.pepper, connection_id, remote_id)


async def erase_application(ctx: Context, connection_id: UUID, remote_id: str) -> bool:
    """Erase one application; tell whether it was known."""
    today = ctx.clock.now().date()

    def act(session: Session) -> UUID | None:
        session.get(ConnectionRow, connection_id, with_for_update=True, populate_existing=True)
        tombstones.bury(session, ctx.pepper, connection_id, TombKind.APPLICATION, remote_id, today)
        row = find_row(session, connection_id, remote_id)
        if row is not None:
            _bury(session, ctx.pepper, row.id, today)
        return row.id if row is not None else None

    buried = await ctx.db.write(act)
    if buried is not None:
        await ctx.keys.destroy(KeyName(Purpose.APPLICATION, buried))
    return buried is not None


def is_erased(session: Session, /, connection_id: UUID, remote_id: str, *, pepper: bytes) -> bool:
    """Tell whether an application was known, and was erased."""
    return tombstones.stands(session, pepper, connection_id, remote_id, None)


async def sweep(ctx: Context, today: date) -> int:
    """Finish erasures, erase what was kept long enough, and empty the log; return how many were kept long enough."""
    await erase_again(ctx)
    await finish(ctx)
    count = 0
    for application_id in await ctx.db.read(_find_expired, today):
        await asyncio.sleep(0)
        with lifecycle.log_failure(application_id):
            await _erase(ctx, application_id)
            count += 1
    await ctx.db.write(_purge, today)
    return count


async def count_expired(ctx: Context, today: date) -> int:
    """Return how many applications the next sweep would erase on `today`."""
    return len(await ctx.db.read(_find_expired, today))


async def finish(ctx: Context) -> None:
    """Erase what came of the offers of applications that are buried, and their last rows."""
    async for application_id in keyset.each(lambda after: ctx.db.read(_find_buried, after)):
        with lifecycle.log_failure(application_id):
            await _erase(ctx, application_id)


async def erase_again(ctx: Context) -> None:
    """Erase what was erased already: it comes from a backup, and the key store remembers."""
    async for application_id in keyset.each(lambda after: ctx.db.read(_find_any, after)):
        if await ctx.keys.is_destroyed(KeyName(Purpose.APPLICATION, application_id)):
            with lifecycle.log_failure(application_id):
                await _erase(ctx, application_id)


async def _erase(ctx: Context, application_id: UUID) -> None:
    def act(session: Session) -> tuple[UUID, list[KeyName]] | None:
        request_id = _bury(session, ctx.pepper, application_id, ctx.clock.now().date())
        return None if request_id is None else (request_id, lifecycle.begin_erasure(session, request_id))

    raised = await ctx.db.write(act)
    if raised is not None:
        await lifecycle.finish_erasure(ctx.db, ctx.keys, *raised)
    await ctx.keys.destroy(KeyName(Purpose.APPLICATION, application_id))
    await ctx.db.write(_finish, application_id)
    await ctx.db.forget()


def _bury(session: Session, pepper: bytes, application_id: UUID, today: date) -> UUID | None:
    """Delete what is known of an application, but for its row; return the id of the request that came of its offer."""
    row = session.get(ApplicationRow, application_id, with_for_update=True, populate_existing=True)
    if row is None:
        return None
    tombstones.bury(session, pepper, row.connection_id, TombKind.APPLICATION, row.remote_id, today)
    move(row, OfferState.NONE)
    move(row, Uptake.WITHDRAWN)
    row.offer_hash, row.dossier = None, b""
    row.candidate_remote_id = row.job_remote_id = row.due_at = None
    row.stirred = True
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
    return row.request_id


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
    return session.scalars(keyset.batch(select(ApplicationRow.id), ApplicationRow.id, after)).all()


def _find_buried(session: Session, after: UUID | None) -> Sequence[UUID]:
    buried = select(ApplicationRow.id).where(ApplicationRow.stirred, ApplicationRow.dossier == b"")
    return session.scalars(keyset.batch(buried, ApplicationRow.id, after)).all()


def _find_expired(session: Session, today: date) -> Sequence[UUID]:
    last = APPLICATION.cutoff(today)
    over = or_(ApplicationRow.closes_on.is_(None), ApplicationRow.closes_on <= last)
    statement = select(ApplicationRow.id).where(ApplicationRow.changed_on <= last, over).limit(keyset.BATCH)
    return session.scalars(statement).all()


def _purge(session: Session, today: date) -> None:
    emptied = INBOUND_LOG.cutoff(today)
    for row in session.scalars(
        select(InboundRow).where(InboundRow.received_on < emptied, InboundRow.outcome.is_not(None)).limit(1000)
    ):
        row.event_type = row.application_remote_id = row.outcome = None
    session.execute(delete(InboundRow).where(InboundRow.received_on < INBOUND_ID.cutoff(today)))
    candidate_merge.forget_merges(session, INBOUND_ID.cutoff(today))
    session.execute(delete(NoticeRow).where(NoticeRow.noted_on < NOTICE.cutoff(today)))
