"""Two statistical tests of whether two samples of times come from one distribution."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import NormalDist, median

_NORMAL = NormalDist()
# The power of the tests: the share of real effects of the `detectable` size that they find.
_POWER = 0.95


@dataclass(frozen=True)
class Comparison:
    """The result. `slower` is the probability that a time of the second sample exceeds one of the first."""

    slower: float
    rank_p: float
    shape_p: float
    microseconds: float

    @property
    def p(self) -> float:
        """Return the smaller p-value."""
        return min(self.rank_p, self.shape_p)


def compare(first: Sequence[float], second: Sequence[float]) -> Comparison:
    """Compare two samples of seconds by ranks (Mann-Whitney) and by shape (Kolmogorov-Smirnov)."""
    slower = _slower(first, second)
    # For thousands of values, U is close to normally distributed.
    rank_p = 2 * _NORMAL.cdf(-abs(slower - 0.5) / _deviation(len(first), len(second)))
    difference = (median(second) - median(first)) * 1e6
    return Comparison(slower, rank_p, _shape_p(first, second), difference)


def detectable(count: int, significance: float) -> float:
    """Return how far from one half `slower` must be for two samples of `count` to show it, in 95 of 100 cases."""
    return (_NORMAL.inv_cdf(1 - significance / 2) + _NORMAL.inv_cdf(_POWER)) * _deviation(count, count)


def _deviation(first: int, second: int) -> float:
    return math.sqrt((first + second + 1) / (12 * first * second))


def _slower(first: Sequence[float], second: Sequence[float]) -> float:
    """Return U / (m n), the area under the ROC curve: equal times share their ranks."""
    merged = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    ranks, before = 0.0, 0
    for _, tied in groupby(merged, key=lambda one: one[0]):
        among = [which for _, which in tied]
        ranks += sum(among) * (before + (len(among) + 1) / 2)
        before += len(among)
    count = len(second)
    return (ranks - count * (count + 1) / 2) / (len(first) * count)


def _shape_p(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the p-value of the largest distance between both distributions (Numerical Recipes, 14.3)."""
    merged = sorted([(value, 1 / len(first)) for value in first] + [(value, -1 / len(second)) for value in second])
    height = distance = 0.0
    for _, tied in groupby(merged, key=lambda one: one[0]):
        height += sum(step for _, step in tied)
        distance = max(distance, abs(height))
    root = math.sqrt(len(first) * len(second) / (len(first) + len(second)))
    scaled = (root + 0.12 + 0.11 / root) * distance
    if scaled < 0.3:  # The series does not converge there; p is 1 to five places.
        return 1.0
    return min(1.0, 2 * sum((1 if term % 2 else -1) * math.exp(-2 * (term * scaled) ** 2) for term in range(1, 101)))
