"""Edge cases of the neutral contract about the content of records.

Other edge cases: `test_events` and `test_applications` (duplicates, order, unknown codes, limits), and
`test_merges_and_erasures`.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.accounts.rules import ConnectionSettings
from app.applications.rules import panel
from tests.support.neutral_ats import (
    START,
    Acme,
    a_candidate,
    a_snapshot,
    acme,
    an_application,
    an_event,
    an_interview,
    at,
)


def addresses(*given: tuple[str, str]) -> list[dict[str, str]]:
    """Return addresses with their types."""
    return [{"value": value, "email_address_type": kind} for value, kind in given]


async def asked(ats: Acme) -> list[str | None]:
    """Return the people who would be asked."""
    return [one.email for one in panel(await ats.dossier(), ConnectionSettings(company="Acme"))]


async def test_unreject_within_hold_leaves_no_trace(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        await ats.put(a_snapshot())
        await ats.tell(an_event("e1", "application.unrejected", {"application": {"remote_id": "a1"}}, 30))
        row = await ats.row()
        assert row is not None
        assert (row.offer, row.reason, row.due_at) == ("none", "not_rejected", None)
        await ats.tell(an_event("e2", "application.rejected", {"application": {"remote_id": "a1"}}, 40))
        row = await ats.row()
        assert row is not None
        assert row.due_at == int(START.timestamp()) + (40 + 72) * 3600


async def test_hire_after_rejection_ends_offer(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        await ats.put(a_snapshot())
        await ats.tell(an_event("e1", "application.hired", {"application": {"remote_id": "a1"}}, 30))
        assert await ats.standing() == ("none", "not_rejected")


CANDIDATES: list[tuple[str, dict[str, Any], tuple[str, str | None]]] = [
    ("test_email_missing", {"email_addresses": []}, ("none", "awaiting_contact")),
    ("test_email_only_work", {"email_addresses": addresses(("b@initech.test", "WORK"))}, ("held", "work_address")),
    (
        "test_email_several",
        {"email_addresses": addresses(("b@initech.test", "work"), ("b@home.test", "Personal"))},
        ("waiting", None),
    ),
    (
        "test_email_equals_an_interviewers",
        {"email_addresses": addresses(("b@home.test", "personal"), ("OMAR@acme.test", "work"))},
        ("none", "nobody_met"),
    ),
    ("test_no_mail_wished", {"can_email": False}, ("none", "no_mail_wished")),
    ("test_private_candidate", {"is_private": True}, ("held", "private_candidate")),
]


@pytest.mark.parametrize(("over", "standing"), [row[1:] for row in CANDIDATES], ids=[row[0] for row in CANDIDATES])
async def test_candidate_record_decides_offer(
    sqlite_url: str, tmp_path: Path, over: dict[str, Any], standing: tuple[str, str | None]
) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        await ats.put(a_snapshot(candidate=a_candidate(**over)))
        assert await ats.standing() == standing


async def test_internal_applicant_is_held(sqlite_url: str, tmp_path: Path) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        people = [{"email": "omar@acme.test"}, {"email": "ben.ode@acme.test"}]
        own = addresses(("ben.ode@acme.test", "work"), ("b@home.test", "personal"))
        await ats.put(
            a_snapshot(candidate=a_candidate(email_addresses=own), interviews=[an_interview(interviewers=people)])
        )
        assert await ats.standing() == ("held", "internal_applicant")
        # Nobody is asked for feedback about themselves.
        assert await asked(ats) == ["omar@acme.test"]


APPLICATIONS: list[tuple[str, dict[str, Any], tuple[str, str | None]]] = [
    ("test_prospect", {"application": an_application(is_prospect=True)}, ("none", "prospect")),
    (
        "test_withdrew",
        {"application": an_application(reject_reason={"kind": "CANDIDATE"})},
        ("none", "withdrew"),
    ),
    (
        "test_rejected_unclear",
        {"application": an_application(reject_reason={"kind": "UNKNOWN"})},
        ("held", "unclear_rejection"),
    ),
    (
        "test_rejected_for_a_kind_that_nobody_knows",
        {"application": an_application(reject_reason={"kind": "COMPUTER"})},
        ("held", "unclear_rejection"),
    ),
    ("test_confidential_job", {"job": {"remote_id": "j", "confidential": True}}, ("held", "confidential_job")),
    ("test_no_interviews", {"interviews": []}, ("none", "nobody_met")),
    ("test_interview_cancelled", {"interviews": [an_interview(status="CANCELLED")]}, ("none", "nobody_met")),
    ("test_interview_status_unknown", {"interviews": [an_interview(status="IN_SPACE")]}, ("held", "unclear_interview")),
]


@pytest.mark.parametrize(("over", "standing"), [row[1:] for row in APPLICATIONS], ids=[row[0] for row in APPLICATIONS])
async def test_application_record_decides_offer(
    sqlite_url: str, tmp_path: Path, over: dict[str, Any], standing: tuple[str, str | None]
) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        assert (await ats.put(a_snapshot(**over))).status_code == 201
        assert await ats.standing() == standing


PEOPLE: list[tuple[str, list[dict[str, Any]]]] = [
    ("test_declined", [{"email": "lin@acme.test", "response_status": "Declined"}]),
    ("test_shadow", [{"email": "lin@acme.test", "role": "SHADOW"}]),
    ("test_interviewer_disabled", [{"email": "lin@acme.test", "disabled": True}]),
    ("test_interviewer_without_email", [{"remote_id": "7", "first_name": "Lin"}]),
    ("test_shared_mailbox", [{"email": "panel@acme.test"}]),
    ("test_interviewer_repeated", [{"email": "OMAR@ACME.test"}]),
    ("test_interviewer_is_also_the_candidate", [{"email": "ben@example.test"}]),
]


@pytest.mark.parametrize("people", [row[1] for row in PEOPLE], ids=[row[0] for row in PEOPLE])
async def test_interviewers_who_are_not_asked(sqlite_url: str, tmp_path: Path, people: list[dict[str, Any]]) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        omar = an_interview()["interviewers"]
        await ats.put(a_snapshot(interviews=[an_interview(interviewers=omar + people)]))
        assert await asked(ats) == ["omar@acme.test"]


async def test_external_interviewer_is_asked(sqlite_url: str, tmp_path: Path) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        await ats.put(a_snapshot(interviews=[an_interview(interviewers=[{"email": "lin@elsewhere.test"}])]))
        assert await asked(ats) == ["lin@elsewhere.test"]


async def test_offer_waits_until_candidate_is_notified(sqlite_url: str, tmp_path: Path) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        await ats.put(a_snapshot(application=an_application(candidate_notified_at=at(50))))
        row = await ats.row()
        assert row is not None
        assert row.due_at == int(START.timestamp()) + 50 * 3600


async def test_interview_is_cancelled_by_id_alone(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        await ats.put(a_snapshot())
        assert (await ats.ask("DELETE", "/interviews/i1")).status_code == 204
        assert (await ats.ask("DELETE", "/interviews/i1")).status_code == 204
        assert (await ats.ask("DELETE", "/interviews/nobody-knows-it")).status_code == 204
        assert await ats.standing() == ("none", "nobody_met")


async def test_interview_may_precede_its_application(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        early = {**an_interview(), "application_remote_id": "a1"}
        del early["remote_id"]
        assert (await ats.ask("PUT", "/interviews/i1", early)).status_code == 200
        await ats.put(a_snapshot(interviews=None, interviews_complete=None))
        assert await ats.standing() == ("waiting", None)
        older = {**early, "remote_updated_at": at(1)}
        assert (await ats.ask("PUT", "/interviews/i1", older)).json()["code"] == "stale_update"


async def test_complete_list_drops_other_interviews(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        await ats.put(a_snapshot(interviews=[an_interview(), an_interview(remote_id="i2")]))
        await ats.put(
            a_snapshot(
                application=an_application(hours=30),
                interviews=[an_interview(remote_id="i3", remote_updated_at=at(29))],
            )
            | {"interviews_complete": False}
        )
        assert [one.remote_id for one in (await ats.dossier()).interviews] == ["i1", "i2", "i3"]
        await ats.put(a_snapshot(application=an_application(hours=31)))
        assert [one.remote_id for one in (await ats.dossier()).interviews] == ["i1"]


@pytest.mark.parametrize(
    "over",
    [
        {"start_at": "2026-11-17", "end_at": None},
        {"start_at": "2026-11-17", "end_at": "2026-11-17", "all_day": True},
        {"start_at": "2026-11-17T00:00:00-08:00", "end_at": None, "all_day": True},
    ],
)
async def test_all_day_interview_lasts_in_employers_time_zone(
    sqlite_url: str, tmp_path: Path, over: dict[str, Any]
) -> None:
    async with acme(sqlite_url, tmp_path, timezone="America/Los_Angeles") as ats:
        assert (await ats.put(a_snapshot(interviews=[an_interview(**over)]))).status_code == 201
        known = (await ats.dossier()).interviews[0]
        assert known.start_at == datetime(2026, 11, 17, 8, tzinfo=UTC)
        assert known.end_at == datetime(2026, 11, 18, 7, 59, 59, tzinfo=UTC)
