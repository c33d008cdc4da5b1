"""When to try again, and when to stop trying: pure rules of the outbox."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """How the worker works. Seconds, but for `batch` and `tries`.

    A row is leased for longer than sending may take: whoever comes back after its lease has ended may find that another
    worker has sent the same mail, under the same Message-ID. The lease therefore has to be the longer of the two.
    """

    batch: int = 10
    lease: int = 180
    limit: float = 45.0
    idle: float = 5.0
    first_pause: float = 30.0
    longest_pause: float = 6 * 3600.0
    # With these pauses the last try comes about a day and a half after the first.
    tries: int = 14


STANDARD = Pace()


def pause_after(attempts: int, pace: Pace, chance: float) -> int:
    """Return the seconds to wait after `attempts` tries: doubling each time, half of it by `chance` (from 0 to 1).

    Without chance, everything that failed together when a server fell would come back together when it rises.
    """
    longest = min(pace.longest_pause, pace.first_pause * 2.0 ** min(attempts - 1, 40))
    return max(1, round(longest * (0.5 + chance / 2)))
