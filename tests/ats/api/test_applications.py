"""Snapshot routes of the neutral contract: storage, refusals and responses."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from app.accounts.rules import Scope
from app.sealing.keystore import Purpose
from tests.support.app import an_app
from tests.support.neutral_ats import a_candidate, a_snapshot, acme, an_application, an_interview, at, connect


async def test_rejection_waits_for_hold(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        first = await ats.put(a_snapshot())
        assert first.status_code == 201, first.text
        assert first.json()["outcome"] == "accepted"
        assert first.json()["dropped_fields"] == []
        row = await ats.row()
        assert row is not None
        assert (row.offer, row.reason, row.status) == ("waiting", None, "rejected")
        assert row.due_at == int((await ats.dossier()).application.rejected_at.timestamp()) + 72 * 3600  # type: ignore[union-attr]
        known = await ats.dossier()
        assert known.candidate is not None
        assert (known.candidate.name, known.candidate.addresses[0].value) == ("Ben Ode", "ben@example.test")


async def test_repeated_snapshot_changes_nothing(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        new = await ats.put(a_snapshot())
        again = await ats.put(a_snapshot())
        assert again.status_code == 200
        assert again.json() == {**new.json(), "outcome": "duplicate"}


async def test_older_snapshot_is_stale(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        await ats.put(a_snapshot())
        answer = await ats.put({"application": an_application("ACTIVE", hours=3)})
        assert (answer.status_code, answer.json()["code"]) == (409, "stale_update")
        assert await ats.standing() == ("waiting", None)


async def test_simultaneous_first_snapshots_create_one_row(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        answers = await asyncio.gather(*(ats.put(a_snapshot()) for _ in range(8)))
        assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
        assert len({answer.json()["application_id"] for answer in answers}) == 1
        # Nobody would ever destroy a key of its own.
        assert len([name for name in await ats.ctx.keys.names() if name.purpose is Purpose.APPLICATION]) == 1


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (a_snapshot(application=None), "/application", "required"),
        (a_snapshot(application=an_application("ON_FIRE")), "/application/status", "unknown_code"),
        (a_snapshot(application=an_application(remote_id="a2")), "/application/remote_id", "other_id"),
        (a_snapshot(candidate=a_candidate(remote_id="")), "/candidate/remote_id", "too_short"),
        (a_snapshot(candidate=a_candidate(remote_id="b/n")), "/candidate/remote_id", "invalid_id"),
        (a_snapshot(interviews=[an_interview(remote_id="..")]), "/interviews/0/remote_id", "invalid_id"),
        # An unreadable flag must not count as its opposite.
        (a_snapshot(candidate=a_candidate(can_email="rather not")), "/candidate/can_email", "wrong_type"),
        (a_snapshot(candidate=a_candidate(email_addresses="none")), "/candidate/email_addresses", "wrong_type"),
        (a_snapshot(candidate=a_candidate(remote_id=7)), "/candidate/remote_id", "wrong_type"),
    ],
)
async def test_invalid_snapshot_names_pointer_and_code(
    sqlite_url: str, tmp_path: Path, body: dict[str, Any], pointer: str, code: str
) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        answer = await ats.put(body)
        assert answer.status_code == 422, answer.text
        assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [(pointer, code)]
        assert "home" not in answer.text
        assert await ats.row() is None


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b'{"application": {"status": "active", "status": "hired"}}', 400, "duplicate_member"),
        (b'{"application": {"status": "\xff"}}', 400, "malformed_json"),
        (b'{"application": {"status": "active"}, "x": ' + b"9" * 300 + b"}", 201, None),
        (b'{"application": {"status": "active"}, "x": ' + b"9" * 9000 + b"}", 400, "malformed_json"),
        (b'{"x": "' + b"a" * (256 * 1024) + b'"}', 413, "too_large"),
        (b'{"application": {"status": "active"}, "x": "' + b"a" * (200 * 1024) + b'"}', 201, None),
    ],
    ids=["a key twice", "not UTF-8", "a huge number", "a monstrous number", "over 256 KiB", "200 KiB"],
)
async def test_body_at_limit_has_its_status(
    sqlite_url: str, tmp_path: Path, raw: bytes, status: int, code: str | None
) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        answer = await ats.ask("PUT", "/applications/a1", raw=raw)
        assert answer.status_code == status, answer.text
        assert answer.json().get("code") == code


async def test_wrong_content_type_answers_415(sqlite_url: str, tmp_path: Path) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        answer = await ats.app.client.put(
            "/v1/ats/applications/a1", content=b"status=active", headers={"Authorization": f"Bearer {ats.key}"}
        )
        assert answer.status_code == 415


@pytest.mark.parametrize(
    "interviews",
    [
        [an_interview(remote_id=f"i{number}") for number in range(51)],
        [an_interview(interviewers=[{"email": f"p{number}@acme.test"} for number in range(31)])],
    ],
    ids=["interviews", "interviewers"],
)
async def test_too_many_interviews_are_refused(
    sqlite_url: str, tmp_path: Path, interviews: list[dict[str, Any]]
) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        answer = await ats.put(a_snapshot(interviews=interviews))
        assert (answer.status_code, [one["code"] for one in answer.json()["errors"]]) == (422, ["too_many"])
        assert await ats.row() is None


async def test_dropped_fields_are_named_without_their_values(sqlite_url: str, tmp_path: Path) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        candidate = a_candidate(custom_fields={"salary": "canary"}, photo_url="canary", **{"canary value!": 1})
        answer = await ats.put(a_snapshot(candidate=candidate, eeoc={"race": "canary"}))
        assert answer.json()["dropped_fields"] == [
            "candidate.?",
            "candidate.custom_fields",
            "candidate.photo_url",
            "eeoc",
        ]
        assert "canary" not in answer.text


async def test_empty_value_counts_as_missing(sqlite_url: str, tmp_path: Path) -> None:
    empty = {"locale": "", "can_email": "", "is_private": " ", "name": "", "remote_updated_at": ""}
    omar = {"remote_id": "", "name": "Omar Haddad", "email": "omar@acme.test", "role": "", "response_status": ""}
    lin = {"remote_id": "7", "email": ""}
    met = an_interview(end_at="", all_day="", job_interview_stage="", interviewers=[omar, lin])
    job = {"remote_id": "j1", "name": "", "hiring_managers": ""}
    stands = an_application(candidate_notified_at="", current_stage={"remote_id": "", "name": ""}, reject_reason="")
    async with acme(sqlite_url, tmp_path) as ats:
        answer = await ats.put(
            a_snapshot(candidate=a_candidate(**empty), job=job, application=stands, interviews=[met])
        )
        assert (answer.status_code, answer.json().get("dropped_fields")) == (201, []), answer.text
        assert await ats.standing() == ("waiting", None)


async def test_invalid_optional_value_is_dropped_and_named(sqlite_url: str, tmp_path: Path) -> None:
    people = [{"email": "omar@acme.test"}, {"name": "x" * 300, "email": "lin at bücher"}]
    met = an_interview(start_at="yesterday", end_at="2026-13-01", interviewers=people)
    told = a_candidate(email_addresses=[{"value": "ben at home"}, {"value": "<Ben@bücher.example>,"}], locale=7)
    stands = an_application(rejected_at="2026-11-16T09:00:00")
    async with acme(sqlite_url, tmp_path) as ats:
        answer = await ats.put(a_snapshot(candidate=told, application=stands, interviews=[met]))
        assert answer.status_code == 201, answer.text
        assert answer.json()["dropped_fields"] == [
            "application.rejected_at",
            "candidate.email_addresses.value",
            "candidate.locale",
            "interviews.end_at",
            "interviews.interviewers.email",
            "interviews.interviewers.name",
            "interviews.start_at",
        ]
        assert "home" not in answer.text
        candidate = (await ats.dossier()).candidate
        assert candidate is not None
        assert [one.value for one in candidate.addresses] == ["ben@xn--bcher-kva.example"]
        assert await ats.standing() == ("waiting", None)


async def test_snapshot_without_valid_address_awaits_contact(sqlite_url: str, tmp_path: Path) -> None:
    told = a_candidate(email_addresses=[{"value": "bücher@example.test"}, {"value": "a,b@example.test"}])
    async with acme(sqlite_url, tmp_path) as ats:
        assert (await ats.put(a_snapshot(candidate=told))).status_code == 201
        assert await ats.standing() == ("none", "awaiting_contact")


async def test_lone_surrogate_loses_no_rejection(sqlite_url: str, tmp_path: Path) -> None:
    body = a_snapshot(candidate=a_candidate(name="Ben\x00 Ode\ud83d"), custom={"text": "\udc00"})
    async with acme(sqlite_url, tmp_path) as ats:
        answer = await ats.put(body)
        assert answer.status_code == 201, answer.text
        candidate = (await ats.dossier()).candidate
        assert candidate is not None
        assert candidate.name == "Ben Ode"


async def test_each_route_needs_its_scope(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        reader = await connect(app, [Scope.REQUESTS_READ])
        writer = await connect(app, [Scope.REQUESTS_WRITE])
        wrong = [
            await reader.put(a_snapshot()),
            await reader.ask("PUT", "/interviews/i1", {"application_remote_id": "a1"}),
            await reader.ask("DELETE", "/interviews/i1"),
            await reader.ask("POST", "/applications/a1/release"),
            await reader.ask("POST", "/candidates/ben/erasure", {}),
            await reader.ask("POST", "/candidates/ben/merge", {"into_remote_id": "b"}),
            await writer.ask("POST", "/events", {"id": "e", "type": "ping", "occurred_at": at()}),
            await writer.ask("GET", "/applications"),
        ]
        assert [(answer.status_code, answer.json()["code"]) for answer in wrong] == [(403, "scope_missing")] * 8


async def test_another_connection_sees_and_changes_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        one, other = await connect(app), await connect(app)
        await one.put(a_snapshot())
        assert (await other.ask("GET", "/applications")).json()["data"] == []
        assert (await other.ask("POST", "/applications/a1/release")).status_code == 404
        assert (await other.ask("DELETE", "/interviews/i1")).status_code == 204
        assert (await other.ask("POST", "/candidates/ben/erasure", {})).status_code == 202
        assert await one.standing() == ("waiting", None)


@pytest.mark.parametrize("written", ["%00", "%20", "a%0Ab", "a" * 256])
async def test_invalid_id_answers_404(postgresql_url: str, tmp_path: Path, written: str) -> None:
    async with acme(postgresql_url, tmp_path) as ats:
        answers = [
            await ats.ask("PUT", f"/applications/{written}", {"application": {"status": "active"}}),
            await ats.ask("DELETE", f"/interviews/{written}"),
            await ats.ask("GET", f"/applications/{written}/feedback-status"),
        ]
        assert [answer.status_code for answer in answers] == [404] * 3


async def test_applications_are_listed_in_pages(sqlite_url: str, tmp_path: Path) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        for number in range(3):
            await ats.put(a_snapshot(application=an_application(remote_id=f"a{number}")), f"a{number}")
        first = (await ats.ask("GET", "/applications?limit=2")).json()
        rest = (await ats.ask("GET", f"/applications?limit=2&cursor={first['next_cursor']}")).json()
        assert [one["remote_id"] for one in first["data"] + rest["data"]] == ["a0", "a1", "a2"]
        assert rest["next_cursor"] is None
        assert first["data"][0] == {"remote_id": "a0", "status": "rejected", "offer": "waiting", "reason": None}


async def test_held_offer_is_released_by_a_person(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        await ats.put(a_snapshot(candidate=a_candidate(is_private=True)))
        assert await ats.standing() == ("held", "private_candidate")
        let_go = await ats.ask("POST", "/applications/a1/release")
        assert (let_go.status_code, let_go.json()["offer"]) == (200, "waiting")
        # Later snapshots do not hold it again, unless the rejection is taken back.
        await ats.put({"application": an_application(hours=25)})
        row = await ats.row()
        assert row is not None
        assert (row.offer, row.due_at) == ("waiting", int(ats.app.clock.now().timestamp()))
        await ats.put({"application": an_application("ACTIVE", hours=26)})
        assert await ats.standing() == ("none", "not_rejected")
        assert (await ats.ask("POST", "/applications/a1/release")).json()["code"] == "not_held"
        assert (await ats.ask("POST", "/applications/a9/release")).status_code == 404
