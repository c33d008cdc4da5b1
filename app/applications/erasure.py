"""Erasure of applications: when an ATS erases them, and when their retention period ends. A tombstone stays.

First the application is emptied: its content is deleted, its key destroyed, a tombstone written. The request that came
of its offer and the last row follow soon after: the duration of an erasure must not reveal whether there is a request.
"""

import asyncio
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from app.accounts.models import ConnectionRow
from app.applications import candidate_merge, queries, tombstones
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
    """Erase all applications of a candidate; return how many there were. Late messages cannot recreate them."""
    today = ctx.clock.now().date()

    def act(session: Session) -> Sequence[UUID]:
        # An intake shares this lock: this erasure must not miss an application that is being inserted.
        session.get(ConnectionRow, connection_id, with_for_update=True, populate_existing=True)
        for one in (remote_id, *_delete_merges(session, connection_id, remote_id)):
            tombstones.add(session, ctx.pepper, connection_id, TombKind.CANDIDATE, one, today)
        statement = select(ApplicationRow.id).where(
            ApplicationRow.connection_id == connection_id, ApplicationRow.candidate_remote_id == remote_id
        )
        found = session.scalars(statement.order_by(ApplicationRow.id)).all()
        for application_id in found:
            _empty(session, ctx.pepper, application_id, today)
        return found

    emptied = await ctx.db.write(act)
    for application_id in emptied:
        await ctx.keys.destroy(KeyName(Purpose.APPLICATION, application_id))
    return len(emptied)


async def erase_merged_candidate(ctx: Context, connection_id: UUID, remote_id: str) -> UUID:
    """Erase a candidate, and whom the candidate was merged into; return the id of the erasure, the same each time."""
    survivor = await ctx.db.read(queries.find_survivor, connection_id, remote_id)
    for candidate in sorted({remote_id, survivor}):
        await erase_candidate(ctx, connection_id, candidate)
    return tombstones.erasure_id(ctx.pepper, connection_id, remote_id)


async def erase_application(ctx: Context, connection_id: UUID, remote_id: str) -> bool:
    """Erase one application; tell whether it was known."""
    today = ctx.clock.now().date()

    def act(session: Session) -> UUID | None:
        session.get(ConnectionRow, connection_id, with_for_update=True, populate_existing=True)
        tombstones.add(session, ctx.pepper, connection_id, TombKind.APPLICATION, remote_id, today)
        row = queries.find_row(session, connection_id, remote_id)
        if row is not None:
            _empty(session, ctx.pepper, row.id, today)
        return row.id if row is not None else None

    emptied = await ctx.db.write(act)
    if emptied is not None:
        await ctx.keys.destroy(KeyName(Purpose.APPLICATION, emptied))
    return emptied is not None


def is_erased(session: Session, /, connection_id: UUID, remote_id: str, *, pepper: bytes) -> bool:
    """Tell whether an application was erased."""
    return tombstones.exists(session, pepper, connection_id, remote_id, None)


async def sweep(ctx: Context, today: date) -> int:
    """Finish erasures, erase expired applications and log entries; return how many applications had expired."""
    await repeat_erasures(ctx)
    await finish_erasures(ctx)
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


async def finish_erasures(ctx: Context) -> None:
    """Erase the requests that came of emptied applications, and the last rows."""
    async for application_id in keyset.each(lambda after: ctx.db.read(_find_emptied, after)):
        with lifecycle.log_failure(application_id):
            await _erase(ctx, application_id)


async def repeat_erasures(ctx: Context) -> None:
    """Erase again what a restored backup has brought back: the key store remembers destroyed keys."""
    async for application_id in keyset.each(lambda after: ctx.db.read(_find_all, after)):
        if await ctx.keys.is_destroyed(KeyName(Purpose.APPLICATION, application_id)):
            with lifecycle.log_failure(application_id):
                await _erase(ctx, application_id)


async def _erase(ctx: Context, application_id: UUID) -> None:
    def act(session: Session) -> tuple[UUID, list[KeyName]] | None:
        request_id = _empty(session, ctx.pepper, application_id, ctx.clock.now().date())
        return None if request_id is None else (request_id, lifecycle.begin_erasure(session, request_id))

    raised = await ctx.db.write(act)
    if raised is not None:
        await lifecycle.finish_erasure(ctx.db, ctx.keys, *raised)
    await ctx.keys.destroy(KeyName(Purpose.APPLICATION, application_id))
    await ctx.db.write(_delete_row, application_id)
    await ctx.db.forget()


def _empty(session: Session, pepper: bytes, application_id: UUID, today: date) -> UUID | None:
    """Delete all but the row of an application; return the id of the request that came of its offer."""
    row = session.get(ApplicationRow, application_id, with_for_update=True, populate_existing=True)
    if row is None:
        return None
    tombstones.add(session, pepper, row.connection_id, TombKind.APPLICATION, row.remote_id, today)
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
    # The log keeps that messages came, without the application that they were about.
    session.execute(
        update(InboundRow)
        .where(InboundRow.connection_id == row.connection_id, InboundRow.application_remote_id == row.remote_id)
        .values(application_remote_id=None)
    )
    return row.request_id


def _delete_merges(session: Session, connection_id: UUID, remote_id: str) -> list[str]:
    """Delete all merges into a candidate; return the ids merged into it, each of which needs a tombstone."""
    found: list[str] = []
    level = [remote_id]
    while level:
        deletion = delete(MergedRow).where(
            MergedRow.connection_id == connection_id, MergedRow.into_remote_id.in_(level)
        )
        level = list(session.scalars(deletion.returning(MergedRow.remote_id)))
        found += level
    return found


def _delete_row(session: Session, application_id: UUID) -> None:
    session.execute(delete(ApplicationRow).where(ApplicationRow.id == application_id, ApplicationRow.dossier == b""))


def _find_all(session: Session, after: UUID | None) -> Sequence[UUID]:
    return session.scalars(keyset.batch(select(ApplicationRow.id), ApplicationRow.id, after)).all()


def _find_emptied(session: Session, after: UUID | None) -> Sequence[UUID]:
    emptied = select(ApplicationRow.id).where(ApplicationRow.stirred, ApplicationRow.dossier == b"")
    return session.scalars(keyset.batch(emptied, ApplicationRow.id, after)).all()


def _find_expired(session: Session, today: date) -> Sequence[UUID]:
    last = APPLICATION.cutoff(today)
    is_closed = or_(ApplicationRow.closes_on.is_(None), ApplicationRow.closes_on <= last)
    statement = select(ApplicationRow.id).where(ApplicationRow.changed_on <= last, is_closed).limit(keyset.BATCH)
    return session.scalars(statement).all()


def _purge(session: Session, today: date) -> None:
    last_in_log = INBOUND_LOG.cutoff(today)
    for row in session.scalars(
        select(InboundRow).where(InboundRow.received_on < last_in_log, InboundRow.outcome.is_not(None)).limit(1000)
    ):
        row.event_type = row.application_remote_id = row.outcome = None
    session.execute(delete(InboundRow).where(InboundRow.received_on < INBOUND_ID.cutoff(today)))
    candidate_merge.purge(session, INBOUND_ID.cutoff(today))
    session.execute(delete(NoticeRow).where(NoticeRow.noted_on < NOTICE.cutoff(today)))
