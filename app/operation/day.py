"""Check the clock before a tick: releases and erasures depend on it and cannot be undone."""

from datetime import UTC, date, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.context import Context
from app.core.clock import SystemClock
from app.operation import deviations
from app.operation.deviations import Deviation
from app.rounds.models import TickRow


async def why_day_is_doubtful(context: Context, now: datetime, *, by_hand: bool = False) -> Deviation | None:
    """Return why `now` is doubtful, or None. `by_hand`: a person chose it, so it is not compared with other clocks."""
    # A clock that a test has set is not compared either.
    has_clock = not by_hand and isinstance(context.clock, SystemClock)
    theirs = await context.db.look(deviations.time_of_database) if has_clock else None
    last = await context.db.look(_last_tick_by, now)
    # With --at a past day may be chosen: then only days after the real one are still to come.
    present = max(now, context.clock.now())
    later = await context.db.look(_tick_after, present) if context.is_production else None
    return deviations.of_day(now, theirs, last, later)


def forget_later(session: Session, now: datetime) -> None:
    """Delete the ticks of days after `now`: a person has confirmed the day."""
    session.execute(delete(TickRow).where(TickRow.day > now.astimezone(UTC).date()))


def _last_tick_by(session: Session, now: datetime) -> date | None:
    return session.scalar(select(func.max(TickRow.day)).where(TickRow.day <= now.astimezone(UTC).date()))


def _tick_after(session: Session, now: datetime) -> date | None:
    # Around midnight another machine may tick a moment earlier.
    today = (now + deviations.LARGEST_DIFFERENCE).astimezone(UTC).date()
    return session.scalar(select(func.max(TickRow.day)).where(TickRow.day > today))
