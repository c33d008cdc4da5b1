"""Ashby webhooks: event kinds, deduplication keys, mapping of records."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.applications.dossier import AddressType, InterviewerRole, InterviewStatus
from app.ats.ashby import connector, mapping
from app.ats.ashby.schemas import CandidatePart, Schedule
from app.ats.connector import Event, EventKind, HookResult
from app.core.errors import Malformed
from tests.ats.ashby.fake import user


def read(action: str, data: Any = None, deed: str | None = "deed-1") -> Event:
    body = {"webhookActionId": deed, "action": action, "data": data}
    return connector.parse({}, json.dumps(body).encode())


def test_events_of_one_action_have_different_deduplication_keys() -> None:
    application = {"application": {"id": "a", "status": "Archived", "updatedAt": "2026-03-10T15:00:00.000Z"}}
    events = [read(one, application) for one in ("candidateStageChange", "applicationUpdate", "candidateHire")]
    assert len({one.dedupe for one in events}) == 3
    assert read("applicationUpdate", application).dedupe == events[1].dedupe
    # Without an id, the body is the key.
    assert read("applicationUpdate", application, None).dedupe != read("applicationUpdate", {}, None).dedupe


@pytest.mark.parametrize(
    ("action", "data", "kind"),
    [
        ("ping", {"webhookActionType": "applicationUpdate"}, EventKind.PING),
        ("ping", None, EventKind.PING),
        ("candidateDelete", {"candidate": {"id": "c"}}, EventKind.DELETED),
        ("candidateMerge", {"deletedCandidate": {"id": "c"}, "mergedCandidate": {"id": "d"}}, EventKind.MERGED),
        ("candidateMerge", {}, EventKind.IGNORED),
        ("applicationUpdate", {"application": {"id": "a", "status": "Active"}}, EventKind.FACTS),
        ("applicationUpdate", {"application": {"id": "a", "status": "Lead"}}, EventKind.IGNORED),
        ("applicationUpdate", {"application": {"id": "a", "status": "Someday"}}, EventKind.IGNORED),
        ("interviewScheduleUpdate", {"interviewSchedule": {"id": "s", "applicationId": "a"}}, EventKind.FACTS),
        ("offerCreate", {"offer": {"id": 7}}, EventKind.IGNORED),
    ],
)
def test_each_action_has_its_event_kind(action: str, data: Any, kind: EventKind) -> None:
    assert read(action, data).kind is kind


def test_ping_names_event_of_its_webhook() -> None:
    assert read("ping", {"webhookActionType": "candidateHire"}).name == "candidateHire"


def test_each_result_has_its_status() -> None:
    answers = {one: connector.answer(one).status for one in HookResult}
    assert answers == {
        HookResult.ACCEPTED: 200,
        HookResult.BAD_SIGNATURE: 401,
        HookResult.MALFORMED: 400,
        HookResult.RETRY: 503,
    }


def test_interviewer_who_also_shadowed_counts_as_interviewer() -> None:
    watched = {"id": "e1", "interviewers": [user("dan@acme.example", "Dan Olsen", trainingRole="Shadow")]}
    held = {"id": "e2", "interviewers": [user("DAN@acme.example", "Dan Olsen")]}
    for meetings in ([watched, held], [held, watched]):
        told = Schedule.model_validate(
            {"id": "s", "applicationId": "a", "status": "Complete", "interviewEvents": meetings}
        )
        (dan,) = mapping.map_interview(told, 1).interviewers
        assert dan.role is InterviewerRole.INTERVIEWER


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("NeedsScheduling", InterviewStatus.CANCELLED),
        ("OnHold", InterviewStatus.CANCELLED),
        ("Unknown", InterviewStatus.UNCLEAR),
        ("Invented", InterviewStatus.UNCLEAR),
        (None, InterviewStatus.UNKNOWN),
    ],
)
def test_schedule_without_meetings_keeps_what_its_status_says(word: str | None, status: InterviewStatus) -> None:
    schedule = Schedule.model_validate({"id": "s", "applicationId": "a", "status": word})
    assert mapping.map_interview(schedule, 1).status is status


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ({"value": " Ben@Example.test ", "type": "Personal"}, ("ben@example.test", AddressType.PERSONAL)),
        ({"value": "ben@example.test", "type": "Work"}, ("ben@example.test", AddressType.WORK)),
        ({"value": "ben@example.test", "type": "Fax"}, ("ben@example.test", AddressType.OTHER)),
        ({"value": "not an address"}, None),
        ({"value": "a b@example.test"}, None),
        (None, None),
    ],
)
def test_address_is_cleaned_or_dropped(told: Any, address: tuple[str, AddressType] | None) -> None:
    part = CandidatePart.model_validate({"id": "c", "name": "Ben van der Ode", "primaryEmailAddress": told})
    found = mapping.map_candidate(part, 1)
    assert found.name == "Ben van der Ode"
    assert [(one.value, one.type) for one in found.addresses] == ([address] if address else [])


@given(st.binary(max_size=200))
def test_random_bytes_are_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        connector.parse({}, body)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_NAMES = st.sampled_from(
    ["application", "interviewSchedule", "candidate", "id", "status", "updatedAt", "interviewEvents"]
)


@given(
    st.sampled_from(
        ["applicationUpdate", "interviewScheduleUpdate", "candidateDelete", "candidateMerge", "ping", "other"]
    ),
    st.dictionaries(_NAMES, st.dictionaries(_NAMES, _JSON, max_size=4) | _JSON, max_size=4),
)
def test_any_message_is_parsed_or_malformed(action: str, data: Any) -> None:
    with suppress(Malformed):
        assert isinstance(read(action, data), Event)


def test_texts_are_cleaned_and_next_valid_address_is_used() -> None:
    emails = [{"value": "bücher@x.test", "type": "Personal"}, {"value": "<Ben@bücher.example>,", "type": "Work"}]
    told = {"id": "c", "name": "Ben\x00\u202e Ode \ud83d", "primaryEmailAddress": emails[0], "emailAddresses": emails}
    application = {"id": "a", "status": "Active", "updatedAt": "2026-03-10T15:00:00.000Z", "candidate": told}
    event = read("applicationUpdate", {"application": application})
    assert event.facts is not None
    assert event.facts.candidate is not None
    assert event.facts.candidate.name == "Ben Ode"
    assert [(one.value, one.type) for one in event.facts.candidate.addresses] == [
        ("ben@xn--bcher-kva.example", AddressType.WORK)
    ]
