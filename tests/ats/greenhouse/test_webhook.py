"""Greenhouse webhooks: event kinds, mapping of records, signature, and dropped fields."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.applications.dossier import AddressType, ApplicationStatus, RejectKind
from app.applications.rules import contact_address
from app.ats.connector import Event, EventKind, HookResult
from app.ats.greenhouse import connector
from app.ats.greenhouse.webhook import parse
from app.core.errors import Malformed
from tests.ats.greenhouse.fake import APPLICATION, BEN, CANARY, SECRET, THEM, FakeGreenhouse, signed
from tests.support.app import FixedClock

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def read(action: str, payload: dict[str, Any]) -> Event:
    return parse({"greenhouse-event-id": "7"}, json.dumps({"action": action, "payload": payload}).encode())


def an_application(**over: Any) -> dict[str, Any]:
    told = {
        "id": APPLICATION,
        "status": "rejected",
        "rejected_at": "2026-11-20T11:00:00Z",
        "prospect": False,
        "candidate": {"id": 1, "first_name": "Ben", "last_name": "Ode", "email_addresses": []},
        "jobs": [{"id": 2, "name": "Technical writer"}],
        "rejection_reason": {"id": 9, "name": CANARY, "type": {"id": 1, "name": "We rejected them"}},
        **over,
    }
    return {"application": told}


def test_rejection_is_parsed_with_candidate_and_job() -> None:
    event = read("reject_candidate", an_application())
    assert (event.kind, event.application_id, event.wants_pull) == (EventKind.FACTS, str(APPLICATION), True)
    assert event.facts is not None
    assert event.facts.application is not None
    assert event.facts.application.status is ApplicationStatus.REJECTED
    assert event.facts.application.rejected_at == datetime(2026, 11, 20, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("type_name", "status", "kind"),
    [
        ("We rejected them", ApplicationStatus.REJECTED, RejectKind.EMPLOYER),
        ("They rejected us", ApplicationStatus.WITHDRAWN, RejectKind.CANDIDATE),
        ("None specified", ApplicationStatus.REJECTED, RejectKind.UNKNOWN),
        (None, ApplicationStatus.REJECTED, RejectKind.UNKNOWN),
    ],
)
def test_reject_kind_follows_name_of_reason_type(
    type_name: str | None, status: ApplicationStatus, kind: RejectKind
) -> None:
    event = read("reject_candidate", an_application(rejection_reason={"id": 4, "type": {"name": type_name}}))
    assert event.facts is not None
    assert event.facts.application is not None
    assert (event.facts.application.status, event.facts.application.reject_kind) == (status, kind)


@pytest.mark.parametrize(
    ("addresses", "chosen", "kind"),
    [
        ([("w@a.example", "work"), ("p@b.example", "personal")], "p@b.example", AddressType.PERSONAL),
        ([("w@a.example", "work"), ("o@b.example", "other")], "o@b.example", AddressType.OTHER),
        ([("w@a.example", "work")], "w@a.example", AddressType.WORK),
        ([("first@a.example", "other"), ("second@a.example", "other")], "first@a.example", AddressType.OTHER),
        ([("not an address", "personal"), ("o@b.example", "other")], "o@b.example", AddressType.OTHER),
    ],
)
def test_all_addresses_of_candidate_are_mapped(
    addresses: list[tuple[str, str]], chosen: str, kind: AddressType
) -> None:
    told = [{"value": value, "type": name} for value, name in addresses]
    event = read("reject_candidate", an_application(candidate={"id": 1, "email_addresses": told}))
    assert event.facts is not None
    assert event.facts.candidate is not None
    found = contact_address(event.facts.candidate)
    assert found is not None
    assert (found.value, found.type) == (chosen, kind)


def test_deduplication_key_has_id_and_body() -> None:
    one, other = ({"greenhouse-event-id": name} for name in ("1", "2"))
    first = b'{"action":"x","payload":{}}'
    keys = [parse(headers, body).dedupe for headers in (one, other, {}) for body in (first, first + b" ")]
    assert len(set(keys)) == 6
    assert parse(one, first).dedupe == keys[0]


def test_prospect_event_is_ignored() -> None:
    assert read("reject_candidate", an_application(prospect=True)).kind is EventKind.IGNORED


@pytest.mark.parametrize(
    ("action", "payload", "expected"),
    [
        ("ping", {"event": "Candidate or Prospect rejected"}, {"kind": EventKind.PING}),
        ("delete_candidate", {"person": {"id": 5, "deleted_application_ids": [1]}}, {"candidate_id": "5"}),
        ("delete_candidate", {"person": {"id": 5, "deleted_application_ids": []}}, {"possible_merge": True}),
        ("merge_candidate", {"person": {"id": 5, "new_candidate_id": 6}}, {"into_candidate_id": "6"}),
        ("candidate_anonymized", {"candidate_id": 5, "anonymized_fields": []}, {"kind": EventKind.DELETED}),
        ("delete_application", {"application": {"id": 8}}, {"kind": EventKind.APPLICATION_DELETED}),
        ("interview_deleted", {"interview": {"id": 9}}, {"interview_id": "9"}),
        ("update_candidate", {"candidate": {"id": 5}}, {"kind": EventKind.CHANGED, "candidate_id": "5"}),
        ("job_updated", {"job": {"id": 2, "name": "Editor"}}, {"kind": EventKind.CHANGED, "job_id": "2"}),
        ("job_deleted", {"job": {"id": 2}}, {"kind": EventKind.CHANGED, "job_id": "2"}),
        ("application_updated", an_application(), {"kind": EventKind.FACTS, "wants_pull": True}),
        ("job_updated", {"job": []}, {"kind": EventKind.IGNORED}),
        ("offer_created", {}, {"kind": EventKind.IGNORED}),
        ("merge_candidate", {"person": {"id": 5}}, {"kind": EventKind.IGNORED}),
    ],
)
def test_each_action_has_its_event_kind(action: str, payload: dict[str, Any], expected: dict[str, Any]) -> None:
    event = read(action, payload)
    assert {name: getattr(event, name) for name in expected} == expected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"action":1,"payload":{}}',
        b'{"action":"x","payload":[]}',
        b"\xff",
        b'{"action":"a","action":"b"}',
    ],
)
def test_unreadable_message_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        parse({}, body)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("absent", [None, []])
def test_missing_part_may_be_null_or_list(absent: object) -> None:
    event = read("reject_candidate", an_application(rejection_reason=absent, current_stage=absent, jobs=absent))
    assert event.facts is not None
    assert event.facts.job is None


json_values = (
    st.none()
    | st.booleans()
    | st.integers(-9, 10**12)
    | st.text("abc", max_size=8)
    | st.lists(st.integers(0, 9), max_size=3)
)


@given(extra=st.dictionaries(st.text("abcdef_", max_size=12).map(lambda name: f"x_{name}"), json_values, max_size=4))
def test_unnamed_fields_change_nothing(extra: dict[str, Any]) -> None:
    plain = an_application()
    grown = an_application(**extra, candidate={**plain["application"]["candidate"], **extra})
    assert read("reject_candidate", grown).facts == read("reject_candidate", plain).facts


def test_forbidden_fields_do_not_reach_facts() -> None:
    fake = FakeGreenhouse(FixedClock(NOW))
    fake.reject(THEM)
    headers, body = fake.webhook("reject_candidate")
    assert CANARY.encode() in body
    event = connector.parse({name.lower(): value for name, value in headers.items()}, body)
    assert event.facts is not None
    assert CANARY not in event.facts.model_dump_json() + event.name
    assert event.facts.candidate is not None
    assert BEN in event.facts.model_dump_json()


def test_signature_covers_received_bytes() -> None:
    fake = FakeGreenhouse(FixedClock(NOW))
    headers, body = fake.webhook("reject_candidate")
    lowered = {name.lower(): value for name, value in headers.items()}
    assert b"\\u003clead\\u003e" in body
    assert connector.verify(lowered, body, [SECRET], NOW)
    assert not connector.verify(lowered, json.dumps(json.loads(body)).encode(), [SECRET], NOW)
    assert not connector.verify(lowered, body, ["another"], NOW)
    assert not connector.verify({}, body, [SECRET], NOW)
    bare = signed(body)["Signature"].replace("sha256 ", "sha1 ")
    assert not connector.verify(lowered | {"signature": bare}, body, [SECRET], NOW)


def test_success_is_answered_with_200_and_no_body() -> None:
    statuses = {one.name: connector.answer(one).status for one in HookResult}
    assert statuses == {"ACCEPTED": 200, "BAD_SIGNATURE": 401, "MALFORMED": 400, "RETRY": 503}
    assert connector.answer(HookResult.ACCEPTED).body == b""


def test_texts_are_cleaned_and_next_valid_address_is_used() -> None:
    values = ["a,b@x.test", "bücher@x.test", "<Ben@bücher.example>,"]
    told = {
        "id": 1,
        "first_name": "Ben\x00\u202e \ud83d",
        "last_name": "Ode\n",
        "email_addresses": [{"value": value, "type": "personal"} for value in values],
    }
    event = read("reject_candidate", an_application(candidate=told))
    assert event.facts is not None
    assert event.facts.candidate is not None
    assert event.facts.candidate.name == "Ben Ode"
    assert [one.value for one in event.facts.candidate.addresses] == ["ben@xn--bcher-kva.example"]
