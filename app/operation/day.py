"""Check the clock before a tick: releases and erasures depend on it and cannot be undone."""

from datetime import date, datetime

from sqlalchemy import func, select
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
    return deviations.of_day(now, theirs, await context.db.look(last_tick_on))


def last_tick_on(session: Session) -> date | None:
    """Return the latest day of a tick."""
    return session.scalar(select(func.max(TickRow.day)))
