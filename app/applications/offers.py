"""Make, show and expire offers: a due offer is checked again, recorded and mailed in one transaction."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import connections
from app.accounts.models import ConnectionRow
from app.accounts.rules import ConnectionState, Provider
from app.applications import lifecycle
from app.applications.dossier_store import open_dossier
from app.applications.intake import update_decision
from app.applications.models import ApplicationRow
from app.applications.rules import CLOSED_DAYS, OFFER_DAYS, OfferState, Uptake, contact_address, move
from app.context import Context
from app.core.days import open_day
from app.core.tokens import as_code, keyed_hash
from app.delivery import outbox
from app.delivery.webhooks.events import announce
from app.requests import lifecycle as request_lifecycle
from app.rounds.invitee import hash_code
from app.rounds.mail import MailKind, Secret, sealed_row
from app.sealing.keystore import KeyName, Purpose

# A bulk rejection of hundreds must not become hundreds of mails at once.
BATCH = 100
# How long an offer waits after its application could not be read again.
PAUSE_SECONDS = 1800

Reread = Callable[[UUID], Awaitable[bool]]
"""Reads an application from its ATS again, and returns whether that succeeded. A native connector provides it."""


async def make_due_offers(
    ctx: Context, now: datetime, *, only: UUID | None = None, reread: Reread | None = None
) -> int:
    """Make the offers that are due, of all connections or of one; return how many were made.

    Without `reread`, skip connections to native ATS, whose applications have to be read again first.
    """
    made = 0
    for application_id in await ctx.db.read(_find_due, int(now.timestamp()), only, native=reread is not None):
        await asyncio.sleep(0)
        with request_lifecycle.log_failure(application_id):
            if reread is None or await reread(application_id):
                made += await make_offer(ctx, application_id)
            else:
                # Never make an offer on facts that may be days old. Nor may this one keep those behind it waiting.
                await ctx.db.write(_postpone, application_id, int(now.timestamp()) + PAUSE_SECONDS)
    return made


async def make_offer(ctx: Context, application_id: UUID) -> bool:
    """Make the offer of one application, if it is still due; tell whether it was made now."""
    key = await ctx.keys.find(KeyName(Purpose.APPLICATION, application_id))
    return key is not None and await ctx.db.write(_make_offer, ctx, application_id, key, ctx.clock.now())


def derive_code(key: bytes, application_id: UUID) -> str:
    """Return the code of an offer, derived from the application's key, so that each mail has the same code."""
    return as_code(keyed_hash(key, b"offer", application_id.bytes))


def may_issue(row: ApplicationRow) -> bool:
    """Tell whether the candidate has no offer yet, or one that ended before the employer saw it."""
    is_over = row.uptake in (Uptake.EXPIRED, Uptake.WITHDRAWN)
    return row.uptake is None or (is_over and row.request_id is None and row.offer != OfferState.OFFERED)


def issue(row: ApplicationRow, code: str, today: date, ctx: Context) -> None:
    """Give the candidate an offer with this code. The employer does not see it before it is due."""
    row.offer_hash = hash_code(ctx.pepper, code)
    move(row, Uptake.OPEN)
    row.accept_until = today + timedelta(days=OFFER_DAYS)


def show_to_employer(session: Session, row: ApplicationRow, today: date) -> None:
    """Show the employer that an offer was made, and send the event: once.

    Call it when the offer is due, even if the candidate got the code earlier. Otherwise the employer would see that
    they asked for it.
    """
    if row.offer == OfferState.OFFERED:
        return
    move(row, OfferState.OFFERED)
    row.reason = row.due_at = None
    row.offered_on = today
    row.closes_on = today + timedelta(days=CLOSED_DAYS)
    _announce(session, row, "feedback_request.offered", today)


async def expire_offers(ctx: Context, now: datetime) -> None:
    """Expire offers that nobody accepted, withdraw overdue paused ones, and send `closed` events that are due."""
    today = open_day(now)
    await ctx.db.write(_expire, today)
    await lifecycle.end_overdue(ctx, now)
    while await ctx.db.write(_close, today):
        pass


