"""Rate limits per client address: token buckets in memory, under keyed hashes of the addresses."""

import hashlib
import hmac
from collections.abc import Callable

from app.core import randomness

# Addresses in memory. The one that asked longest ago is dropped first: its bucket has refilled the most.
_REMEMBERED = 50_000
# All addresses together may make this many times the requests of one.
_EVERYBODY = 1_000
_KEY_LIFETIME = 3600.0


class RateLimiter:
    """Token buckets: one per address, one for all. `now` is a monotonic clock in seconds.

    The name of a bucket is an HMAC of the address under a random key. Each hour the key and all buckets are dropped.
    """

    def __init__(
        self, per_minute: float, burst: int, now: Callable[[], float], *, remembered: int = _REMEMBERED
    ) -> None:
        self._rate = per_minute / 60
        self._burst = float(burst)
        self._now = now
        self._remembered = remembered
        self._key = randomness.token_bytes(32)
        self._key_made = now()
        self._buckets: dict[bytes, tuple[float, float]] = {}
        self._everybody = (self._burst * _EVERYBODY, now())

    def take(self, address: str) -> float:
        """Take one token of `address` and return 0, or take none and return the seconds until there is one."""
        now = self._now()
        if now - self._key_made >= _KEY_LIFETIME:
            self._key, self._key_made = randomness.token_bytes(32), now
            self._buckets.clear()
        name = hmac.digest(self._key, address.encode(errors="replace"), hashlib.sha256)
        own = self._refill(self._buckets.pop(name, (self._burst, now)), now, 1)
        shared = self._refill(self._everybody, now, _EVERYBODY)
        wait = max(self._missing(own, 1), self._missing(shared, _EVERYBODY))
        spent = 0 if wait else 1
        # Inserted at the end, so that the dictionary is in order of last use.
        self._buckets[name] = (own - spent, now)
        self._everybody = (shared - spent, now)
        if len(self._buckets) > self._remembered:
            del self._buckets[next(iter(self._buckets))]
        return wait

    def _refill(self, bucket: tuple[float, float], now: float, share: int) -> float:
        level, then = bucket
        return min(self._burst * share, level + (now - then) * self._rate * share)

    def _missing(self, level: float, share: int) -> float:
        # Floating-point refills may stop a hair below one.
        return 0.0 if level > 1 - 1e-9 else (1 - level) / (self._rate * share)
