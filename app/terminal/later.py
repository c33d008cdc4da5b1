"""A random moment in the days of answers: the hour of an answer then says nothing of its author's habits."""

import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day

from app.core import randomness
from app.core.clock import Clock


def random_moment(now: datetime, last_day: date) -> datetime:
    """Return a moment from `now` until `last_day` ends in UTC; `now` if that has passed: the server decides."""
    end = datetime.combine(last_day + timedelta(days=1), time_of_day(), tzinfo=UTC)
    return now + max(end - now, timedelta()) * randomness.fraction()


def wait_until(moment: datetime, clock: Clock) -> None:
    """Sleep until `moment`, in short steps: a machine that was suspended wakes up with another time."""
    while (left := (moment - clock.now()).total_seconds()) > 0:
        time.sleep(min(left, 60))
