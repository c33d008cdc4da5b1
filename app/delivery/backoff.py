"""Backoff of the mail worker: the pauses between tries, and when to give up."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """Limits and pauses of the mail worker, in seconds, except `batch` and `tries`.

    `lease` has to be longer than `limit`, the time for one mail. Otherwise another worker could claim the row while the
    first still sends, and send the same mail under the same Message-ID.
    """

    batch: int = 10
    lease: int = 180
    limit: float = 45.0
    idle: float = 5.0
    first_pause: float = 30.0
    longest_pause: float = 6 * 3600.0
    # With these pauses the last try is about a day and a half after the first.
    tries: int = 14


STANDARD = Pace()


def pause_after(attempts: int, pace: Pace, chance: float) -> int:
    """Return the seconds to wait after `attempts` tries: doubled each time, with jitter from `chance` (0 to 1).

    Without jitter, all mails that failed when a server went down would be sent at once when it is back.
    """
    longest = min(pace.longest_pause, pace.first_pause * 2.0 ** min(attempts - 1, 40))
    return max(1, round(longest * (0.5 + chance / 2)))
