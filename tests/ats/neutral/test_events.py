"""Events of the neutral contract: the effect of each, deduplication and order."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applications.models import InboundRow
from app.delivery.webhooks import signature
from tests.support.app import tick
from tests.support.neutral_ats import Acme, a_candidate, a_snapshot, acme, an_application, an_event, an_interview, at


def bare(status: str | None = None) -> dict[str, Any]:
    """Return data that names the application and leaves the status to the event type."""
    return {"application": {"remote_id": "a1", **({"status": status} if status else {})}}


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application.created", "active"),
        ("application.stage_changed", "active"),
        ("application.rejected", "rejected"),
        ("APPLICATION.Rejected", "rejected"),
        ("application.unrejected", "active"),
        ("application.withdrawn", "withdrawn"),
        ("application.hired", "hired"),
        ("application.unhired", "active"),
    ],
)
async def test_event_type_implies_status(sqlite_url: str, tmp_path: Path, kind: str, status: str) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        answer = await ats.tell(an_event("e1", kind, bare()))
        assert answer.status_code == 202, answer.text
        row = await ats.row()
        assert row is not None
        assert row.status == status
        assert answer.json() == {
            "event_id": "e1",
            "outcome": "accepted",
            "application_id": f"app_{row.id.hex}",
            "dropped_fields": [],
            "request_id": answer.json()["request_id"],
        }


async def test_events_lead_to_offer(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        told = [
            an_event("e1", "application.created", {**bare(), "candidate": a_candidate()}, 0),
            an_event("e2", "interview.scheduled", {**bare(), "interviews": [an_interview(status="SCHEDULED")]}, 1),
            an_event("e3", "interview.completed", {"interviews": [an_interview(remote_updated_at=at(3))]}, 3),
            an_event("e4", "application.rejected", {"application": an_application()}, 24),
        ]
        for event in told:
            assert (await ats.tell(event)).json()["outcome"] == "accepted"
        assert await ats.standing() == ("waiting", None)
        cancelled = {"interviews": [{"remote_id": "i1"}]}
        assert (await ats.tell(an_event("e5", "interview.cancelled", cancelled, 25))).json()["outcome"] == "accepted"
        assert await ats.standing() == ("none", "nobody_met")


async def test_repeated_delivery_changes_nothing(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        event = an_event("e1", "application.rejected", a_snapshot())
        assert (await ats.tell(event)).json()["outcome"] == "accepted"
        again = await ats.tell(event)
        assert (again.status_code, again.json()["outcome"]) == (202, "duplicate")


async def test_same_id_with_other_body_is_another_message(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        await ats.tell(an_event("e1", "application.rejected", a_snapshot()))
        other = await ats.tell(an_event("e1", "application.hired", bare(), 30))
        assert (other.status_code, other.json()["code"]) == (409, "event_id_reused")
        assert await ats.standing() == ("waiting", None)


async def test_same_fact_under_another_id_changes_nothing(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        await ats.tell(an_event("e1", "application.rejected", a_snapshot()))
        again = await ats.tell(an_event("e2", "application.rejected", a_snapshot()))
        assert (again.status_code, again.json()["outcome"]) == (202, "duplicate")


async def test_older_event_that_arrives_late_changes_nothing(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        await ats.tell(an_event("e2", "application.unrejected", {**a_snapshot(), **bare("ACTIVE")}, 30))
        late = await ats.tell(an_event("e1", "application.rejected", bare("REJECTED"), 24))
        assert (late.status_code, late.json()["outcome"]) == (202, "stale")
        assert await ats.standing() == ("none", "not_rejected")


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("application.promoted", bare()),
        ("application.stage_changed", bare("ON_FIRE")),
        ("user.disabled", {"user": {"remote_id": "4080"}}),
        ("user.promoted", {"user": {"remote_id": "4080"}}),
        ("interview.cancelled", {"interviews": [{"remote_id": "unknown"}]}),
        ("candidate.updated", {"candidate": a_candidate()}),
    ],
)
async def test_unknown_code_or_event_is_ignored(
    sqlite_url: str, tmp_path: Path, kind: str, data: dict[str, Any]
) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        answer = await ats.tell(an_event("e1", kind, data))
        assert (answer.status_code, answer.json()["outcome"]) == (202, "ignored")
        assert await ats.row() is None


async def test_ping_stores_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        answer = await ats.tell(an_event("e1", "ping"))
        assert (answer.status_code, answer.json()["outcome"]) == (202, "accepted")
        assert await ats.ctx.db.read(lambda session: session.scalars(select(InboundRow)).all()) == []


async def test_event_from_the_future_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        now = ats.app.clock.now()
        for minutes, status in ((5, 202), (6, 422)):
            event = {**an_event("e1", "ping"), "occurred_at": (now + timedelta(minutes=minutes)).isoformat()}
            assert (await ats.tell(event)).status_code == status


async def signed(ats: Acme, event: dict[str, Any], secret: str, connection: Any = None) -> tuple[int, str]:
    """Send an event with a signature and no key."""
    raw = json.dumps(event).encode()
    headers = signature.signed_headers([secret], event["id"], ats.app.clock.now(), raw)
    answer = await ats.app.client.post(
        f"/v1/hooks/neutral/{connection or ats.connection_id}",
        content=raw,
        headers={**headers, "Content-Type": "application/json"},
    )
    return answer.status_code, answer.json().get("outcome") or answer.json()["code"]


async def test_signed_event_needs_no_key(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        event = an_event("e1", "application.rejected", a_snapshot())
        assert await signed(ats, event, signature.new_secret()) == (401, "bad_signature")
        assert await signed(ats, event, ats.secret, uuid4()) == (404, "unknown_connection")
        assert await ats.row() is None
        assert await signed(ats, event, ats.secret) == (202, "accepted")
        # The same event with the same bytes is a repetition, on either route.
        again = await ats.ask("POST", "/events", raw=json.dumps(event).encode())
        assert again.json()["outcome"] == "duplicate"


async def test_candidate_or_job_event_applies_to_all_applications(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        for remote_id in ("a1", "a2"):
            await ats.put(a_snapshot(application=an_application(remote_id=remote_id)), remote_id)
        job = {"job": {"remote_id": "j1", "confidential": True, "remote_updated_at": at(30)}}
        await ats.tell(an_event("e1", "job.updated", job, 30))
        assert [await ats.standing(one) for one in ("a1", "a2")] == [("held", "confidential_job")] * 2
        candidate = a_candidate(can_email=False, remote_updated_at=at(31))
        await ats.tell(an_event("e2", "candidate.updated", {"candidate": candidate}, 31))
        assert [await ats.standing(one) for one in ("a1", "a2")] == [("none", "no_mail_wished")] * 2


@pytest.mark.parametrize("user", [{"remote_id": "4080"}, {"email": "OMAR@acme.test"}])
async def test_former_employee_is_not_asked(database_url: str, tmp_path: Path, user: dict[str, str]) -> None:
    async with acme(database_url, tmp_path) as ats:
        await ats.put(a_snapshot())
        told = an_event("e1", "user.disabled", {"user": user}, 30)
        assert (await ats.tell(told)).json()["outcome"] == "accepted"
        assert await ats.standing() == ("none", "nobody_met")
        # A repeated old snapshot does not restore them; a newer one does.
        await ats.put(a_snapshot())
        assert await ats.standing() == ("none", "nobody_met")
        await ats.put(a_snapshot(interviews=[an_interview(remote_updated_at=at(40))]))
        assert await ats.standing() == ("waiting", None)


@pytest.mark.parametrize(
    ("kind", "pointer"),
    [
        ("application.rejected", "/data/application/remote_id"),
        ("application.deleted", "/data/application/remote_id"),
        ("interview.updated", "/data/interviews"),
        ("candidate.deleted", "/data/candidate/remote_id"),
        ("candidate.merged", "/data/candidate/remote_id"),
        ("candidate.updated", "/data/candidate/remote_id"),
        ("job.closed", "/data/job/remote_id"),
        ("user.disabled", "/data/user/remote_id"),
    ],
)
async def test_event_without_its_subject_is_refused(sqlite_url: str, tmp_path: Path, kind: str, pointer: str) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        answer = await ats.tell(an_event("e1", kind))
        assert answer.status_code == 422
        assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
        # A refused event is not logged: a corrected one may have the same id.
        assert await ats.ctx.db.read(lambda session: session.scalars(select(InboundRow)).all()) == []


async def test_log_is_purged_after_two_weeks_and_still_deduplicates(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        event = an_event("e1", "application.created", bare())
        await ats.tell(event)
        ats.app.clock.advance(days=15)
        await tick(ats.app)

        def read(session: Session) -> InboundRow:
            return session.scalars(select(InboundRow)).one()

        row = await ats.ctx.db.read(read)
        assert (row.event_type, row.application_remote_id, row.outcome) == (None, None, None)
        assert (await ats.tell(event)).json()["outcome"] == "duplicate"
