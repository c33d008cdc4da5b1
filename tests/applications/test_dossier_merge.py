"""Merging: the order in which things are told does not matter, nor how often each is told."""

from datetime import UTC, datetime
from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.applications.dossier import (
    Address,
    Application,
    ApplicationStatus,
    Candidate,
    Dossier,
    Facts,
    Interview,
    Interviewer,
    InterviewStatus,
    Job,
    RejectKind,
    merge,
    moment,
)

BEN, APPLICATION = "ben@example.test", "a-1"
# Few, so that the same moments and ids come together often.
STAMPS = st.integers(0, 3)
PEOPLE = st.sampled_from([Interviewer(email="omar@acme.test"), Interviewer(email="lin@acme.test", name="Lin Mei")])
CANDIDATES = st.builds(
    Candidate,
    remote_id=st.sampled_from(["c-1", "c-2"]),
    name=st.sampled_from([None, "Ben Ode", "Ben O."]),
    addresses=st.sampled_from([(), (Address(value=BEN),)]),
    updated=STAMPS,
)
JOBS = st.builds(Job, remote_id=st.just("j"), name=st.sampled_from([None, "Writer"]), updated=STAMPS)
APPLICATIONS = st.builds(
    Application,
    status=st.sampled_from(ApplicationStatus),
    reject_kind=st.sampled_from(RejectKind),
    updated=STAMPS,
)
INTERVIEWS = st.builds(
    Interview,
    remote_id=st.sampled_from(["i-1", "i-2"]),
    status=st.sampled_from(InterviewStatus),
    interviewers=st.lists(PEOPLE, max_size=2).map(tuple),
    updated=STAMPS,
)
TOLD = st.builds(
    Facts,
    application_remote_id=st.just(APPLICATION),
    candidate=st.none() | CANDIDATES,
    job=st.none() | JOBS,
    application=st.none() | APPLICATIONS,
    interviews=st.lists(INTERVIEWS, max_size=2, unique_by=lambda one: one.remote_id).map(tuple),
    panel_complete=st.booleans(),
    panel_at=STAMPS,
)


def told_all(facts: list[Facts]) -> Dossier:
    """Return what is known after all of it."""
    return reduce(merge, facts, Dossier())


@given(st.lists(TOLD, max_size=6), st.randoms(use_true_random=False))
def test_shuffled_and_told_twice_ends_the_same(facts: list[Facts], dice: object) -> None:
    shuffled = facts + facts
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert told_all(shuffled) == told_all(facts)


@settings(max_examples=300)
@given(st.lists(TOLD, max_size=5), TOLD, TOLD)
def test_two_may_change_places_wherever_they_come(before: list[Facts], one: Facts, other: Facts) -> None:
    known = told_all(before)
    assert merge(merge(known, one), other) == merge(merge(known, other), one)


@given(st.lists(TOLD, max_size=5), TOLD)
def test_what_was_told_before_is_no_news(before: list[Facts], one: Facts) -> None:
    known = merge(told_all(before), one)
    assert merge(known, one) == known


@given(st.lists(TOLD, min_size=1, max_size=6))
def test_the_latest_telling_of_each_part_holds(facts: list[Facts]) -> None:
    known = told_all(facts)
    latest = max((one.application.updated for one in facts if one.application), default=None)
    assert (known.application.updated if known.application else None) == latest


def an_interview(remote_id: str, updated: int = 1, **over: object) -> Interview:
    """Return an interview."""
    return Interview.model_validate({"remote_id": remote_id, "updated": updated, **over})


def panel(at: int, *interviews: Interview, complete: bool = True) -> Facts:
    """Return a list of interviews."""
    return Facts(application_remote_id=APPLICATION, interviews=interviews, panel_complete=complete, panel_at=at)


@pytest.mark.parametrize(
    ("facts", "standing"),
    [
        ([panel(1, an_interview("1"), complete=False), panel(1, an_interview("2"), complete=False)], ["1", "2"]),
        # A complete list takes away what it does not name,
        ([panel(1, an_interview("1")), panel(2, an_interview("2"))], ["2"]),
        ([panel(2, an_interview("2")), panel(1, an_interview("1"))], ["2"]),
        ([panel(1, an_interview("1")), panel(2)], []),
        # but not what is newer than itself,
        ([panel(2, an_interview("2")), panel(3, an_interview("3", 3), complete=False)], ["2", "3"]),
        # nor does an incomplete one take anything away.
        ([panel(2, an_interview("2")), panel(3, complete=False)], ["2"]),
        # What was taken away is back when a later list names it.
        ([panel(1, an_interview("1")), panel(2), panel(3, an_interview("1"))], ["1"]),
    ],
)
def test_complete_lists(facts: list[Facts], standing: list[str]) -> None:
    assert [one.remote_id for one in told_all(facts).interviews] == standing


def test_a_list_that_tells_less_of_an_interview_than_was_known_does_not_replace_it_in_any_order() -> None:
    met = an_interview("1", 1, status="complete")
    told = [panel(0, met, complete=False), panel(2), panel(3, an_interview("1", 0, status="scheduled"))]
    assert [told_all(list(order)).interviews for order in permutations(told)] == [(met,)] * 6


def test_an_older_telling_does_not_take_back_a_newer_one() -> None:
    def tell(status: ApplicationStatus, updated: int) -> Facts:
        return Facts(application_remote_id=APPLICATION, application=Application(status=status, updated=updated))

    unrejected, rejected = tell(ApplicationStatus.ACTIVE, 2), tell(ApplicationStatus.REJECTED, 1)
    known = told_all([unrejected, rejected])
    assert known.application is not None
    assert known.application.status is ApplicationStatus.ACTIVE


@given(st.datetimes(datetime(1990, 1, 1), datetime(2190, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_moments_keep_each_microsecond(at: datetime) -> None:
    whole, rest = divmod(moment(at), 1_000_000)
    assert datetime.fromtimestamp(whole, UTC).replace(microsecond=rest) == at
