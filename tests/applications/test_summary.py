"""What an employer learns over many offers: enough answers of enough candidates, and no difference tells more."""

from collections import Counter
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.applications.summary import (
    LEAST_ANSWERS,
    LEAST_CANDIDATES,
    STEP,
    Closed,
    Summary,
    period,
    quarter_of,
    summarize,
)
from app.core.errors import Forbidden, Invalid
from app.rounds.tally import Tally
from app.vocabulary.codes import About

Q3, END = date(2026, 7, 1), date(2026, 9, 30)
TODAY = date(2026, 11, 20)


def closed(answers: int, job: str = "j1", day: date = date(2026, 8, 3), **named: int) -> Closed:
    return Closed(job, day, Tally(answers, Counter({About(about): count for about, count in named.items()})))


def summary(offers: list[Closed], job: str | None = None, first: date = Q3, last: date = END) -> Summary | None:
    with suppress(Forbidden):
        return summarize(offers, job_remote_id=job, first=first, last=last)
    return None


@pytest.mark.parametrize(
    ("offers", "told"),
    [
        ([closed(2)] * 5, True),
        ([closed(3)] * 4, False),
        ([closed(9), *[closed(1)] * 1], False),
        ([closed(2)] * 4 + [closed(1)], False),
        ([closed(2)] * 5 + [closed(0)] * 9, True),
        ([], False),
    ],
)
def test_enough_answers_of_enough_candidates(offers: list[Closed], told: bool) -> None:
    assert (summary(offers) is not None) is told


def test_one_job_is_told_apart_only_if_the_others_could_be_too() -> None:
    many, few = [closed(3, "a")] * 5, [closed(1, "b")]
    assert summary(many, "a") is not None
    assert summary(many + few, "a") is None
    assert summary(many + few) is not None
    assert summary(many + [closed(3, "b")] * 5, "a") is not None


def test_a_quarter_that_is_too_small_adds_nothing() -> None:
    large = [closed(3, day=date(2026, 5, 2))] * 5
    both = summary([*large, closed(9)], first=date(2026, 4, 1))
    assert both == summary(large, first=date(2026, 4, 1))


def test_doubts_that_nobody_asked_about() -> None:
    offers = [closed(2, problem_solving=2)] * 3 + [closed(2, leadership_influence=2)] * 2
    found = summary(offers)
    assert found is not None
    # Six answers of three candidates; the other subject was named by two candidates only.
    assert [(one.about, one.at_least) for one in found.never_asked] == [(About.PROBLEM_SOLVING, 5)]
    assert (found.offers, found.answers) == (5, 10)


tallies = st.lists(
    st.builds(
        lambda answers, job, month, named: closed(answers, job, date(2026, month, 9), problem_solving=named),
        st.integers(0, 5),
        st.sampled_from("ab"),
        st.integers(1, 9),
        st.integers(0, 3),
    ),
    max_size=60,
)


@given(tallies, st.sampled_from(["a", "b", None]))
def test_no_cell_below_the_threshold_is_ever_in_a_difference(offers: list[Closed], job: str | None) -> None:
    """Whatever is asked for: each quarter that counts, and what it leaves out of it, is large enough or empty."""
    found = summary(offers, job, first=date(2026, 1, 1))
    if found is None:
        return
    assert found.answers % STEP == 0
    assert found.offers % STEP == 0
    alone = [
        summary([one for one in offers if quarter_of(one.closes_on) == quarter], job)
        for quarter in sorted({quarter_of(one.closes_on) for one in offers})
    ]
    counted = [one for one in alone if one is not None]
    assert counted
    for one in counted:
        assert one.answers >= LEAST_ANSWERS
        assert one.offers >= LEAST_CANDIDATES
    assert found.answers <= sum(one.answers + STEP for one in counted)


@given(tallies)
def test_one_answer_more_is_seen_only_where_a_step_is_passed(offers: list[Closed]) -> None:
    before = summary(offers)
    more = summary([*offers, closed(0)])
    if before is not None and more is not None:
        assert more.answers == before.answers


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (None, None, (date(2025, 10, 1), END)),
        (Q3, END, (Q3, END)),
        (Q3, None, (Q3, END)),
        (date(2026, 1, 1), date(2026, 3, 31), (date(2026, 1, 1), date(2026, 3, 31))),
    ],
)
def test_periods(first: date | None, last: date | None, expected: tuple[date, date]) -> None:
    assert period(first, last, TODAY) == expected


@pytest.mark.parametrize(
    ("first", "last", "pointer", "code"),
    [
        (date(2026, 7, 2), END, "/from", "not_a_quarter"),
        (Q3, date(2026, 9, 29), "/to", "not_a_quarter"),
        (Q3, date(2026, 12, 31), "/to", "not_over"),
        (date(2026, 10, 1), END, "/from", "out_of_range"),
        (None, date.min, "/to", "out_of_range"),
        (date.min, END, "/from", "out_of_range"),
        (Q3, date.max, "/to", "out_of_range"),
    ],
)
def test_other_periods_are_refused(first: date, last: date, pointer: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        period(first, last, TODAY)
    assert (pointer, code) in [(one.pointer, one.code) for one in refused.value.errors]
