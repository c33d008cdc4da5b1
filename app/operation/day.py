"""Whether the day of a run can be believed. Releasing and erasing can't be undone, and both hang on one clock."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.context import Context
from app.core.clock import SystemClock
from app.operation import deviations
from app.operation.deviations import Deviation
from app.rounds.models import TickRow


async def doubt(context: Context, now: datetime, *, by_hand: bool = False) -> Deviation | None:
    """Return why `now` may not be believed; `by_hand`: a person has named it, so that no clock is asked."""
    # A clock that somebody has set, in a test say, is compared with no other.
    has_clock = not by_hand and isinstance(context.clock, SystemClock)
    theirs = await context.db.look(deviations.time_of_database) if has_clock else None
    return deviations.of_day(now, theirs, await context.db.look(last_tick_on))


def last_tick_on(session: Session) -> date | None:
    """Return the latest day on which a daily run ended what was due."""
    return session.scalar(select(func.max(TickRow.day)))
