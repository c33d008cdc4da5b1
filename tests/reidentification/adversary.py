"""The adversary: tries every strategy on every round, and is judged by the best of them on rounds it has not seen.

A strategy pairs all people with all answers, whatever it stands on; ties are broken at random. Most sort both by a
feature each and pair them by rank; some pair what is equal, or nearest.
"""

import random
from collections.abc import Iterable, Sequence
from enum import StrEnum

from tests.reidentification.features import View
from tests.reidentification.values import Features, Value

Pairing = tuple[int, ...]
Score = tuple[int, int, int]
# Moments and sizes: of these the nearest can be paired.
_MEASURES = (".at", ".received", ".sent", ".length", ".size", "step", ".growth")


class Way(StrEnum):
    """How two features are brought together."""

    ASCENDING = "ascending"
    DESCENDING = "descending"
    EQUAL = "equal"
    NEAREST = "nearest"


_BY_RANK = (Way.ASCENDING, Way.DESCENDING)
Strategy = tuple[str, str, Way]
_Values = set[tuple[int, Value | None]]


class Tally:
    """What each strategy has scored: right pairs, and how often the first and the last pair were right."""

    def __init__(self, strategies: Sequence[Strategy]) -> None:
        self.strategies = strategies
        self.right = [0] * len(strategies)
        self.first = [0] * len(strategies)
        self.last = [0] * len(strategies)

    def play(self, view: View, truth: Sequence[int], dice: random.Random) -> None:
        """Let all strategies pair one round, and count what each has right."""
        guesser = Guesser(view, len(truth), dice)
        scores: dict[tuple[Pairing, Pairing, Way], Score] = {}
        for number, (person, answer, way) in enumerate(self.strategies):
            people = guesser.people(person)
            if way in _BY_RANK:
                # Most features sort alike: what they all make of a round is reckoned once.
                known = people, guesser.answers(answer), way
                score = scores.get(known)
                if score is None:
                    score = scores[known] = _scored(guesser.pair((person, answer, way)), people, truth)
            else:
                score = _scored(guesser.pair((person, answer, way)), people, truth)
            self.right[number] += score[0]
            self.first[number] += score[1]
            self.last[number] += score[2]


def _scored(pairing: Pairing, people: Pairing, truth: Sequence[int]) -> Score:
    """Count the right pairs; tell of whoever a strategy puts first, and last, whether they got the right answer."""
    first, last = people[0], people[-1]
    return sum(map(int.__eq__, pairing, truth)), pairing[first] == truth[first], pairing[last] == truth[last]


def strategies_of(views: Sequence[View]) -> list[Strategy]:
    """Return every strategy that makes a difference in these rounds.

    A feature that never differs within a round pairs at random, and so does equality of what is never equal.
    """
    people = _telling(view.people for view in views)
    answers = _telling(view.answers for view in views)
    return [
        (person, answer, way)
        for person in people
        for answer in answers
        for way in Way
        if _has_sense(way, person, answer, people[person], answers[answer])
    ]


def _telling(several: Iterable[Features]) -> dict[str, _Values]:
    """Return those features that ever differ within a round, with all their values, each with its round."""
    differ: set[str] = set()
    found: dict[str, _Values] = {}
    for number, features in enumerate(several):
        for name, values in features.items():
            found.setdefault(name, set()).update((number, value) for value in values if value is not None)
            if len(set(values)) > 1:
                differ.add(name)
    return {name: values for name, values in found.items() if name in differ}


def _has_sense(way: Way, person: str, answer: str, mine: _Values, theirs: _Values) -> bool:
    if way is Way.EQUAL:
        return not mine.isdisjoint(theirs)
    return way is not Way.NEAREST or (person.endswith(_MEASURES) and answer.endswith(_MEASURES))


class Guesser:
    """Plays strategies on one round; ties are broken once for each feature."""

    def __init__(self, view: View, size: int, dice: random.Random) -> None:
        self._view = view
        self._size = size
        self._dice = dice
        self._people: dict[str, Pairing] = {}
        self._answers: dict[str, Pairing] = {}
        self._missing: list[Value | None] = [None] * size

    def pair(self, strategy: Strategy) -> Pairing:
        """Return for each person the answer that a strategy takes for theirs."""
        person, answer, way = strategy
        if way is Way.EQUAL:
            return self._equal(self._values(self._view.people, person), self._values(self._view.answers, answer))
        if way is Way.NEAREST:
            return self._nearest(self._values(self._view.people, person), self._values(self._view.answers, answer))
        order = self.answers(answer)
        pairs = [0] * self._size
        for one, chosen in zip(self.people(person), order if way is Way.ASCENDING else order[::-1], strict=True):
            pairs[one] = chosen
        return tuple(pairs)

    def people(self, name: str) -> Pairing:
        """Return the people in the order of a feature."""
        known = self._people.get(name)
        if known is None:
            known = self._people[name] = self._order(self._values(self._view.people, name))
        return known

    def answers(self, name: str) -> Pairing:
        """Return the answers in the order of a feature."""
        known = self._answers.get(name)
        if known is None:
            known = self._answers[name] = self._order(self._values(self._view.answers, name))
        return known

    def _values(self, features: Features, name: str) -> list[Value | None]:
        return features.get(name, self._missing)

    def _order(self, values: list[Value | None]) -> Pairing:
        shuffled = self._dice.sample(range(self._size), self._size)
        return tuple(sorted(shuffled, key=lambda one: _last_if_missing(values[one])))

    def _equal(self, people: list[Value | None], answers: list[Value | None]) -> Pairing:
        pairs: dict[int, int] = {}
        if not {value for value in people if value is not None}.isdisjoint(answers):
            free = self._dice.sample(range(self._size), self._size)
            for person in self._dice.sample(range(self._size), self._size):
                same = [one for one in free if people[person] is not None and answers[one] == people[person]]
                if same:
                    pairs[person] = same[0]
                    free.remove(same[0])
        return self._filled(pairs)

    def _nearest(self, people: list[Value | None], answers: list[Value | None]) -> Pairing:
        gaps = [
            (abs(mine[1] - theirs[1]), self._dice.random(), person, answer)
            for person, mine in enumerate(people)
            for answer, theirs in enumerate(answers)
            if mine is not None and theirs is not None and mine[0] == theirs[0] == 0
        ]
        pairs: dict[int, int] = {}
        for _, _, person, answer in sorted(gaps):
            if person not in pairs and answer not in pairs.values():
                pairs[person] = answer
        return self._filled(pairs)

    def _filled(self, pairs: dict[int, int]) -> Pairing:
        taken = set(pairs.values())
        left = [one for one in range(self._size) if one not in taken]
        self._dice.shuffle(left)
        return tuple(pairs[person] if person in pairs else left.pop() for person in range(self._size))


def _last_if_missing(value: Value | None) -> tuple[int, int, object]:
    return (1, 0, 0) if value is None else (0, *value)
