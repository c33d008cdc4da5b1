"""Rate limits: exact against a test clock, bounded in memory, and without a trace of an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.rate_limit import RateLimiter

BEN, DAN = "192.0.2.7", "198.51.100.9"


class Stopwatch:
    """A monotonic clock that moves when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_burst_is_followed_by_one_request_at_a_time() -> None:
    now = Stopwatch()
    limiter = RateLimiter(60, 3, now)
    assert [limiter.take(BEN) for _ in range(3)] == [0, 0, 0]
    assert limiter.take(BEN) == pytest.approx(1.0)
    assert limiter.take(DAN) == 0
    now.seconds += 0.5
    assert limiter.take(BEN) == pytest.approx(0.5)
    now.seconds += 0.5
    assert limiter.take(BEN) == 0
    assert limiter.take(BEN) > 0


def test_bucket_never_holds_more_than_the_burst() -> None:
    now = Stopwatch()
    limiter = RateLimiter(60, 3, now)
    limiter.take(BEN)
    now.seconds += 1800
    assert [limiter.take(BEN) > 0 for _ in range(4)] == [False, False, False, True]


def test_waiting_for_the_returned_seconds_is_enough() -> None:
    now = Stopwatch()
    limiter = RateLimiter(10 / 60, 10, now)
    while not (wait := limiter.take(BEN)):
        pass
    now.seconds += wait
    assert limiter.take(BEN) == 0


@given(st.lists(st.floats(0, 30), max_size=200))
def test_no_window_admits_more_than_burst_and_rate(pauses: list[float]) -> None:
    now = Stopwatch()
    limiter = RateLimiter(60, 5, now)
    began, passed = now.seconds, 0
    for pause in pauses:
        now.seconds += pause
        passed += limiter.take(BEN) == 0
    assert passed <= 5 + (now.seconds - began) + 1e-6


def test_all_addresses_share_a_limit() -> None:
    limiter = RateLimiter(60, 1, Stopwatch())
    refused = [limiter.take(f"address {number}") > 0 for number in range(1001)]
    assert refused == [False] * 1000 + [True]


def test_what_is_kept_is_bounded_and_names_nobody() -> None:
    limiter = RateLimiter(60, 5, Stopwatch(), remembered=10)
    for number in range(50):
        limiter.take(f"192.0.2.{number}")
    assert len(limiter._buckets) == 10
    assert b"192.0.2" not in b"".join(limiter._buckets)
    assert "192.0.2" not in repr(vars(limiter))


def test_the_key_lives_for_an_hour() -> None:
    now = Stopwatch()
    limiter = RateLimiter(60, 5, now)
    limiter.take(BEN)
    before = set(limiter._buckets)
    now.seconds += 3599
    limiter.take(BEN)
    assert set(limiter._buckets) == before
    now.seconds += 1
    limiter.take(BEN)
    assert not set(limiter._buckets) & before
    assert len(limiter._buckets) == 1
