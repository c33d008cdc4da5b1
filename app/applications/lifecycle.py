"""Lifecycle of an offer after a reversed rejection: pause, resume or withdraw it, with its request."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.applications.models import ApplicationRow
from app.applications.rules import Uptake, move
from app.context import Context
from app.core.days import open_day
from app.delivery import outbox
from app.requests import lifecycle
from app.requests import pause as request_pause
from app.rounds.models import RoundRow
from app.rounds.rules import OpenedBy, RoundState
from app.sealing.keystore import KeyName
from app.vocabulary.codes import Mode

BATCH = 100


def pause(session: Session, row: ApplicationRow) -> None:
    """Pause an offer, its mails and its request."""
    move(row, Uptake.PAUSED)
    outbox.pause(session, [row.id])
    if row.request_id is not None:
        request_pause.pause(session, row.request_id)


def resume(session: Session, row: ApplicationRow, now: datetime) -> None:
    """Resume a paused offer and its request. An offer whose last day has passed meanwhile expires."""
    if row.request_id is not None:
        move(row, Uptake.ACCEPTED)
        request_pause.resume(session, row.request_id)
    elif row.accept_until is None or row.accept_until < open_day(now):
        move(row, Uptake.EXPIRED)
        outbox.cancel(session, [row.id])
        return
    else:
        move(row, Uptake.OPEN)
    outbox.resume(session, [row.id])


def withdraw(session: Session, row: ApplicationRow, today: date) -> list[KeyName]:
    """Withdraw an offer and its request; return the names of the keys to destroy after the commit."""
    move(row, Uptake.WITHDRAWN)
    outbox.cancel(session, [row.id])
    return request_pause.withdraw(session, row.request_id, today) if row.request_id is not None else []


async def end_overdue(ctx: Context, now: datetime) -> None:
    """Withdraw paused offers whose last day has passed: nobody will read answers from before the pause."""
    for application_id in await ctx.db.read(_find_overdue, open_day(now)):
        with lifecycle.log_failure(application_id):
            for name in await ctx.db.write(_withdraw_overdue, application_id, now.date()):
                await ctx.keys.destroy(name)


def _withdraw_overdue(session: Session, application_id: UUID, today: date) -> list[KeyName]:
    row = session.get(ApplicationRow, application_id, with_for_update=True, populate_existing=True)
    if row is None or row.uptake != Uptake.PAUSED:
        return []
    return withdraw(session, row, today)


def _find_overdue(session: Session, today: date) -> Sequence[UUID]:
    statement = (
        select(ApplicationRow.id)
        .where(
            ApplicationRow.uptake == Uptake.PAUSED,
            or_(
                ApplicationRow.closes_on <= today,
                # An offer whose code was sent before it was due has no `closes_on` yet.
                and_(ApplicationRow.request_id.is_(None), ApplicationRow.accept_until < today),
                ApplicationRow.request_id.in_(
                    # A manager's attributed answer closes on the day it was given: that ends nothing else.
                    select(RoundRow.request_id).where(
                        RoundRow.state == RoundState.PAUSED,
                        RoundRow.closes_on < today,
                        or_(RoundRow.opened_by != OpenedBy.MANAGER, RoundRow.mode != Mode.ATTRIBUTED),
                    )
                ),
            ),
        )
        .order_by(ApplicationRow.id)
        .limit(BATCH)
    )
    return session.scalars(statement).all()
