"""Summaries are drawn once: later changes and concurrent ticks do not change them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from app.applications import summary
from app.applications.models import ApplicationRow, SummaryRow
from app.applications.summary_rules import MIN_OFFERS_PER_JOB
from app.core import keyset
from app.rounds.rules import RoundState
from app.vocabulary.codes import About
from tests.applications.closed_offers import a_doubt, close_offers
from tests.support.app import Running, an_app, dump, follow, tick
from tests.support.ats import Connected, a_connection

Q3, Q4 = date(2026, 7, 1), date(2026, 10, 1)
AUGUST = date(2026, 8, 3)
MOTIVATION = About.ROLE_MOTIVATION
NAMING = [[a_doubt(MOTIVATION)], []]
SILENT: list[list[dict[str, str]]] = [[], []]
# More than the largest noise, so that a count stays above zero.
SOME = 30


@pytest.fixture
async def app(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """The application on an empty database, on 20 November 2026: the third quarter has ended."""
    async with an_app(database_url, tmp_path) as running:
        yield running


def offers(count: int, name: str = "a", **over: Any) -> list[dict[str, Any]]:
    return [{"remote_id": f"{name}{number}", "closes_on": AUGUST, "answers": NAMING, **over} for number in range(count)]


async def asked(app: Running, connected: Connected, query: str = "") -> tuple[int, bytes]:
    response = await app.client.get(f"/v1/ats/feedback-summary{query}", headers=connected.headers)
    return response.status_code, response.content


async def numbers(app: Running) -> list[str]:
    return (await dump(app))["ats_summaries"]


async def cells(app: Running, connected: Connected) -> dict[tuple[date, str], SummaryRow]:
    """Return the stored cells of a connection."""

    def read(session: Session) -> dict[tuple[date, str], SummaryRow]:
        found = session.scalars(select(SummaryRow).where(SummaryRow.connection_id == UUID(connected.id)))
        return {(row.quarter, row.job_remote_id): row for row in found}

    return await app.ctx.db.read(read)


async def test_nothing_that_is_erased_moves_a_number(app: Running) -> None:
    """Neither one by one nor all at once: the numbers are those of the day of the draw."""
    connected = await a_connection(app)
    await close_offers(app, connected.id, [*offers(SOME), *offers(3, "quiet", answers=SILENT)])
    await tick(app)
    before = await asked(app, connected)
    assert before[0] == 200
    stored = await numbers(app)
    for number in range(SOME):
        path = f"/v1/ats/candidates/candidate of a{number}/erasure"
        erased = await app.client.post(path, json={"mode": "delete"}, headers=connected.headers)
        assert erased.status_code == 202
        if number % 10 == 0:
            await tick(app)
        assert await asked(app, connected) == before
    await follow(app)
    left = await app.ctx.db.read(lambda session: len(session.scalars(select(ApplicationRow)).all()))
    assert left == 3
    app.clock.advance(days=30)
    await tick(app)
    assert await asked(app, connected, "?until=2026-09-30") == before
    assert await numbers(app) == stored


async def test_late_answers_change_no_number(app: Running) -> None:
    connected = await a_connection(app)
    await close_offers(app, connected.id, offers(SOME))
    await tick(app)
    before = await numbers(app)
    await close_offers(app, connected.id, offers(SOME, "late"))
    await tick(app)
    assert await numbers(app) == before


async def test_only_released_answers_count_once_per_candidate(app: Running) -> None:
    connected = await a_connection(app)
    others = [
        *offers(SOME, "few", answers=[[a_doubt(About.PROBLEM_SOLVING)]]),
        *offers(SOME, "open", answers=[[a_doubt(About.PROBLEM_SOLVING)]] * 2, state=RoundState.COLLECTING),
        *offers(SOME, "asked", answers=[[a_doubt(About.COLLABORATION, asked="asked_directly")]] * 2),
        *offers(5, "none", answers=[]),
    ]
    await close_offers(app, connected.id, [*offers(SOME), *others])
    await tick(app)
    row = (await cells(app, connected))[(Q3, "")]
    assert row.offers == len(others) + SOME
    assert set(row.never_asked) == set(About)
    assert {about: count for about, count in row.never_asked.items() if count} == {
        MOTIVATION: row.never_asked[MOTIVATION]
    }
    # The noise is at most fourteen if a job has a hundred offers, else eight.
    assert SOME - 14 <= row.never_asked[MOTIVATION] <= SOME
    assert 2 * SOME - 14 <= row.candidates <= 2 * SOME


async def test_job_with_many_offers_has_its_own_summary(app: Running) -> None:
    connected = await a_connection(app)
    await close_offers(
        app, connected.id, [*offers(MIN_OFFERS_PER_JOB), *offers(MIN_OFFERS_PER_JOB - 1, "b", job="j2", answers=SILENT)]
    )
    await tick(app)
    found = await cells(app, connected)
    assert set(found) == {(Q3, ""), (Q3, "j1")}
    assert (found[(Q3, "j1")].offers, found[(Q3, "")].offers) == (100, 199)
    assert MIN_OFFERS_PER_JOB - 14 <= found[(Q3, "j1")].candidates <= MIN_OFFERS_PER_JOB
    status, content = await asked(app, connected, "?job_remote_id=j1")
    assert status == 200
    assert b'"role_motivation"' in content
    assert (await asked(app, connected, "?job_remote_id=j2"))[0] == 403


async def test_only_past_quarters_with_offers_are_drawn(app: Running) -> None:
    connected = await a_connection(app)
    other = await a_connection(app)
    await close_offers(app, connected.id, offers(SOME, closes_on=Q4))
    await tick(app)
    assert await numbers(app) == []
    await close_offers(app, connected.id, offers(1, "last", closes_on=Q4 - timedelta(days=1)))
    await close_offers(app, other.id, offers(1, "first", closes_on=date(2026, 1, 1)))
    await tick(app)
    assert set(await cells(app, connected)) == {(Q3, "")}
    assert set(await cells(app, other)) == {(date(2026, 1, 1), "")}
    app.clock.advance(days=42)
    await tick(app)
    assert set(await cells(app, connected)) == {(Q3, ""), (Q4, "")}


async def test_each_connection_has_its_own_summary(app: Running) -> None:
    connected, other = await a_connection(app), await a_connection(app)
    await close_offers(app, connected.id, offers(SOME))
    await close_offers(app, other.id, offers(2))
    await tick(app)
    assert (await asked(app, connected))[0] == 200
    assert (await asked(app, other))[0] == 403
    assert (await cells(app, other))[(Q3, "")].offers == 2


async def test_two_ticks_at_once_draw_once(app: Running) -> None:
    connected = await a_connection(app)
    await close_offers(app, connected.id, offers(MIN_OFFERS_PER_JOB))
    today = app.clock.now().date()
    with capture_logs() as logs:
        await asyncio.gather(*[summary.draw_due(app.ctx, today) for _ in range(5)])
    assert [one for one in logs if one["log_level"] == "error"] == []
    drawn = await numbers(app)
    assert len(drawn) == 2
    await asyncio.gather(*[summary.draw_due(app.ctx, today) for _ in range(5)])
    assert await numbers(app) == drawn


async def test_failed_draw_is_repeated_as_a_whole(app: Running) -> None:
    connected = await a_connection(app)
    await close_offers(app, connected.id, offers(MIN_OFFERS_PER_JOB))
    # This row makes the insert of the second cell fail.
    obstacle = SummaryRow(
        connection_id=UUID(connected.id), quarter=Q3, job_remote_id="j1", offers=0, candidates=0, never_asked={}
    )
    await app.ctx.db.write(lambda session: session.add(obstacle))
    with capture_logs() as logs:
        await tick(app)
    assert [one["event"] for one in logs if one["log_level"] == "error"] == ["unfinished"]
    assert set(await cells(app, connected)) == {(Q3, "j1")}
    await app.ctx.db.write(lambda session: session.execute(delete(SummaryRow)))
    await tick(app)
    assert set(await cells(app, connected)) == {(Q3, ""), (Q3, "j1")}


async def test_failed_draw_does_not_stop_other_connections(app: Running) -> None:
    broken, connected = await a_connection(app), await a_connection(app)
    for one in (broken, connected):
        await close_offers(app, one.id, offers(MIN_OFFERS_PER_JOB))
    obstacle = SummaryRow(
        connection_id=UUID(broken.id), quarter=Q3, job_remote_id="j1", offers=0, candidates=0, never_asked={}
    )
    await app.ctx.db.write(lambda session: session.add(obstacle))
    with capture_logs():
        await tick(app)
    assert set(await cells(app, connected)) == {(Q3, ""), (Q3, "j1")}


async def test_time_travel_redraws_test_connections_only(app: Running) -> None:
    trial, real = await a_connection(app, is_test=True), await a_connection(app)
    for one in (trial, real):
        await close_offers(app, one.id, offers(SOME))
    await tick(app)
    assert set(await cells(app, trial)) == {(Q3, "")}
    before = [row for row in await numbers(app) if real.id in row]
    moved = await app.client.post("/v1/test-clock", json={"hours": 24 * 60}, headers=trial.headers)
    assert moved.status_code == 200
    # The quarters of the new date are drawn.
    assert set(await cells(app, trial)) == {(date(2026, 4, 1), "")}
    assert [row for row in await numbers(app) if real.id in row] == before != []


async def test_numbers_of_a_real_connection_are_never_deleted(app: Running) -> None:
    connected = await a_connection(app)
    await close_offers(app, connected.id, offers(SOME))
    await tick(app)
    before = await numbers(app)
    await app.ctx.db.write(summary.delete_test_summaries, UUID(connected.id))
    assert await numbers(app) == before != []


async def test_quarter_larger_than_a_batch_is_counted_completely(app: Running) -> None:
    connected = await a_connection(app)
    await close_offers(app, connected.id, offers(2 * keyset.BATCH + 3, answers=SILENT))
    await tick(app)
    row = (await cells(app, connected))[(Q3, "")]
    assert row.offers == 2 * keyset.BATCH + 3
    assert row.offers - 14 <= row.candidates <= row.offers


async def test_summary_leaves_out_subjects_newer_than_the_draw(app: Running) -> None:
    connected = await a_connection(app)
    row = SummaryRow(
        connection_id=UUID(connected.id),
        quarter=Q3,
        job_remote_id="",
        offers=20,
        candidates=12,
        never_asked={MOTIVATION: 4},
    )
    await app.ctx.db.write(lambda session: session.add(row))
    response = await app.client.get("/v1/ats/feedback-summary", headers=connected.headers)
    assert response.json() == {
        "first_day": "2025-10-01",
        "last_day": "2026-09-30",
        "job_remote_id": None,
        "offers": 20,
        "candidates": 10,
        "never_asked": [{"about": "role_motivation", "at_least": 3}],
    }


async def test_one_tick_draws_a_limited_number_of_quarters(app: Running) -> None:
    """All connections have their quarters on the same days."""
    connected = await a_connection(app)
    days = [date(2025 + month // 12, month % 12 + 1, 5) for month in range(0, 21, 3)]
    for number, day in enumerate(days):
        await close_offers(app, connected.id, offers(1, f"{number}-", closes_on=day))
    found = await app.ctx.db.read(summary.find_undrawn, Q4, None, most=3)
    assert len(found) == 3
    await tick(app)
    assert len(await cells(app, connected)) == len(days)
    assert await app.ctx.db.read(summary.find_undrawn, Q4, None) == []
