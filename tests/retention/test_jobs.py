"""Expiry of requests a year after their last round, and renewed erasure after a restored backup."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from app.composition import build_context, close
from app.core import keyset
from app.core.db import Database
from app.core.tokens import digest
from app.jobs import run_tick
from app.requests import lifecycle
from app.retention import jobs
from app.sealing.keystore import KeyName, KeyStore, Purpose
from tests.faults.ports import Crash, Fuse, crashing
from tests.support.app import (
    ADA,
    OMAR,
    FixedClock,
    Running,
    an_app,
    as_candidate,
    codes,
    dump,
    manager_code,
    nonce,
    raise_request,
    read_feedback,
    round_id,
    send,
    tick,
)
from tests.vocabulary.builders import a_sealed_answer, a_signed_answer

DAY_OF_NOON = date(2026, 11, 20)


@pytest.fixture
async def app(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """The application on an empty database, at noon of 20 November 2026."""
    async with an_app(database_url, tmp_path) as running:
        yield running


async def _is_there(app: Running, raised: dict[str, Any]) -> bool:
    path = f"/v1/feedback-requests/{raised['id']}"
    status = (await app.client.get(path, headers=as_candidate(raised))).status_code
    assert status in (200, 404)
    return status == 200


async def _pass_to(app: Running, day: date) -> None:
    app.clock.at = datetime.combine(day, app.clock.at.timetz())
    await tick(app)


async def _released(app: Running, **over: Any) -> dict[str, Any]:
    raised = await raise_request(app.client, **over)
    for code in codes(raised):
        assert (await send(app.client, round_id(raised), code, a_sealed_answer(advice="a canary"))).status_code == 201
    return raised


async def _end(app: Running, how: str) -> tuple[dict[str, Any], date]:
    """Let a request end in one of the ways, each on a day of its own; return it, and the day from which it counts."""
    if how == "released":
        raised = await _released(app)
        await _pass_to(app, DAY_OF_NOON + timedelta(days=8))
        assert (await read_feedback(app.client, raised))["state"] == "released"
        return raised, DAY_OF_NOON + timedelta(days=8)
    if how == "withheld":
        raised = await raise_request(app.client)
        await _pass_to(app, DAY_OF_NOON + timedelta(days=8))
        assert (await read_feedback(app.client, raised))["state"] == "withheld"
        return raised, DAY_OF_NOON + timedelta(days=7)
    if how == "withdrawn":
        raised = await raise_request(app.client)
        path = f"/v1/feedback-requests/{raised['id']}/withdrawal"
        assert (await app.client.post(path, headers=as_candidate(raised))).status_code == 204
        return raised, DAY_OF_NOON + timedelta(days=7)
    if how == "answered late, for the team":
        raised = await raise_request(app.client, invitees=[OMAR], manager=ADA)
        assert (await send(app.client, round_id(raised), codes(raised)[0], a_signed_answer())).status_code == 201
        await _pass_to(app, DAY_OF_NOON + timedelta(days=40))
        team = {
            "code": manager_code(raised),
            "nonce": nonce(),
            "answer": {"reasons": [{"code": "not_about_you"}], "signature": "The hiring team at Acme"},
            "understood": True,
            "stage": "after_references",
        }
        answered = await app.client.post(f"/v1/manager/{raised['id']}/team-answers", json=team)
        assert answered.status_code == 201
        await _pass_to(app, DAY_OF_NOON + timedelta(days=41))
        return raised, DAY_OF_NOON + timedelta(days=41)
    raised = await raise_request(app.client, invitees=None, manager=ADA)
    return raised, DAY_OF_NOON


@pytest.mark.parametrize(
    "how", ["released", "withheld", "withdrawn", "answered late, for the team", "never asked anybody"]
)
async def test_a_year_after_the_end_nothing_is_left(app: Running, how: str) -> None:
    raised, ended_on = await _end(app, how)

    await _pass_to(app, ended_on + timedelta(days=364))
    assert await _is_there(app, raised)
    await _pass_to(app, ended_on + timedelta(days=365))

    assert not await _is_there(app, raised)
    stored = await dump(app)
    assert {table for table, rows in stored.items() if rows} == {"ticks"}
    assert await app.ctx.keys.names() == []


async def test_a_request_of_today_outlives_one_of_last_year(app: Running) -> None:
    old = await _released(app)
    await _pass_to(app, DAY_OF_NOON + timedelta(days=8))
    app.clock.advance(days=364)
    young = await raise_request(app.client)
    before = {name: rows for name, rows in (await dump(app)).items() if name in ("feedback_requests", "boxes")}

    await _pass_to(app, DAY_OF_NOON + timedelta(days=8 + 365))

    assert (await _is_there(app, old), await _is_there(app, young)) == (False, True)
    after = await dump(app)
    assert [row for row in before["feedback_requests"] if old["id"] not in row] == after["feedback_requests"]
    assert before["boxes"] == after["boxes"]
    form = await app.client.post(f"/v1/rounds/{round_id(young)}/form", json={"code": codes(young)[0]})
    assert form.status_code == 200


async def test_a_round_that_was_due_a_year_ago_is_released_before_it_is_counted(app: Running) -> None:
    """The service was off for long; nobody must lose what they have never been shown."""
    raised = await _released(app)

    await _pass_to(app, DAY_OF_NOON + timedelta(days=500))

    shown = await read_feedback(app.client, raised)
    assert (shown["state"], len(shown["rounds"][0]["answers"])) == ("released", 3)


async def test_a_round_without_its_key_is_not_kept_for_ever(app: Running) -> None:
    raised = await _released(app)
    await app.ctx.keys.discard(KeyName(Purpose.ROUND, UUID(round_id(raised))))
    await _pass_to(app, DAY_OF_NOON + timedelta(days=30))
    assert await _is_there(app, raised)

    await _pass_to(app, DAY_OF_NOON + timedelta(days=7 + 365))

    assert not await _is_there(app, raised)


async def test_request_with_a_new_round_is_kept(app: Running) -> None:
    """Between looking and erasing, another host may have opened a round."""
    raised = await raise_request(app.client)
    assert await app.ctx.db.write(jobs._begin_expiry, UUID(raised["id"]), DAY_OF_NOON + timedelta(days=371)) == []
    assert await _is_there(app, raised)


async def test_a_crash_at_any_step_leaves_nothing_behind_for_long(app: Running) -> None:
    step = 0
    burnt = True
    while burnt:
        step += 1
        raised = await raise_request(app.client)
        app.clock.advance(days=8)
        await tick(app)
        app.clock.advance(days=365)
        fuse = Fuse(step)
        with suppress(Crash):
            await jobs.expire(*crashing_ports(app, fuse), app.clock.now().date())
        burnt = fuse.burnt
        await tick(app)
        assert not await _is_there(app, raised)
        stored = await dump(app)
        assert {table for table, rows in stored.items() if rows} == {"ticks"}
        assert await app.ctx.keys.names() == []
        assert await app.ctx.keys.is_destroyed(KeyName(Purpose.ERASURE, UUID(raised["id"])))
    assert step > 15


def crashing_ports(app: Running, fuse: Fuse) -> tuple[Database, KeyStore]:
    """Return the doors of the application, connected to `fuse`."""
    ctx = crashing(app.ctx, fuse)
    return ctx.db, ctx.keys


async def test_a_restored_erasure_that_crashes_is_erased_by_the_next_tick(app: Running) -> None:
    step = 0
    burnt = True
    while burnt:
        step += 1
        raised = await raise_request(app.client)
        # As a backup shows it: the row is back, and the note is there.
        await app.ctx.keys.destroy(KeyName(Purpose.ERASURE, UUID(raised["id"])))
        fuse = Fuse(step)
        with suppress(Crash):
            await jobs.erase_again(*crashing_ports(app, fuse))
        burnt = fuse.burnt
        await tick(app)
        assert not await _is_there(app, raised)
        assert await app.ctx.keys.names() == []
    assert step > 10


async def test_ticks_side_by_side_erase_once(app: Running) -> None:
    raised = [await _released(app) for _ in range(3)]
    for days in (8, 40, 8 + 364):
        await _pass_to(app, DAY_OF_NOON + timedelta(days=days))
    app.clock.advance(days=1)
    other = build_context(app.settings, clock=FixedClock(app.clock.at))

    # As a host of its own would: another connection to the database, another look into the key store.
    reports = await asyncio.gather(*(run_tick(to, app.clock.now()) for to in (app.ctx, other) * 3))

    await close(other)
    assert all(report.unreadable == [] for report in reports)
    assert [await _is_there(app, one) for one in raised] == [False] * 3
    stored = await dump(app)
    assert {table for table, rows in stored.items() if rows} == {"ticks"}
    assert await app.ctx.keys.names() == []


async def test_note_of_an_erasure_is_a_name_without_a_date(app: Running) -> None:
    raised = await _released(app)
    await lifecycle.erase(app.ctx.db, app.ctx.keys, UUID(raised["id"]), digest(raised["manage_token"]))

    (notes,) = (app.settings.data_dir / "keys" / "destroyed").iterdir()

    request, asked = UUID(raised["id"]).hex, UUID(round_id(raised)).hex
    expected = {f"erasure-{request}", f"request-{request}", f"round-{asked}", f"dialogue-{asked}"}
    assert notes.read_text().split() == sorted(expected)
    assert notes.stat().st_mtime == 0


async def test_only_erased_requests_are_erased_again(app: Running) -> None:
    """A withdrawal destroys the key of the request, too; what was shown before stays."""
    raised = await _released(app, manager=ADA)
    await _pass_to(app, DAY_OF_NOON + timedelta(days=8))
    path = f"/v1/feedback-requests/{raised['id']}/withdrawal"
    assert (await app.client.post(path, headers=as_candidate(raised))).status_code == 204

    await _pass_to(app, DAY_OF_NOON + timedelta(days=9))

    assert len((await read_feedback(app.client, raised))["rounds"][0]["answers"]) == 3


async def test_many_restored_requests_are_found_in_all_batches(app: Running) -> None:
    erased = [await raise_request(app.client) for _ in range(keyset.BATCH // 10)]
    for one in erased:
        await app.ctx.keys.destroy(KeyName(Purpose.ERASURE, UUID(one["id"])))
    kept = await raise_request(app.client)

    def find_in_threes(session: Session, after: UUID | None) -> list[UUID]:
        return jobs._find_all(session, after)[:3]

    found = [request_id async for request_id in keyset.each(lambda after: app.ctx.db.read(find_in_threes, after))]
    assert found == sorted(UUID(one["id"]) for one in [*erased, kept])
    await tick(app)
    assert [await _is_there(app, one) for one in [*erased, kept]] == [False] * len(erased) + [True]
