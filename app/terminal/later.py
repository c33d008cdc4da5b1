"""A random moment in the days of answers: the hour of an answer then says nothing of its author's habits."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day

from app.core import randomness
from app.core.clock import Clock


def random_moment(now: datetime, last_day: date, draw: Callable[[], float] = randomness.fraction) -> datetime:
    """Return a moment from `now` until `last_day` ends in UTC; `now` if that has passed: the server decides."""
    end = datetime.combine(last_day + timedelta(days=1), time_of_day(), tzinfo=UTC)
    return now + max(end - now, timedelta()) * draw()


def wait_until(moment: datetime, clock: Clock, sleep: Callable[[float], None] = time.sleep) -> None:
    """Sleep until `moment`, in short steps: a machine that was suspended wakes up with another time."""
    while (left := (moment - clock.now()).total_seconds()) > 0:
        sleep(min(left, 60))
