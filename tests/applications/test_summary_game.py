"""The inventor's game: an employer that knows all answers but one candidate's must not learn those from summaries.

It fills the quarter with any number of invented candidates, requests every summary, and guesses between two equally
likely stories. Each possible draw has a known weight, so the test computes the exact probability of the best guess.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import count, product

import pytest

from app.applications.summary_rules import (
    ALONE,
    MIN_OFFERS_PER_JOB,
    SHARED,
    Cell,
    ClosedOffer,
    Draw,
    Noise,
    Summary,
    draw_cells,
    summarize,
)
from app.core.errors import Forbidden
from app.rounds.tally import Tally
from app.vocabulary.codes import About
from tests.applications.test_summary_rules import END, Q3, closed, many

SUBJECT = About.ROLE_MOTIVATION
# The order of the draws: the number of candidates first, then each subject.
CANDIDATES, NAMED = 0, 1 + list(About).index(SUBJECT)
NUMBERS = 1 + len(About)

Look = Callable[[Sequence[Cell]], object]
Stories = tuple[Tally, Tally]

# Two pairs of stories: whether the panel named the subject, and whether it answered at all.
NAMED_OR_NOT: Stories = (Tally(3), Tally(3, {SUBJECT}))
ANSWERED_OR_NOT: Stories = (Tally(), Tally(3))


def published(cells: Sequence[Cell]) -> object:
    """Return all summaries that an employer can request: per job and for all, alone and with other quarters."""
    other = [Cell(cell.job_remote_id, 50, 23, dict.fromkeys(About, 4)) for cell in cells]
    seen: list[Summary | None] = []
    for cell, added in zip(cells, other, strict=True):
        for asked in ([cell], [cell, added]):
            seen.append(None)
            with suppress(Forbidden):
                seen[-1] = summarize(asked, first=Q3, last=END)
    return tuple(seen)


def stored(cells: Sequence[Cell]) -> object:
    """Return the numbers before rounding and thresholds: they reveal at least as much."""
    return tuple((cell.job_remote_id, cell.candidates, tuple(cell.never_asked.items())) for cell in cells)


def draws(noise: Noise, places: Sequence[int]) -> Iterator[tuple[dict[int, int], int]]:
    """Yield the possible noise of these draws with its probability, all other draws fixed."""
    for taken in product(range(len(noise.weights)), repeat=len(places)):
        weight = 1
        for one in taken:
            weight *= noise.weights[one]
        yield dict(zip(places, taken, strict=True)), weight


def thrown(taken: dict[int, int], others: int = 0) -> Draw:
    """Return a draw that gives this noise in order, and `others` for all else, which is known."""
    turns = count()
    return lambda _: taken.get(next(turns), others)


def success(
    known: list[ClosedOffer], stories: Stories, noise: Noise, places: Sequence[int], look: Look, *, others: int = 0
) -> Fraction:
    """Return the probability that the best guess between two stories is right."""
    seen: list[Counter[object]] = []
    for story in stories:
        found: Counter[object] = Counter()
        for taken, weight in draws(noise, places):
            found[look(draw_cells([*known, ClosedOffer("real", "j1", story)], thrown(taken, others)))] += weight
        seen.append(found)
    outcomes = {*seen[0], *seen[1]}
    right = sum(max(seen[0][outcome], seen[1][outcome]) for outcome in outcomes)
    return Fraction(right, 2 * seen[0].total())


def crowds() -> Iterator[list[ClosedOffer]]:
    """Yield the offers with which an inventor may fill a quarter."""
    for naming, silent in product((0, 1, 2, 4, 6, 8, 10, 12, 14, 19), (0, 4, 9, 20)):
        yield [*many(naming, 2, SUBJECT, name="naming"), *many(silent, 2, name="silent")]


@pytest.mark.parametrize("look", [published, stored])
@pytest.mark.parametrize(("stories", "place"), [(NAMED_OR_NOT, NAMED), (ANSWERED_OR_NOT, CANDIDATES)])
def test_an_inventor_is_right_hardly_more_often_than_two_times_in_three(
    look: Look, stories: Stories, place: int
) -> None:
    # All other noise is at its minimum or maximum: it can only show or hide numbers.
    shares = [
        success(known, stories, ALONE, [place], look, others=others) for known in crowds() for others in (0, 4, 8)
    ]
    assert max(shares) <= Fraction(2, 3) + Fraction(1, 46)
    # The game is not trivial: in some quarters the numbers do help.
    assert max(shares) > Fraction(3, 5)


@pytest.mark.parametrize("look", [published, stored])
@pytest.mark.parametrize("naming", [0, 9, 23])
def test_a_job_with_numbers_of_its_own_tells_no_more(look: Look, naming: int) -> None:
    """The candidate counts in two cells. The rest of the quarter and of the job is known."""
    known = [
        *many(naming, 2, SUBJECT, name="naming"),
        *many(MIN_OFFERS_PER_JOB - naming, 0, name="silent"),
        *many(10, 2, job="j2", name="other"),
    ]
    share = success(known, NAMED_OR_NOT, SHARED, [NAMED, NUMBERS + NAMED], look)
    assert share <= Fraction(2, 3)


def test_without_noise_an_inventor_always_wins() -> None:
    """Exact numbers, rounded down above a threshold, as in an earlier version: the game can be lost."""
    none = Noise(0, 1, 1)
    for place, stories, known in [
        (NAMED, NAMED_OR_NOT, [*many(9, 2, SUBJECT), *many(9, 2, name="silent")]),
        (CANDIDATES, ANSWERED_OR_NOT, many(9)),
        (CANDIDATES, ANSWERED_OR_NOT, many(4)),
    ]:
        assert success(known, stories, none, [place], published) == 1


def test_repeated_draws_reveal_more_than_one() -> None:
    """The reason for drawing once: three draws reveal more than the bound allows, and each further one adds to it."""
    known = many(20, 2, SUBJECT)
    seen: list[Counter[object]] = []
    for story in NAMED_OR_NOT:
        found: Counter[object] = Counter()
        for taken, weight in draws(ALONE, [0, 1, 2]):
            (cell,) = draw_cells([*known, closed("real", 3, *story.never_asked)], thrown({}))
            found[tuple(cell.never_asked[SUBJECT] - one for one in taken.values())] += weight
        seen.append(found)
    right = sum(max(seen[0][outcome], seen[1][outcome]) for outcome in {*seen[0], *seen[1]})
    assert Fraction(right, 2 * seen[0].total()) > Fraction(3, 4)
