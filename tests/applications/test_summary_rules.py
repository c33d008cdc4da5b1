"""Rules for summaries: lower bounds only, counted by candidate, from enough candidates, for every draw."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.applications.summary_rules import (
    ALONE,
    MIN_ANSWERS,
    MIN_ANSWERS_PER_CANDIDATE,
    MIN_CANDIDATES,
    MIN_OFFERS_PER_JOB,
    SHARED,
    STEP,
    Cell,
    ClosedOffer,
    Draw,
    NeverAsked,
    Noise,
    Summary,
    draw_cells,
    last_day,
    period,
    quarter_of,
    quarters_before,
    summarize,
)
from app.core.errors import Forbidden, Invalid
from app.rounds.tally import Tally
from app.vocabulary.codes import About

Q3, END = date(2026, 7, 1), date(2026, 9, 30)
TODAY = date(2026, 11, 20)
MOTIVATION, PROBLEMS, LEADING = About.ROLE_MOTIVATION, About.PROBLEM_SOLVING, About.LEADERSHIP_INFLUENCE


def closed(candidate: str, answers: int = 2, *named: About, job: str | None = "j1") -> ClosedOffer:
    return ClosedOffer(candidate, job, Tally(answers, set(named)))


def many(count: int, answers: int = 2, *named: About, job: str | None = "j1", name: str = "c") -> list[ClosedOffer]:
    return [closed(f"{name}{number}", answers, *named, job=job) for number in range(count)]


def always(taken: int) -> Draw:
    """Return a draw that always gives the same noise."""
    return lambda weights: min(taken, len(weights) - 1)


def told(cells: Sequence[Cell], job: str = "") -> Summary | None:
    with suppress(Forbidden):
        return summarize([cell for cell in cells if cell.job_remote_id == job], first=Q3, last=END)
    return None


def test_minimum_candidates_have_the_minimum_of_answers() -> None:
    """The API promises at least ten released answers."""
    assert MIN_CANDIDATES * MIN_ANSWERS_PER_CANDIDATE >= MIN_ANSWERS


@pytest.mark.parametrize(
    ("offers", "taken", "candidates"),
    [
        (many(5), 0, 5),
        (many(5), 1, None),
        (many(9), 4, 5),
        (many(8), 4, None),
        (many(13), 8, 5),
        (many(12), 8, None),
        (many(4, 9), 0, None),
        (many(5, 1), 0, None),
        ([*many(4), closed("one more", 1)], 0, None),
        ([*many(4), closed("twice", 1), closed("twice", 1)], 0, 5),
        ([*many(4), closed("c1", 5)], 0, None),
        ([*many(5), *many(9, 0, name="silent")], 0, 5),
        (many(19), 4, 15),
        ([], 0, None),
    ],
)
def test_summary_needs_a_minimum_of_candidates(offers: list[ClosedOffer], taken: int, candidates: int | None) -> None:
    found = told(draw_cells(offers, always(taken)))
    assert (found and found.candidates) == candidates


def test_subject_counts_once_per_candidate() -> None:
    offers = [*many(14, 9, MOTIVATION), *many(6, 3, PROBLEMS, name="p"), *many(9, 1, LEADING, name="l")]
    cells = draw_cells(offers, always(4))
    assert cells[0] == Cell("", 29, 16, {about: {MOTIVATION: 10, PROBLEMS: 2}.get(about, 0) for about in About})
    found = told(cells)
    assert found is not None
    # Two candidates are below the minimum; candidates with one released answer do not count.
    assert found.never_asked == (NeverAsked(MOTIVATION, 10),)
    assert (found.offers, found.candidates) == (25, 15)


@pytest.mark.parametrize(
    ("offers", "noise", "cells"),
    [(many(3, 2, PROBLEMS), ALONE, 1), (many(MIN_OFFERS_PER_JOB), SHARED, 2), ([], ALONE, 1)],
)
def test_noise_is_drawn_for_every_subject(offers: list[ClosedOffer], noise: Noise, cells: int) -> None:
    """Also for subjects that nobody named: a missing number would reveal something too."""
    asked: list[Sequence[int]] = []

    def throw(weights: Sequence[int]) -> int:
        asked.append(weights)
        return 0

    found = draw_cells(offers, throw)
    assert [list(cell.never_asked) for cell in found] == [list(About)] * cells
    assert asked == [noise.weights] * (1 + len(About)) * cells


def test_too_small_quarter_adds_nothing() -> None:
    large = draw_cells(many(40, 2, MOTIVATION), always(4))
    small = draw_cells(many(8, 2, MOTIVATION), always(4))
    assert told([*large, *small]) == told(large)
    assert told(small) is None


def test_quarters_add_up_before_they_are_rounded() -> None:
    both = told([*draw_cells(many(11, 2, MOTIVATION), always(4)), *draw_cells(many(13, 2, MOTIVATION), always(4))])
    assert both is not None
    assert (both.offers, both.candidates, both.never_asked) == (20, 15, (NeverAsked(MOTIVATION, 15),))


def test_job_has_its_own_cell_from_a_minimum_of_offers_on() -> None:
    """The employer knows the number of offers, and no answer changes it."""
    almost = [*many(MIN_OFFERS_PER_JOB - 1), *many(30, job="j2", name="d")]
    assert [cell.job_remote_id for cell in draw_cells(almost, always(0))] == [""]
    for answers in (0, 1, 2):
        cells = draw_cells([*almost, closed("one more", answers)], always(0))
        assert [(cell.job_remote_id, cell.offers) for cell in cells] == [("", 130), ("j1", 100)]
        assert [cell.candidates for cell in cells] == [129 + answers // 2, 99 + answers // 2]
    assert [cell.job_remote_id for cell in draw_cells(many(MIN_OFFERS_PER_JOB, job=None), always(0))] == [""]


def test_candidate_with_offers_for_two_jobs_counts_in_neither() -> None:
    offers = [
        *many(MIN_OFFERS_PER_JOB),
        *many(MIN_OFFERS_PER_JOB, job="j2", name="d"),
        closed("c0", 2, LEADING, job="j2"),
    ]
    whole, *jobs = draw_cells(offers, always(0))
    assert (whole.candidates, whole.never_asked[LEADING]) == (200, 1)
    assert [(cell.candidates, cell.never_asked[LEADING]) for cell in jobs] == [(99, 0), (100, 0)]


offered = st.lists(
    st.builds(
        ClosedOffer,
        st.sampled_from([f"c{number}" for number in range(30)]),
        st.sampled_from(["a", "b", None]),
        st.builds(Tally, st.integers(0, 4), st.sets(st.sampled_from([MOTIVATION, PROBLEMS, LEADING]))),
    ),
    max_size=60,
)
LARGE = many(MIN_OFFERS_PER_JOB, 3, PROBLEMS, job="a", name="known")


@given(offered, st.booleans(), st.data())
def test_no_number_is_ever_too_high(offers: list[ClosedOffer], is_large: bool, data: st.DataObject) -> None:
    """For every draw: each number is a lower bound, over at least ten answers of five candidates."""
    offers = offers + MIN_OFFERS_PER_JOB * is_large * [closed("many", 0, job="a")]
    cells = draw_cells(offers, lambda weights: data.draw(st.integers(0, len(weights) - 1)))
    for job in ("", "a", "b"):
        found = told(cells, job)
        if found is None:
            continue
        own = [one for one in offers if job in ("", one.job_remote_id)]
        answers: dict[object, int] = {}
        for one in own:
            answers[one.candidate] = answers.get(one.candidate, 0) + one.released.answers
        heard = {candidate for candidate, count in answers.items() if count >= 2}
        assert MIN_CANDIDATES <= found.candidates <= len(heard)
        assert sum(answers.values()) >= MIN_ANSWERS
        assert found.offers <= len(own)
        assert found.offers % STEP == found.candidates % STEP == 0
        for named in found.never_asked:
            by = {one.candidate for one in own if named.about in one.released.never_asked} & heard
            assert 3 <= named.at_least <= len(by)


@given(offered, st.booleans(), st.integers(0, 29), st.integers(0, 9), st.sets(st.sampled_from(list(About))))
def test_one_candidate_moves_no_number_by_more_than_one(
    offers: list[ClosedOffer], is_large: bool, whose: int, answers: int, named: set[About]
) -> None:
    """This, with the distribution of the noise, bounds what an employer can find out."""
    offers = offers + LARGE * is_large
    other = [replace(one, released=Tally(answers, named)) if one.candidate == f"c{whose}" else one for one in offers]
    before, after = draw_cells(offers, always(0)), draw_cells(other, always(0))
    moved = 0
    for was, now in zip(before, after, strict=True):
        assert (was.job_remote_id, was.offers) == (now.job_remote_id, now.offers)
        steps = [was.candidates - now.candidates, *(was.never_asked[about] - now.never_asked[about] for about in About)]
        assert {abs(step) for step in steps} <= {0, 1}
        moved += any(steps)
    # The cell of all jobs, and that of one job.
    assert moved <= 2


def pairs(weights: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the probabilities of each shown number, with a candidate and without."""
    yield weights[0], 0
    yield from zip(weights[1:], weights, strict=False)
    yield 0, weights[-1]


