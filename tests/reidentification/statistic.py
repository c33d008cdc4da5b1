"""The verdict: whether an adversary pairs people and answers better than chance.

For any strategy that knows nothing of the truth, the number X of right pairs among n has mean 1 and variance 1,
whatever n is. The best strategy of the first half of the rounds is tested on the second half, so that having tried many
strategies needs no correction.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from tests.reidentification.adversary import Strategy, Tally, strategies_of
from tests.reidentification.features import View

LIMIT = 4.0
# The probability of z > 4 by chance.
_BY_CHANCE = NormalDist().cdf(-LIMIT)
# 1.645 to be found with 95 % power, and 4 to be beyond the limit.
_DETECTABLE = 5.645


@dataclass(frozen=True)
class Verdict:
    """The result of a match for one adversary."""

    n: int
    rounds: int
    strategies: int
    best: str
    mean: float
    # The most confident pair alone: which strategy, how often right, and how likely that is by chance.
    targeted: str
    hits: int
    by_chance: float
    # A strategy that paired everybody in each of the first rounds.
    perfect: str | None
    # Of each round in which something moved with a single person's act: what.
    moved: tuple[str, ...] = ()

    @property
    def tested(self) -> int:
        """Return the number of rounds on which the strategy was tested."""
        return self.rounds - self.rounds // 2

    @property
    def success(self) -> float:
        """Return the share of pairs that were right."""
        return self.mean / self.n

    @property
    def z(self) -> float:
        """Return how many standard errors that is above chance."""
        return (self.mean - 1) * math.sqrt(self.tested)

    @property
    def detectable(self) -> float:
        """Return the excess over 1/n that this many rounds would have shown."""
        return _DETECTABLE / (self.n * math.sqrt(self.tested))

    @property
    def reason(self) -> str:
        """Return by what the adversary wins, or comes close to it."""
        if self.moved:
            return f"in {len(self.moved)} rounds something moved with a single person's act: {self.moved[0]}"
        if self.perfect is not None:
            return self.perfect
        if self.by_chance < _BY_CHANCE:
            return f"{self.targeted}, {self.hits} of {self.tested} times"
        return self.best if self.z > LIMIT - 1 else ""

    @property
    def leaks(self) -> bool:
        """Return whether the promise is broken."""
        return self.z > LIMIT or self.perfect is not None or self.by_chance < _BY_CHANCE or bool(self.moved)


def judge(
    views: Sequence[View], truths: Sequence[Sequence[int]], dice: random.Random, *, moved: Sequence[str] = ()
) -> Verdict:
    """Try all strategies on the first half of the rounds, and the best of them on the second."""
    half = len(views) // 2
    n = len(truths[0])
    learned = Tally(strategies_of(views[:half]))
    perfect = _learn(learned, views[:half], truths[:half], n, dice)
    best = _best(learned.right)
    _, pick = max((max(learned.first), "first"), (max(learned.last), "last"))
    confident = _best(learned.first if pick == "first" else learned.last)
    tested = Tally([learned.strategies[best], learned.strategies[confident]])
    for view, truth in zip(views[half:], truths[half:], strict=True):
        tested.play(view, truth, dice)
    hits = (tested.first if pick == "first" else tested.last)[1]
    return Verdict(
        n=n,
        rounds=len(views),
        strategies=len(learned.strategies),
        best=_named(learned.strategies[best]),
        mean=tested.right[0] / (len(views) - half),
        targeted=f"{pick} by {_named(learned.strategies[confident])}",
        hits=hits,
        by_chance=_at_least(hits, len(views) - half, 1 / n),
        perfect=perfect,
        moved=tuple(moved),
    )


def _learn(
    tally: Tally, views: Sequence[View], truths: Sequence[Sequence[int]], n: int, dice: random.Random
) -> str | None:
    """Play the first half; return a strategy that paired everybody in each of the first rounds, if there is one."""
    first = 30 if n == 2 else 10
    perfect = None
    for number, (view, truth) in enumerate(zip(views, truths, strict=True), start=1):
        tally.play(view, truth, dice)
        if number == first and max(tally.right) == n * first:
            perfect = _named(tally.strategies[_best(tally.right)])
    return perfect


def _best(scores: Sequence[int]) -> int:
    return max(range(len(scores)), key=scores.__getitem__)


def _named(strategy: Strategy) -> str:
    person, answer, way = strategy
    return f"{person} {way} {answer}"


def _at_least(hits: int, rounds: int, chance: float) -> float:
    """Return the probability of so many hits or more: the exact binomial."""
    return math.fsum(
        math.comb(rounds, number) * chance**number * (1 - chance) ** (rounds - number)
        for number in range(hits, rounds + 1)
    )