def mail_offer(session: Session, row: ApplicationRow, key: bytes, address: str, code: str, today: date) -> None:
    """Enqueue the mail with the offer. An empty address makes a row that is dropped when it is opened."""
    mail = sealed_row(
        KeyName(Purpose.APPLICATION, row.id),
        key,
        Secret(address, (code,)),
        kind=MailKind.OFFER,
        group_id=row.id,
        send_on=today,
    )
    outbox.enqueue(session, [mail])


def _make_offer(session: Session, ctx: Context, application_id: UUID, key: bytes, now: datetime) -> bool:
    row = session.get(ApplicationRow, application_id, with_for_update=True, populate_existing=True)
    if row is None or row.offer != OfferState.WAITING or not row.dossier:
        return False
    connection = session.get_one(ConnectionRow, row.connection_id)
    dossier = open_dossier(key, row.id, row.dossier)
    due_before = row.due_at
    update_decision(row, dossier, connections.settings_of(connection), now)
    if connection.is_test and due_before is not None and row.due_at is not None:
        # `time_travel` has moved this earlier; the times in the dossier stay as they were sent.
        row.due_at = min(due_before, row.due_at)
    if row.offer != OfferState.WAITING or row.due_at is None or row.due_at > int(now.timestamp()):
        return False
    address = contact_address(dossier.candidate) if dossier.candidate else None
    if address is None:
        return False
    is_new = may_issue(row)
    # A candidate who got the code before has as long to accept as any other. Their mail has no address: the work takes
    # as long as for others, and nobody can time whether a code was asked for.
    code = derive_code(key, row.id)
    row.accept_until = now.date() + timedelta(days=OFFER_DAYS)
    if is_new:
        issue(row, code, now.date(), ctx)
    show_to_employer(session, row, now.date())
    mail_offer(session, row, key, address.value if is_new else "", code, now.date())
    return True


def _postpone(session: Session, application_id: UUID, due_at: int) -> None:
    row = session.get(ApplicationRow, application_id, with_for_update=True, populate_existing=True)
    if row is not None and row.offer == OfferState.WAITING:
        row.due_at = due_at


def _find_due(session: Session, moment: int, only: UUID | None, *, native: bool) -> Sequence[UUID]:
    statement = (
        select(ApplicationRow.id)
        .join(ConnectionRow, ConnectionRow.id == ApplicationRow.connection_id)
        .where(
            ApplicationRow.offer == OfferState.WAITING,
            ApplicationRow.due_at <= moment,
            ConnectionRow.state != ConnectionState.DISABLED,
        )
        .order_by(ApplicationRow.due_at, ApplicationRow.id)
        .limit(BATCH)
    )
    if only is not None:
        statement = statement.where(ApplicationRow.connection_id == only)
    if not native:
        statement = statement.where(ConnectionRow.provider == Provider.NEUTRAL)
    return session.scalars(statement).all()


def _expire(session: Session, today: date) -> None:
    statement = select(ApplicationRow).where(ApplicationRow.uptake == Uptake.OPEN, ApplicationRow.accept_until < today)
    for row in session.scalars(statement.with_for_update(skip_locked=True).limit(BATCH)):
        move(row, Uptake.EXPIRED)


def _close(session: Session, today: date) -> bool:
    statement = select(ApplicationRow).where(
        ApplicationRow.closes_on <= today, ApplicationRow.close_told.is_(False), ApplicationRow.dossier != b""
    )
    rows = session.scalars(statement.with_for_update(skip_locked=True).limit(BATCH)).all()
    for row in rows:
        row.close_told = True
        _announce(session, row, "feedback_request.closed", row.closes_on or today)
    return bool(rows)


def _announce(session: Session, row: ApplicationRow, event_type: str, on: date) -> None:
    data = {"connection_id": str(row.connection_id), "application_remote_id": row.remote_id}
    announce(session, row.connection_id, event_type, data, on=on)
