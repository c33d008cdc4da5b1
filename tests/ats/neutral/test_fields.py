"""Codes of the neutral contract: unknown codes are named and hold the offer, and all codes are documented."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.applications.rules import Reason
from app.ats.neutral import event_types
from tests.support.neutral_ats import a_candidate, a_snapshot, acme, an_application, an_event, an_interview, at

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("status", "standing", "named"),
    [
        ("NO_SHOW", ("none", "nobody_met"), []),
        ("CANCELED", ("none", "nobody_met"), []),
        ("draft", ("none", "nobody_met"), []),
        ("half-way", ("held", "unclear_interview"), ["interviews.status"]),
        ("unknown", ("held", "unclear_interview"), []),
        ("Complete", ("waiting", None), []),
        (None, ("waiting", None), []),
    ],
)
async def test_interview_status_is_read_in_any_spelling(
    sqlite_url: str, tmp_path: Path, status: str | None, standing: tuple[str, str | None], named: list[str]
) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        answer = await ats.put(a_snapshot(interviews=[an_interview(status=status)]))
        assert (answer.status_code, answer.json()["dropped_fields"]) == (201, named)
        assert await ats.standing() == standing


async def test_offer_held_by_unclear_interview_can_be_released(sqlite_url: str, tmp_path: Path) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        await ats.put(a_snapshot(interviews=[an_interview(status="half-way")]))
        released = await ats.ask("POST", "/applications/a1/release")
        assert (released.status_code, released.json()["offer"]) == (200, "waiting")


async def test_unclear_interview_with_nobody_in_it_holds_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        odd = an_interview(remote_id="i2", status="half-way", interviewers=[])
        await ats.put(a_snapshot(interviews=[an_interview(), odd]))
        assert await ats.standing() == ("waiting", None)


async def test_unknown_codes_are_named_and_never_repeated(sqlite_url: str, tmp_path: Path) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        odd = "CANARY-of-a-code"
        person = {"email": "omar@acme.test", "role": odd, "response_status": odd}
        addresses = [{"value": "ben@example.test", "email_address_type": odd}]
        told = a_snapshot(
            candidate=a_candidate(email_addresses=addresses),
            interviews=[an_interview(interviewers=[person])],
            application=an_application(reject_reason={"kind": odd}),
        )
        answer = await ats.put(told)
        assert answer.json()["dropped_fields"] == [
            "application.reject_reason.kind",
            "candidate.email_addresses.email_address_type",
            "interviews.interviewers.response_status",
            "interviews.interviewers.role",
        ]
        assert odd not in answer.text


@pytest.mark.parametrize(
    ("kind", "outcome", "named"),
    [
        ("aplication.rejected", "ignored", ["type"]),
        ("application.promoted", "ignored", ["type"]),
        ("Application_Rejected", "accepted", []),
        ("interview.canceled", "accepted", []),
        ("PING", "accepted", []),
    ],
)
async def test_misspelt_event_type_is_reported_in_dropped_fields(
    sqlite_url: str, tmp_path: Path, kind: str, outcome: str, named: list[str]
) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        await ats.put(a_snapshot(application=an_application("ACTIVE", 20)))
        data: dict[str, Any] = {"application": an_application()}
        if kind.startswith("interview"):
            data = {"interviews": [{"remote_id": "i1", "remote_updated_at": at(30)}]}
        answer = await ats.tell(an_event("e1", kind, data))
        assert (answer.json()["outcome"], answer.json()["dropped_fields"]) == (outcome, named)


def _fields() -> dict[tuple[str, str], list[str]]:
    """Return the values of all open enums in the contract."""
    schemas = json.loads((ROOT / "openapi/openapi.json").read_text())["components"]["schemas"]
    found = {}
    for name, schema in schemas.items():
        for field, one in schema.get("properties", {}).items():
            for part in one.get("anyOf", [one]):
                if "x-extensible-enum" in part:
                    assert "enum" not in part, "a client would refuse other values"
                    found[name, field] = part["x-extensible-enum"]
    return found


def test_contract_and_guide_list_all_codes() -> None:
    found = _fields()
    assert set(found) == {
        ("AtsAddress", "email_address_type"),
        ("AtsApplication", "status"),
        ("AtsEvent", "type"),
        ("AtsInterview", "status"),
        ("AtsInterviewSnapshot", "status"),
        ("AtsListedApplication", "reason"),
        ("AtsListedApplication", "status"),
        ("AtsPerson", "response_status"),
        ("AtsPerson", "role"),
        ("AtsRejectReason", "kind"),
    }
    assert (len(event_types.ALL), set(found["AtsEvent", "type"])) == (20, set(event_types.ALL))
    assert set(found["AtsListedApplication", "reason"]) == {one.value for one in Reason}
    guide = (ROOT / "docs/integrating.md").read_text()
    assert [value for values in found.values() for value in values if f"`{value}`" not in guide] == []