@pytest.mark.parametrize(
    ("noise", "ratio", "tail"), [(ALONE, Fraction(2), Fraction(1, 46)), (SHARED, Fraction(7, 5), Fraction(1, 58))]
)
def test_noise_has_the_promised_ratio_and_tail(noise: Noise, ratio: Fraction, tail: Fraction) -> None:
    """The middle is the most likely; the two ends, which reveal a candidate, are the least likely."""
    weights = noise.weights
    assert weights == weights[::-1]
    assert weights.index(max(weights)) == noise.middle
    assert [Fraction(more, less) for less, more in pairwise(weights)] == (
        [ratio] * noise.middle + [1 / ratio] * noise.middle
    )
    (first, *between, last) = pairs(weights)
    assert all(max(Fraction(a, b), Fraction(b, a)) <= ratio for a, b in between)
    for seen in (first, last):
        assert Fraction(max(seen), sum(weights)) <= tail


def test_two_cells_together_reveal_no_more_than_one_alone() -> None:
    assert Fraction(SHARED.larger, SHARED.smaller) ** 2 <= Fraction(ALONE.larger, ALONE.smaller) == 2


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (None, None, (date(2025, 10, 1), END)),
        (Q3, END, (Q3, END)),
        (Q3, None, (Q3, END)),
        (date(2026, 1, 1), date(2026, 3, 31), (date(2026, 1, 1), date(2026, 3, 31))),
    ],
)
def test_period_defaults_to_the_last_four_quarters(
    first: date | None, last: date | None, expected: tuple[date, date]
) -> None:
    assert period(first, last, TODAY) == expected


@pytest.mark.parametrize(
    ("first", "last", "pointer", "code"),
    [
        (date(2026, 7, 2), END, "/since", "not_a_quarter"),
        (Q3, date(2026, 9, 29), "/until", "not_a_quarter"),
        (Q3, date(2026, 12, 31), "/until", "not_over"),
        (date(2026, 10, 1), END, "/since", "out_of_range"),
        (None, date.min, "/until", "out_of_range"),
        (date.min, END, "/since", "out_of_range"),
        (Q3, date.max, "/until", "out_of_range"),
    ],
)
def test_periods_other_than_past_quarters_are_refused(first: date, last: date, pointer: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        period(first, last, TODAY)
    assert (pointer, code) in [(one.pointer, one.code) for one in refused.value.errors]


@given(st.dates(date(2000, 4, 1), date(2999, 9, 30)))
def test_each_day_is_in_one_quarter(day: date) -> None:
    quarter = quarter_of(day)
    assert quarter <= day <= last_day(quarter)
    assert last_day(quarters_before(quarter, 1)).toordinal() == quarter.toordinal() - 1
