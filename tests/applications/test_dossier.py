"""Dossiers: neither the order nor the number of messages changes the result of merging them."""

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
from app.applications.rules import contact_address

BEN, APPLICATION = "ben@example.test", "a-1"
# Few values, so that equal times and ids meet often.
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
FACTS = st.builds(
    Facts,
    application_remote_id=st.just(APPLICATION),
    candidate=st.none() | CANDIDATES,
    job=st.none() | JOBS,
    application=st.none() | APPLICATIONS,
    interviews=st.lists(INTERVIEWS, max_size=2, unique_by=lambda one: one.remote_id).map(tuple),
    panel_complete=st.booleans(),
    panel_at=STAMPS,
)


def merge_all(facts: list[Facts]) -> Dossier:
    """Return the dossier after all these facts."""
    return reduce(merge, facts, Dossier())


@given(st.lists(FACTS, max_size=6), st.randoms(use_true_random=False))
def test_order_and_repetition_of_facts_make_no_difference(facts: list[Facts], dice: object) -> None:
    shuffled = facts + facts
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert merge_all(shuffled) == merge_all(facts)


@settings(max_examples=300)
@given(st.lists(FACTS, max_size=5), FACTS, FACTS)
def test_any_two_facts_may_be_swapped(before: list[Facts], one: Facts, other: Facts) -> None:
    known = merge_all(before)
    assert merge(merge(known, one), other) == merge(merge(known, other), one)


@given(st.lists(FACTS, max_size=5), FACTS)
def test_a_repeated_fact_changes_nothing(before: list[Facts], one: Facts) -> None:
    known = merge(merge_all(before), one)
    assert merge(known, one) == known


@given(st.lists(FACTS, min_size=1, max_size=6))
def test_the_latest_update_of_each_part_wins(facts: list[Facts]) -> None:
    known = merge_all(facts)
    latest = max((one.application.updated for one in facts if one.application), default=None)
    assert (known.application.updated if known.application else None) == latest


def an_interview(remote_id: str, updated: int = 1, **over: object) -> Interview:
    """Return an interview."""
    return Interview.model_validate({"remote_id": remote_id, "updated": updated, **over})


def panel(at: int, *interviews: Interview, complete: bool = True) -> Facts:
    """Return a list of interviews."""
    return Facts(application_remote_id=APPLICATION, interviews=interviews, panel_complete=complete, panel_at=at)


@pytest.mark.parametrize(
    ("facts", "left"),
    [
        ([panel(1, an_interview("1"), complete=False), panel(1, an_interview("2"), complete=False)], ["1", "2"]),
        # A complete list drops interviews that it does not name,
        ([panel(1, an_interview("1")), panel(2, an_interview("2"))], ["2"]),
        ([panel(2, an_interview("2")), panel(1, an_interview("1"))], ["2"]),
        ([panel(1, an_interview("1")), panel(2)], []),
        # unless they are newer than the list.
        ([panel(2, an_interview("2")), panel(3, an_interview("3", 3), complete=False)], ["2", "3"]),
        # A partial list drops nothing.
        ([panel(2, an_interview("2")), panel(3, complete=False)], ["2"]),
        # A dropped interview returns when a later list names it.
        ([panel(1, an_interview("1")), panel(2), panel(3, an_interview("1"))], ["1"]),
    ],
)
def test_a_complete_list_drops_older_interviews_that_it_does_not_name(facts: list[Facts], left: list[str]) -> None:
    assert [one.remote_id for one in merge_all(facts).interviews] == left


def test_partial_interview_never_replaces_complete_one() -> None:
    met = an_interview("1", 1, status="complete")
    lists = [panel(0, met, complete=False), panel(2), panel(3, an_interview("1", 0, status="scheduled"))]
    assert [merge_all(list(order)).interviews for order in permutations(lists)] == [(met,)] * 6


def test_an_older_status_does_not_replace_a_newer_one() -> None:
    def fact(status: ApplicationStatus, updated: int) -> Facts:
        return Facts(application_remote_id=APPLICATION, application=Application(status=status, updated=updated))

    reinstated, rejected = fact(ApplicationStatus.ACTIVE, 2), fact(ApplicationStatus.REJECTED, 1)
    known = merge_all([reinstated, rejected])
    assert known.application is not None
    assert known.application.status is ApplicationStatus.ACTIVE


@given(st.datetimes(datetime(1990, 1, 1), datetime(2190, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_moment_is_exact_to_the_microsecond(at: datetime) -> None:
    whole, rest = divmod(moment(at), 1_000_000)
    assert datetime.fromtimestamp(whole, UTC).replace(microsecond=rest) == at


def test_addresses_of_a_stored_dossier_are_normalised_when_it_is_read() -> None:
    """Dossiers stored before this rule hold addresses as they were sent."""
    sent = [{"value": "a,b@x.test"}, {"value": "ben@bücher.example", "type": "personal"}, {"value": "<ben@x.test>"}]
    stored = {"candidate": {"remote_id": "c", "addresses": sent}}
    candidate = Dossier.model_validate(stored).candidate
    assert candidate is not None
    found = contact_address(candidate)
    assert found is not None
    assert found.value == "ben@xn--bcher-kva.example"
