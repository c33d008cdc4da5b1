"""Making an offer when its hour has come: looked at once more, written down and mailed in one transaction, once."""

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
from app.applications.intake import settle
from app.applications.models import ApplicationRow
from app.applications.rules import CLOSED_DAYS, OFFER_DAYS, OfferState, Uptake, contact, move
from app.context import Context
from app.core.tokens import as_code, keyed_hash
from app.delivery import outbox
from app.delivery.webhooks.events import announce
from app.requests import lifecycle as request_lifecycle
from app.rounds.invitee import hash_code
from app.rounds.mail import MailKind, Secret, sealed_row
from app.sealing.keystore import KeyName, Purpose

# A bulk rejection of hundreds must not become hundreds of mails at once.
MOST_AT_ONCE = 100
# How long an offer waits whose application could not be looked up once more.
PAUSE_SECONDS = 1800

Reread = Callable[[UUID], Awaitable[bool]]
"""Looks an application up in its own system once more; tells whether that worked. Given by a native connector."""


async def offer_due(ctx: Context, now: datetime, *, only: UUID | None = None, reread: Reread | None = None) -> int:
    """Make the offers whose hour has come, of all connections or of one; return how many were made.

    Without `reread`, none of a system that has to be looked at first.
    """
    made = 0
    for application_id in await ctx.db.read(_find_due, int(now.timestamp()), only, native=reread is not None):
        await asyncio.sleep(0)
        with request_lifecycle.log_failure(application_id):
            if reread is None or await reread(application_id):
                made += await offer(ctx, application_id)
            else:
                # What can't be looked at now is offered when it can: never on what was true days ago. Nor may it keep
                # those behind it waiting.
                await ctx.db.write(_put_off, application_id, int(now.timestamp()) + PAUSE_SECONDS)
    return made


async def offer(ctx: Context, application_id: UUID) -> bool:
    """Make the offer of one application, if it is still due; tell whether it was made now."""
    key = await ctx.keys.find(KeyName(Purpose.APPLICATION, application_id))
    return key is not None and await ctx.db.write(_offer, ctx, application_id, key, ctx.clock.now())


def code_of(key: bytes, application_id: UUID) -> str:
    """Return the code of an offer. It follows from the application's key, so that a second mail has the same."""
    return as_code(keyed_hash(key, b"offer", application_id.bytes))


def may_put_out(row: ApplicationRow) -> bool:
    """Tell whether an offer can go to the candidate that they did not have, or not with any use."""
    is_over = row.uptake in (Uptake.EXPIRED, Uptake.WITHDRAWN)
    return row.uptake is None or (is_over and row.request_id is None and row.offer != OfferState.OFFERED)


def put_out(row: ApplicationRow, code: str, today: date, ctx: Context) -> None:
    """Note that the candidate of an application has an offer. Their employer sees it later."""
    row.offer_hash = hash_code(ctx.pepper, code)
    move(row, Uptake.OPEN)
    row.accept_until = today + timedelta(days=OFFER_DAYS)


def show(session: Session, row: ApplicationRow, today: date) -> None:
    """Let the employer see that there is an offer, and tell its connection: once, whatever follows.

    At its hour, also for those who had their code before: else asking for it would be seen.
    """
    if row.offer == OfferState.OFFERED:
        return
    move(row, OfferState.OFFERED)
    row.reason = row.due_at = None
    row.offered_on = today
    row.closes_on = today + timedelta(days=CLOSED_DAYS)
    _announce(session, row, "feedback_request.offered", today)


async def end_due(ctx: Context, today: date) -> None:
    """Let offers end that nobody accepted, and tell the connections of those whose day has come."""
    await ctx.db.write(_expire, today)
    await lifecycle.end_overdue(ctx, today)
    while await ctx.db.write(_close, today):
        pass


def mail_offer(session: Session, row: ApplicationRow, key: bytes, address: str, code: str, today: date) -> None:
    """Write the offer to the candidate."""
    mail = sealed_row(
        KeyName(Purpose.APPLICATION, row.id),
        key,
        Secret(address, (code,)),
        kind=MailKind.OFFER,
        group_id=row.id,
        send_on=today,
    )
    outbox.enqueue(session, [mail])


def _offer(session: Session, ctx: Context, application_id: UUID, key: bytes, now: datetime) -> bool:
    row = session.get(ApplicationRow, application_id, with_for_update=True, populate_existing=True)
    if row is None or row.offer != OfferState.WAITING or not row.dossier:
        return False
    connection = session.get_one(ConnectionRow, row.connection_id)
    dossier = open_dossier(key, row.id, row.dossier)
    was = row.due_at
    settle(row, dossier, connections.settings_of(connection), now)
    if connection.is_test and was is not None and row.due_at is not None:
        # Its time moves on by moving this: what its system says of hours stays.
        row.due_at = min(was, row.due_at)
    if row.offer != OfferState.WAITING or row.due_at is None or row.due_at > int(now.timestamp()):
        return False
    address = contact(dossier.candidate) if dossier.candidate else None
    if address is None:
        return False
    is_news = may_put_out(row)
    # Whoever had the code before has as long as everybody; and a row without an address, which is dropped when it is
    # opened, so that nobody sees that there was less to do.
    code = code_of(key, row.id)
    row.accept_until = now.date() + timedelta(days=OFFER_DAYS)
    if is_news:
        put_out(row, code, now.date(), ctx)
    show(session, row, now.date())
    mail_offer(session, row, key, address.value if is_news else "", code, now.date())
    return True


def _put_off(session: Session, application_id: UUID, due_at: int) -> None:
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
        .limit(MOST_AT_ONCE)
    )
    if only is not None:
        statement = statement.where(ApplicationRow.connection_id == only)
    if not native:
        statement = statement.where(ConnectionRow.provider == Provider.NEUTRAL)
    return session.scalars(statement).all()


def _expire(session: Session, today: date) -> None:
    statement = select(ApplicationRow).where(ApplicationRow.uptake == Uptake.OPEN, ApplicationRow.accept_until < today)
    for row in session.scalars(statement.with_for_update(skip_locked=True).limit(MOST_AT_ONCE)):
        move(row, Uptake.EXPIRED)


def _close(session: Session, today: date) -> bool:
    statement = select(ApplicationRow).where(
        ApplicationRow.closes_on <= today, ApplicationRow.close_told.is_(False), ApplicationRow.dossier != b""
    )
    rows = session.scalars(statement.with_for_update(skip_locked=True).limit(MOST_AT_ONCE)).all()
    for row in rows:
        row.close_told = True
        _announce(session, row, "feedback_request.closed", row.closes_on or today)
    return bool(rows)


def _announce(session: Session, row: ApplicationRow, event_type: str, on: date) -> None:
    data = {"connection_id": str(row.connection_id), "application_remote_id": row.remote_id}
    announce(session, row.connection_id, event_type, data, on=on)
