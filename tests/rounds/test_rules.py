"""The rules of a round as tables of cases: thresholds, closing, and what the candidate gets to read."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rounds.rules import (
    CandidateHeldLinks,
    KBasis,
    OpenRound,
    ReleaseDecision,
    RoundState,
    Threshold,
    accepts,
    closes_now,
    closing_faults,
    decide_release,
    default_closing,
    default_threshold,
    threshold,
    threshold_faults,
)
from app.vocabulary.codes import IfTooFew, Mode, Stage

DAY = date(2026, 11, 20)
WITHHOLD, CODES_ONLY, RELEASE = IfTooFew.WITHHOLD, IfTooFew.CODES_ONLY, IfTooFew.RELEASE
_WISHES = st.lists(st.sampled_from(IfTooFew), max_size=10)


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        (1, (Mode.ATTRIBUTED, 1)),
        (2, (Mode.SEALED, 2)),
        (3, (Mode.SEALED, 3)),
        (4, (Mode.SEALED, 3)),
        (10, (Mode.SEALED, 3)),
    ],
)
def test_default_threshold(people: int, expected: tuple[Mode, int]) -> None:
    assert default_threshold(people) == expected


@given(st.integers(1, 10))
def test_a_default_is_never_faulty(people: int) -> None:
    mode, k = default_threshold(people)

    assert threshold_faults(mode, None if mode is Mode.ATTRIBUTED else k, people, "/anonymity") == []


@pytest.mark.parametrize(
    ("mode", "k", "people", "fault"),
    [
        (Mode.SEALED, None, 2, None),
        (Mode.SEALED, 2, 2, None),
        (Mode.SEALED, 10, 10, None),
        (Mode.SEALED, 2, 10, None),
        (Mode.SEALED, 3, 2, ("/anonymity/k", "out_of_range")),
        (Mode.SEALED, 1, 5, ("/anonymity/k", "out_of_range")),
        (Mode.SEALED, None, 1, ("/anonymity/mode", "too_few_people")),
        (Mode.SEALED, 1, 1, ("/anonymity/mode", "too_few_people")),
        (Mode.ATTRIBUTED, None, 1, None),
        (Mode.ATTRIBUTED, None, 10, None),
        (Mode.ATTRIBUTED, 1, 1, ("/anonymity/k", "not_allowed_here")),
        (Mode.ATTRIBUTED, 3, 3, ("/anonymity/k", "not_allowed_here")),
        (Mode.BLIND, None, 2, None),
        (Mode.BLIND, 3, 5, None),
        (Mode.BLIND, 6, 5, ("/anonymity/k", "out_of_range")),
        (Mode.BLIND, None, 1, ("/anonymity/mode", "too_few_people")),
    ],
)
def test_faults_of_a_chosen_threshold(mode: Mode, k: int | None, people: int, fault: tuple[str, str] | None) -> None:
    faults = [(found.pointer, found.code) for found in threshold_faults(mode, k, people, "/anonymity")]

    assert faults == ([] if fault is None else [fault])


# Of each person asked: did they get the link without the candidate? (by service mail at the company, or by the ATS)
@pytest.mark.parametrize(
    ("independent", "k", "basis", "held"),
    [
        # The candidate hands all links over, or the manager took them through such a link.
        ([False, False, False], 3, KBasis.ALL, CandidateHeldLinks.ALL),
        # Debrief mails all of them, or the ATS knows them.
        ([True, True, True], 3, KBasis.ALL, CandidateHeldLinks.NONE),
        ([True, True, True, True], 2, KBasis.ALL, CandidateHeldLinks.NONE),
        # k or more independent people: the others do not count, so the candidate can't make up the k.
        ([True, True, True, False], 3, KBasis.INDEPENDENT, CandidateHeldLinks.SOME),
        ([False, True, True], 2, KBasis.INDEPENDENT, CandidateHeldLinks.SOME),
        ([True, True, True, True, False, False], 3, KBasis.INDEPENDENT, CandidateHeldLinks.SOME),
        # Fewer than k: every ballot counts, and the statement says exactly that.
        ([True, True, False, False], 3, KBasis.ALL, CandidateHeldLinks.SOME),
        ([True, False], 2, KBasis.ALL, CandidateHeldLinks.SOME),
        ([True, False, False, False, False], 3, KBasis.ALL, CandidateHeldLinks.SOME),
    ],
)
def test_who_counts_towards_k(independent: list[bool], k: int, basis: KBasis, held: CandidateHeldLinks) -> None:
    assert threshold(Mode.SEALED, k, independent) == Threshold(Mode.SEALED, k, basis, held)


@given(st.lists(st.booleans(), min_size=1, max_size=10), st.data())
def test_k_can_always_be_reached_by_those_who_count(independent: list[bool], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(independent)))

    made = threshold(Mode.SEALED, k, independent)

    counting = sum(independent) if made.basis is KBasis.INDEPENDENT else len(independent)
    assert made.k == k <= counting


@given(st.lists(st.booleans(), min_size=1, max_size=10))
def test_signed_answers_need_no_counting(independent: list[bool]) -> None:
    assert threshold(Mode.ATTRIBUTED, 1, independent).basis is KBasis.ALL


@pytest.mark.parametrize(
    ("stage", "days"), [(Stage.AFTER_INTERVIEW, 2), (Stage.AFTER_REFERENCES, 7), (Stage.AFTER_DECISION, 7)]
)
def test_default_closing(stage: Stage, days: int) -> None:
    assert default_closing(stage, DAY) == DAY + timedelta(days=days)


@pytest.mark.parametrize(
    ("days", "opened_days_ago", "code"),
    [
        (-1, 0, "in_the_past"),
        (0, 0, None),
        (1, 0, None),
        (60, 0, None),
        (61, 0, "too_late"),
        (50, 10, None),
        (51, 10, "too_late"),
    ],
)
def test_closing_dates(days: int, opened_days_ago: int, code: str | None) -> None:
    opens_on = DAY - timedelta(days=opened_days_ago)

    faults = closing_faults(DAY + timedelta(days=days), opens_on=opens_on, today=DAY)

    assert [(fault.pointer, fault.code) for fault in faults] == ([("/closes_on", code)] if code else [])


@pytest.mark.parametrize("state", RoundState)
@pytest.mark.parametrize(("days_left", "in_time"), [(1, True), (0, True), (-1, False)])
def test_answers_are_taken_through_the_last_day(state: RoundState, days_left: int, in_time: bool) -> None:
    assert accepts(state, DAY + timedelta(days=days_left), DAY) == (in_time and state is RoundState.COLLECTING)


@pytest.mark.parametrize("last", IfTooFew)
@pytest.mark.parametrize("k", range(2, 6))
def test_k_answers_are_shown_whole_whatever_was_chosen_for_fewer(k: int, last: IfTooFew) -> None:
    for came in (k, k + 1):
        wishes = [WITHHOLD] * (came - 1) + [last]
        shown = tuple((index, True) for index in range(came))
        assert decide_release(k, came, wishes) == ReleaseDecision(RoundState.RELEASED, shown, below_threshold=False)


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        ([], ReleaseDecision(RoundState.WITHHELD)),
        ([WITHHOLD], ReleaseDecision(RoundState.WITHHELD)),
        ([WITHHOLD, WITHHOLD], ReleaseDecision(RoundState.WITHHELD)),
        ([CODES_ONLY], ReleaseDecision(RoundState.RELEASED, ((0, False),), below_threshold=True)),
        ([RELEASE], ReleaseDecision(RoundState.RELEASED, ((0, True),), below_threshold=True)),
        ([WITHHOLD, CODES_ONLY], ReleaseDecision(RoundState.RELEASED, ((1, False),), below_threshold=True)),
        ([RELEASE, WITHHOLD], ReleaseDecision(RoundState.RELEASED, ((0, True),), below_threshold=True)),
        ([CODES_ONLY, RELEASE], ReleaseDecision(RoundState.RELEASED, ((0, False), (1, True)), below_threshold=True)),
    ],
)
def test_fewer_than_k(wishes: list[IfTooFew], expected: ReleaseDecision) -> None:
    assert decide_release(3, len(wishes), wishes) == expected


def test_answers_of_people_who_do_not_count_do_not_make_up_the_k() -> None:
    assert decide_release(3, 2, [WITHHOLD] * 5) == ReleaseDecision(RoundState.WITHHELD)
    assert decide_release(3, 3, [WITHHOLD] * 5).state is RoundState.RELEASED


@given(st.integers(2, 10), st.integers(0, 10), _WISHES)
def test_nobody_is_shown_against_their_wish(k: int, counted: int, wishes: list[IfTooFew]) -> None:
    counted = min(counted, len(wishes))

    decision = decide_release(k, counted, wishes)

    shown = dict(decision.shown)
    if counted >= k:
        assert shown == dict.fromkeys(range(len(wishes)), True)
        assert not decision.below_threshold
    else:
        assert shown == {index: wish is RELEASE for index, wish in enumerate(wishes) if wish is not WITHHOLD}
        assert decision.below_threshold == bool(shown)
    assert decision.state is (RoundState.RELEASED if shown else RoundState.WITHHELD)


_NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("open_round", "closes"),
    [
        (OpenRound(DAY), False),
        (OpenRound(DAY - timedelta(days=1)), True),
        (OpenRound(DAY - timedelta(days=1), shows_at=_NOON), True),
        (OpenRound(DAY - timedelta(days=1), shows_at=_NOON + timedelta(seconds=1)), False),
    ],
)
def test_round_closes_after_its_last_day_and_when_all_signed_answers_show(open_round: OpenRound, closes: bool) -> None:
    assert closes_now(open_round, _NOON) is closes


def test_the_names_of_the_states_are_part_of_the_api() -> None:
    assert [state.value for state in RoundState] == [
        "collecting",
        "paused",
        "released",
        "withheld",
        "withdrawn",
        "erased",
    ]
