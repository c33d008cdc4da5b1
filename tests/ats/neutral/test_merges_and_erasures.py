"""Merges and erasures of the neutral contract: no late message restores anything."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.applications import erasure
from app.applications.models import ApplicationRow, InboundRow, InterviewRow, MergedRow
from app.sealing.keystore import KeyStore, Purpose
from tests.support.app import dump, follow, tick
from tests.support.neutral_ats import Acme, a_candidate, a_snapshot, acme, an_application, an_event, an_interview, at

GONE: list[tuple[str, str, dict[str, Any] | None]] = [
    ("POST", "/candidates/ben/erasure", {}),
    ("POST", "/candidates/ben/erasure", {"mode": "anonymize", "fields": ["full_name"]}),
    ("POST", "/events", an_event("gone", "candidate.deleted", {"candidate": {"remote_id": "ben"}}, 30)),
    ("POST", "/events", an_event("gone", "candidate.anonymized", {"candidate": {"remote_id": "ben"}}, 30)),
    ("POST", "/events", an_event("gone", "application.deleted", {"application": {"remote_id": "a1"}}, 30)),
]


class _Crash(Exception):
    """Simulated power failure."""


class _Unplugged:
    """A key store that is unreachable."""

    def __getattr__(self, name: str) -> Any:
        raise _Crash


async def left_of(ats: Acme, *, soon: bool = True) -> tuple[int, int, int]:
    """Return the number of applications, interviews and application keys, now or after pending jobs."""
    if soon:
        await follow(ats.app)

    def count(session: Session) -> tuple[int, int]:
        return len(session.scalars(select(ApplicationRow)).all()), len(session.scalars(select(InterviewRow)).all())

    keys = [name for name in await ats.ctx.keys.names() if name.purpose is Purpose.APPLICATION]
    return (*await ats.ctx.db.read(count), len(keys))


@pytest.mark.parametrize(("method", "path", "body"), GONE, ids=["erasure", "anonymise", "deleted", "anonymized", "one"])
async def test_late_event_does_not_restore_erased_candidate(
    database_url: str, tmp_path: Path, method: str, path: str, body: dict[str, Any]
) -> None:
    async with acme(database_url, tmp_path) as ats:
        await ats.tell(an_event("e1", "application.rejected", a_snapshot()))
        assert await left_of(ats) == (1, 1, 1)
        assert (await ats.ask(method, path, body)).status_code == 202
        assert await left_of(ats) == (0, 0, 0)
        late = [
            await ats.put(a_snapshot()),
            await ats.tell(an_event("e2", "application.rejected", a_snapshot(), 40)),
            await ats.tell(an_event("e2", "application.rejected", a_snapshot(), 40)),
            await ats.ask("PUT", "/interviews/i9", {"application_remote_id": "a1", "status": "SCHEDULED"}),
        ]
        assert [(one.status_code, one.json()["code"]) for one in late] == [(410, "erased")] * 4
        assert await left_of(ats) == (0, 0, 0)

        def named(session: Session) -> list[str | None]:
            return list(session.scalars(select(InboundRow.application_remote_id)))

        assert set(await ats.ctx.db.read(named)) == {None}


async def test_repeated_erasure_has_same_id(sqlite_url: str, tmp_path: Path) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        await ats.put(a_snapshot())
        first = await ats.ask("POST", "/candidates/ben/erasure", {})
        again = await ats.ask("POST", "/candidates/ben/erasure", {})
        assert first.json() == again.json()
        other = await ats.ask("POST", "/candidates/cleo/erasure", {})
        assert other.json() != first.json()


async def test_deleting_application_keeps_the_other(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        other = an_interview(remote_id="i2", interviewers=[{"email": "lin@acme.test"}])
        await ats.put(a_snapshot())
        await ats.put(a_snapshot(application=an_application(remote_id="a2"), interviews=[other]), "a2")
        people = [
            [person.email for one in (await ats.dossier(remote_id)).interviews for person in one.interviewers]
            for remote_id in ("a1", "a2")
        ]
        assert people == [["omar@acme.test"], ["lin@acme.test"]]
        # One application is deleted: the other stays.
        await ats.tell(an_event("gone", "application.deleted", {"application": {"remote_id": "a2"}}, 30))
        assert await ats.standing() == ("waiting", None)


@pytest.mark.parametrize("first", ["merge", "tell"])
async def test_merge_moves_applications_and_late_events(database_url: str, tmp_path: Path, first: str) -> None:
    async with acme(database_url, tmp_path) as ats:
        data = {"candidate": {"remote_id": "ben"}, "into_remote_id": "benjamin"}
        merge = an_event("m", "candidate.merged", data, 30)
        if first == "merge":
            await ats.tell(merge)
        await ats.put(a_snapshot())
        await ats.tell(merge)
        row = await ats.row()
        assert row is not None
        assert row.candidate_remote_id == "benjamin"
        # A late event about the losing record applies to the winner; a late deletion of the loser is ignored.
        await ats.put(a_snapshot(candidate=a_candidate(remote_updated_at=at(40))))
        row = await ats.row()
        assert row is not None
        assert row.candidate_remote_id == "benjamin"
        left_over = an_event("d", "candidate.deleted", {"candidate": {"remote_id": "ben"}}, 41)
        assert (await ats.tell(left_over)).json()["outcome"] == "ignored"
        assert await ats.standing() == ("waiting", None)
        # Erasing either record erases the person.
        await ats.ask("POST", "/candidates/ben/erasure", {})
        assert (await left_of(ats))[0] == 0
        assert (await ats.put(a_snapshot())).status_code == 410


async def test_merge_answers_its_conflicts(sqlite_url: str, tmp_path: Path) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        await ats.put(a_snapshot())
        merge = "/candidates/ben/merge"
        answers = [
            await ats.ask("POST", "/candidates/nobody/merge", {"into_remote_id": "ben"}),
            await ats.ask("POST", merge, {"into_remote_id": "ben"}),
            await ats.ask("POST", merge, {"into_remote_id": "benjamin"}),
            await ats.ask("POST", merge, {"into_remote_id": "benjamin"}),
            await ats.ask("POST", merge, {"into_remote_id": "cleo"}),
            await ats.ask("POST", "/candidates/benjamin/merge", {"into_remote_id": "ben"}),
        ]
        assert [one.status_code for one in answers] == [404, 409, 200, 200, 409, 409]
        assert answers[2].json() == {"into_remote_id": "benjamin", "applications": 1}


async def test_tick_finishes_interrupted_erasure(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        await ats.put(a_snapshot())

        # The first transaction is stored, and none of the following.
        with pytest.raises(_Crash):
            await erasure.erase_candidate(replace(ats.ctx, keys=cast(KeyStore, _Unplugged())), ats.connection_id, "ben")
        assert await left_of(ats, soon=False) == (1, 0, 1)
        assert (await ats.ask("PUT", "/applications/a1", a_snapshot())).status_code == 410
        await tick(ats.app)
        assert await left_of(ats) == (0, 0, 0)
        assert (await ats.put(a_snapshot())).status_code == 410


async def test_erased_candidate_is_erased_again_after_restore(sqlite_url: str, tmp_path: Path) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        await ats.put(a_snapshot())
        row = await ats.row()
        assert row is not None
        kept = {column.name: getattr(row, column.name) for column in ApplicationRow.__table__.columns}
        await ats.ask("POST", "/candidates/ben/erasure", {})
        await follow(ats.app)

        def restore(session: Session) -> None:
            session.add(ApplicationRow(**kept))
            session.execute(text("DELETE FROM ats_tombstones"))

        await ats.ctx.db.write(restore)
        await tick(ats.app)
        assert await left_of(ats) == (0, 0, 0)
        assert (await ats.put(a_snapshot())).status_code == 410


async def test_application_is_erased_after_a_year(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        await ats.put(a_snapshot(application=an_application("HIRED")))
        ats.app.clock.advance(days=364)
        await tick(ats.app)
        assert (await left_of(ats))[0] == 1
        ats.app.clock.advance(days=1)
        await tick(ats.app)
        assert await left_of(ats) == (0, 0, 0)


async def test_merge_is_remembered_while_its_applications_exist(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:

        async def merged() -> list[str]:
            await tick(ats.app)
            return await ats.app.ctx.db.read(
                lambda session: list(session.scalars(select(MergedRow.remote_id).order_by(MergedRow.remote_id)))
            )

        unnamed = an_application("ACTIVE", remote_id=None)
        await ats.put(a_snapshot(candidate=a_candidate(remote_id="ben-1"), application=unnamed), "of-ben")
        told = [("ben-1", "ben-2"), ("dan-1", "dan-2"), ("ben-2", "ben-3")]
        for number, (loser, winner) in enumerate(told):
            data = {"candidate": {"remote_id": loser}, "into_remote_id": winner}
            assert (await ats.tell(an_event(f"m-{number}", "candidate.merged", data, 30))).status_code == 202
        assert await merged() == ["ben-1", "ben-2", "dan-1"]
        # Debrief has nothing of Dan, but a late message may use his former id.
        ats.app.clock.advance(days=300)
        late = a_snapshot(candidate=a_candidate(remote_id="ben-1"), application=unnamed)
        await ats.put(late, "of-ben-too")
        ats.app.clock.advance(days=101)
        assert await merged() == ["ben-1", "ben-2"]
        # A year after the last message, Ben's applications are erased, and then the record of his merge.
        ats.app.clock.advance(days=300)
        assert await merged() == []


async def test_erased_merge_is_named_nowhere(database_url: str, tmp_path: Path) -> None:
    unnamed = an_application(remote_id=None)
    async with acme(database_url, tmp_path) as ats:
        for loser in ("ben-1", "ben-2"):
            await ats.put(a_snapshot(candidate=a_candidate(remote_id=loser), application=unnamed), f"of-{loser[-1]}")
        for loser, winner in (("ben-1", "ben-2"), ("ben-2", "ben-3")):
            merged = await ats.ask("POST", f"/candidates/{loser}/merge", {"into_remote_id": winner})
            assert merged.status_code == 200
        assert (await ats.ask("POST", "/candidates/ben-3/erasure", {})).status_code == 202
        assert "ben-" not in str(await dump(ats.app))
        late = [
            await ats.put(a_snapshot(candidate=a_candidate(remote_id=who), application=unnamed), "new")
            for who in ("ben-1", "ben-2")
        ]
        assert [one.status_code for one in late] == [410, 410]
