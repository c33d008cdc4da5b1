"""What comes back from a backup, and what is missing: nothing sealed is ever shown twice, or brought back to life."""

import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.requests import lifecycle
from app.rounds.rules import RoundState
from app.sealing.keystore import FileKeyStore, KeyName, Purpose
from tests.faults.storage import as_bytes, dump, sqlite_files, sqlite_path
from tests.support.app import Running, an_app, as_candidate, codes, raise_request, read_feedback, round_id, send, tick
from tests.vocabulary.builders import a_sealed_answer


def _path(url: str) -> Path:
    path = sqlite_path(url)
    assert path is not None
    return path


def _back_up(url: str, to: Path) -> None:
    """Copy a database that is in use, as an operator would: with SQLite's own backup."""
    with sqlite3.connect(_path(url)) as source, sqlite3.connect(to) as copy:
        source.backup(copy)
    source.close()
    copy.close()


def _restore(url: str, copy: Path) -> None:
    for name in sqlite_files(_path(url)):
        (_path(url).parent / name).unlink()
    shutil.copyfile(copy, _path(url))


async def _answered(app: Running, answers: int = 3) -> dict[str, Any]:
    raised = await raise_request(app.client)
    for number, code in enumerate(codes(raised)[:answers]):
        answer = a_sealed_answer(advice=f"word {number}", if_too_few="release" if answers < 3 else "withhold")
        assert (await send(app.client, round_id(raised), code, answer)).status_code == 201
    return raised


async def _form(app: Running, raised: dict[str, Any]) -> int:
    body = {"code": codes(raised)[0]}
    return (await app.client.post(f"/v1/rounds/{round_id(raised)}/form", json=body)).status_code


@pytest.mark.parametrize("end", ["release", "withdraw", "erase"])
@pytest.mark.parametrize("answers", [3, 2], ids=["all answered", "too few"])
async def test_a_restored_round_is_dead(sqlite_url: str, tmp_path: Path, end: str, answers: int) -> None:
    copy = tmp_path / "backup.sqlite3"
    async with an_app(sqlite_url, tmp_path) as app:
        raised = await _answered(app, answers)
        _back_up(sqlite_url, copy)
        await _end(app, raised, end)
    _restore(sqlite_url, copy)

    async with an_app(sqlite_url, tmp_path) as app:
        # The day of the backup, the day after, and long after: neither a link nor a tick wakes it up.
        assert await _form(app, raised) == 410
        sent = await send(app.client, round_id(raised), codes(raised)[2], a_sealed_answer())
        assert sent.status_code == 410
        ended = []
        for _ in range(3):
            app.clock.advance(days=5)
            report = await tick(app)
            assert report.unreadable == []
            ended += list(report.ended)
        assert await _form(app, raised) == 410
        stored = await dump(sqlite_url)
        if end == "erase":
            # Of the whole request nothing is left, a second time: the round had no end of its own.
            assert (ended, stored["feedback_requests"], stored["rounds"]) == ([], [], [])
            path = f"/v1/feedback-requests/{raised['id']}"
            assert (await app.client.get(path, headers=as_candidate(raised))).status_code == 404
        else:
            assert ended == [RoundState.ERASED]
            (shown,) = (await read_feedback(app.client, raised))["rounds"]
            assert shown["state"] == "erased"
            assert "answers" not in shown
        assert (stored["answers"], stored["boxes"]) == ([], [])
        assert await app.ctx.keys.find(KeyName(Purpose.ROUND, UUID(round_id(raised)))) is None


async def _end(app: Running, raised: dict[str, Any], end: str) -> None:
    path = f"/v1/feedback-requests/{raised['id']}"
    if end == "release":
        app.clock.advance(days=8)
        report = await tick(app)
        assert report.ended == {RoundState.RELEASED: 1}
        app.clock.advance(days=-8)
    elif end == "withdraw":
        assert (await app.client.post(f"{path}/withdrawal", headers=as_candidate(raised))).status_code == 204
    else:
        assert (await app.client.delete(path, headers=as_candidate(raised))).status_code == 204


async def test_a_copied_round_can_be_read_by_nobody(sqlite_url: str, tmp_path: Path) -> None:
    """The thief has the backup from before the release and everything that is there after it."""
    copy = tmp_path / "backup.sqlite3"
    async with an_app(sqlite_url, tmp_path) as app:
        raised = await _answered(app)
        _back_up(sqlite_url, copy)
        key = await app.ctx.keys.find(KeyName(Purpose.ROUND, UUID(round_id(raised))))
        assert key is not None
        await _end(app, raised, "release")
        left = [path.read_bytes() for path in (app.settings.data_dir / "keys").rglob("*") if path.is_file()]
    assert left
    assert not any(key in content for content in left)
    assert key not in as_bytes(await dump(sqlite_url)) + as_bytes(await dump(f"sqlite:///{copy}"))
    assert b"word 1" not in as_bytes(await dump(f"sqlite:///{copy}"))


