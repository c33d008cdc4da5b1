"""Lever mapping: tables of cases, and properties over unknown members."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.applications.dossier import InterviewStatus, RejectKind
from app.ats.lever import mapping
from app.ats.lever.schemas import Applied, ArchiveReason, Opportunity, Panel, User
from tests.ats.lever.fake import CANARY, DAY, OMAR, FakeLever
from tests.support.app import FixedClock

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
UNDERQUALIFIED = ArchiveReason(id="r-1", text="Underqualified", type="non-hired")


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({}, RejectKind.UNKNOWN),
        ({"rejected_reasons": "r-1"}, RejectKind.EMPLOYER),
        ({"rejected_reasons": "Timing; UNDERQUALIFIED ;"}, RejectKind.EMPLOYER),
        ({"withdrew_reasons": "underqualified"}, RejectKind.CANDIDATE),
        # A reason in both lists is unclear.
        ({"withdrew_reasons": "r-1", "rejected_reasons": "Underqualified"}, RejectKind.UNKNOWN),
        ({"rejected_reasons": "under"}, RejectKind.UNKNOWN),
        ({"rejected_reasons": ";;"}, RejectKind.UNKNOWN),
    ],
)
def test_reason_is_found_in_employers_lists(said: dict[str, str], kind: RejectKind) -> None:
    assert mapping.read_reject_kind(UNDERQUALIFIED, said) is kind


def test_unlisted_reason_is_unknown() -> None:
    assert mapping.read_reject_kind(None, {"rejected_reasons": "r-1"}) is RejectKind.UNKNOWN
    assert mapping.read_reject_kind(ArchiveReason(id="r-1"), {"rejected_reasons": "r-1"}) is RejectKind.EMPLOYER
    assert mapping.read_reject_kind(ArchiveReason(id="r-1", text=" "), {"rejected_reasons": " "}) is RejectKind.UNKNOWN


@pytest.mark.parametrize(
    ("emails", "found"),
    [
        (["Ben@Example.test"], ["ben@example.test"]),
        (["ben@example.test", "BEN@example.test", "b@x.test"], ["ben@example.test", "b@x.test"]),
        (["", "nothing", "a b@x.test", "@x.test", "ben@here"], []),
        # A truncated address could belong to somebody else.
        ([f"ben@{'x' * 300}.test"], []),
        ([f"ben@{'x.' * 125}test"], []),
        (["a,b@x.test", "<Ben@bücher.example>,", "bücher@x.test"], ["ben@xn--bcher-kva.example"]),
        (None, []),
    ],
)
def test_addresses_of_candidate_are_cleaned(emails: Any, found: list[str]) -> None:
    told = Opportunity.model_validate({"id": "o", "contact": "c", "emails": emails})
    candidate = mapping.map_candidate(told, 5)
    assert [one.value for one in candidate.addresses] == found
    assert [one.is_primary for one in candidate.addresses] == [index == 0 for index in range(len(found))]


def test_candidate_without_contact_has_id_of_opportunity() -> None:
    assert mapping.map_candidate(Opportunity(id="o"), 5).remote_id == "o"


@pytest.mark.parametrize(
    ("word", "confidential"),
    [
        (None, False),
        ("non-confidential", False),
        ("Non-Confidential", False),
        ("confidential", True),
        ("secret", True),
        ("", True),
    ],
)
def test_unknown_confidentiality_counts_as_confidential(word: str | None, confidential: bool) -> None:
    assert mapping.is_confidential(word) is confidential


def test_latest_open_application_is_preferred() -> None:
    told = [
        Applied.model_validate(one)
        for one in (
            {"id": "a", "posting": "p-old", "createdAt": 1},
            {"id": "b", "posting": "p-new", "createdAt": 2},
            {"id": "c", "posting": "p-over", "createdAt": 3, "archived": {"archivedAt": 4}},
        )
    ]
    chosen = mapping.latest_application(told)
    assert chosen is not None
    assert chosen.posting == "p-new"
    assert mapping.latest_application(told[::-1]) == chosen
    assert mapping.latest_application([]) is None


@pytest.mark.parametrize(
    ("when", "status"),
    [(-DAY, InterviewStatus.COMPLETE), (-45 * 60_000, InterviewStatus.COMPLETE), (0, InterviewStatus.SCHEDULED)],
)
def test_interview_is_complete_after_its_end(when: int, status: InterviewStatus) -> None:
    lever = FakeLever(FixedClock(NOW))
    panel = Panel.model_validate(lever.a_panel(date=lever.now + when))
    (interview,) = mapping.map_interviews([panel], {}, 5, NOW)
    assert interview.status is status


def test_interview_without_time_has_no_start_and_end() -> None:
    panel = Panel.model_validate({"interviews": [{"id": "i", "duration": 30}]})
    (interview,) = mapping.map_interviews([panel], {}, 5, NOW)
    assert (interview.start_at, interview.end_at) == (None, None)


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=12).filter(
            lambda name: name not in {"id", "date", "duration", "canceledAt", "stage", "interviewers"}
        ),
        st.one_of(st.just(CANARY), st.integers(), st.none(), st.just({"value": CANARY})),
        max_size=5,
    )
)
def test_unknown_members_change_no_interview(more: dict[str, Any]) -> None:
    lever = FakeLever(FixedClock(NOW))
    users = {"u-omar": User(id="u-omar", email=OMAR)}
    plain, rich = lever.a_panel(), lever.a_panel(**more)
    found = [mapping.map_interviews([Panel.model_validate(one)], users, 5, NOW) for one in (plain, rich)]
    assert found[0] == found[1]
    assert CANARY not in found[1][0].model_dump_json()


@given(st.integers(0, 7_258_118_400_000))
def test_milliseconds_are_read_exactly(value: int) -> None:
    at = mapping.read_milliseconds(value)
    assert at is not None
    assert (int(at.replace(microsecond=0).timestamp()) * 1000 + at.microsecond // 1000) == value