async def test_a_restored_erasure_leaves_no_byte(sqlite_url: str, tmp_path: Path) -> None:
    """The backup is from after the release, when names and words stood there in clear."""
    copy = tmp_path / "backup" / "copy.sqlite3"
    copy.parent.mkdir()
    marks = [f"canary{uuid4().hex}".encode() for _ in range(3)]
    name, company, note = (mark.decode() for mark in marks)
    async with an_app(sqlite_url, tmp_path) as app:
        raised = await raise_request(app.client, candidate={"name": name}, company=company)
        for code in codes(raised):
            assert (await send(app.client, round_id(raised), code, a_sealed_answer(advice=note))).status_code == 201
        await _end(app, raised, "release")
        kept = await raise_request(app.client)
        _back_up(sqlite_url, copy)
        await _end(app, raised, "erase")
    _restore(sqlite_url, copy)
    assert all(mark in _path(sqlite_url).read_bytes() for mark in marks)

    async with an_app(sqlite_url, tmp_path) as app:
        report = await tick(app)
        assert (report.ended, report.unreadable) == ({}, [])
        stored = await dump(sqlite_url)
        assert (len(stored["feedback_requests"]), len(stored["rounds"]), stored["answers"]) == (1, 1, [])
        # The neighbour lives on.
        assert await _form(app, kept) == 200
        assert await _form(app, raised) == 410
        left = sqlite_files(_path(sqlite_url))
        assert len(left) > 1
        assert [place for place, content in left.items() for mark in marks if mark in content] == []


async def test_a_backup_of_an_erasure_under_way_is_erased_to_its_end(sqlite_url: str, tmp_path: Path) -> None:
    copy = tmp_path / "backup.sqlite3"
    async with an_app(sqlite_url, tmp_path) as app:
        raised = await _answered(app)
        await app.ctx.db.write(lifecycle.begin_erasure, UUID(raised["id"]))
        _back_up(sqlite_url, copy)
        await tick(app)
    _restore(sqlite_url, copy)

    async with an_app(sqlite_url, tmp_path) as app:
        assert await _form(app, raised) == 410
        await tick(app)
        stored = await dump(sqlite_url)
        assert {table for table, rows in stored.items() if rows} <= {"ticks", "alembic_version"}
        assert await app.ctx.keys.names() == []


async def test_what_a_crash_left_of_a_new_key_dies_with_it(tmp_path: Path) -> None:
    store = FileKeyStore(tmp_path)
    name = KeyName(Purpose.ROUND, UUID(int=1))
    key = await store.create(name)
    # A crash between making the key's name and removing its draft.
    os.link(tmp_path / str(name), tmp_path / ".draft")
    await store.destroy(name)
    assert not any(key in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.parametrize("content", [None, bytes(32), b"", b"short"], ids=["missing", "zeros", "empty", "cut off"])
async def test_a_lost_key_is_reported_and_holds_up_nobody(
    database_url: str, tmp_path: Path, content: bytes | None
) -> None:
    async with an_app(database_url, tmp_path) as app:
        several = [await _answered(app) for _ in range(3)]
        lost = several[1]
        key = app.settings.data_dir / "keys" / str(KeyName(Purpose.ROUND, UUID(round_id(lost))))
        kept = key.read_bytes()
        if content is None:
            key.unlink()
        else:
            key.write_bytes(content)

        assert await _form(app, lost) == 503
        refused = await send(app.client, round_id(lost), codes(lost)[0], a_sealed_answer())
        assert (refused.status_code, refused.headers["content-type"]) == (503, "application/problem+json")
        assert refused.headers["retry-after"]
        assert (await app.client.get("/readyz")).status_code == 200

        app.clock.advance(days=8)
        for _ in range(2):
            report = await tick(app)
            assert report.unreadable == [UUID(round_id(lost))]
        states = [(await read_feedback(app.client, raised))["state"] for raised in several]
        assert states == ["released", "collecting", "released"]
        # Never a new key in its place.
        assert (key.read_bytes() if key.exists() else None) == content

        # The operator finds the key again, and nothing was lost.
        key.write_bytes(kept)
        assert (await tick(app)).ended == {RoundState.RELEASED: 1}
        assert len((await read_feedback(app.client, lost))["rounds"][0]["answers"]) == 3
