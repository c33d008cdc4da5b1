"""`/metrics`: for the operator alone, and without a number that changes when somebody answers."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest
import structlog

from app.background import keep_ticking
from app.core.errors import Unavailable
from app.operation.metrics import ServiceMetrics
from app.sealing.keystore import KeyName, Purpose
from tests.pages.browsing import Browser, read
from tests.support.app import NOON, Running, codes, nonce, raise_request, round_id, send
from tests.vocabulary.builders import a_sealed_answer


async def scrape(app: Running) -> str:
    key = app.settings.operator_key.get_secret_value()
    response = await app.client.get("/metrics", headers={"Authorization": f"Bearer {key}"})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return response.text


@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer do_x", "Bearer {key}x", "Basic {key}", "{key}"])
async def test_only_the_operator_reads_metrics(app: Running, given: str | None) -> None:
    key = app.settings.operator_key.get_secret_value()
    headers = {} if given is None else {"Authorization": given.format(key=key)}
    response = await app.client.get("/metrics", headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, "operator_key_needed")
    assert key not in response.text


async def test_requests_are_counted_by_route_never_by_path(app: Running) -> None:
    raised = await raise_request(app.client)
    await app.client.get(f"/v1/feedback-requests/{raised['id']}")
    await app.client.get("/somewhere/else")
    await app.client.request("BREW", "/v1/feedback-requests")
    text = await scrape(app)
    assert 'debrief_requests_total{method="POST",route="/v1/feedback-requests",status="201"} 1\n' in text
    assert 'route="/v1/feedback-requests/{request_id}",status="401"} 1\n' in text
    assert f"process_start_time_seconds {int(NOON.timestamp())}\n" in text
    assert raised["id"] not in text
    assert "else" not in text
    assert "BREW" not in text
    assert text == await scrape(app)


async def test_nothing_moves_when_somebody_answers(app: Running) -> None:
    raised = await raise_request(app.client)
    round_, (omar, lin, cleo) = round_id(raised), codes(raised)
    before = await scrape(app)
    for path in ("form", "preview"):
        await app.client.post(f"/v1/rounds/{round_}/{path}", json={"code": omar, "answer": {}})
    assert (await send(app.client, round_, omar, a_sealed_answer())).status_code == 201
    assert (await send(app.client, round_, lin, {})).status_code == 422
    assert (await send(app.client, round_, nonce(), a_sealed_answer())).status_code in {404, 422}
    declined = {"code": cleo, "nonce": nonce(), "reason": "no_time", "understood": True}
    assert (await app.client.post(f"/v1/rounds/{round_}/declines", json=declined)).status_code == 201
    for path in ("/v1/vocabulary", "/static/app.css", f"/r/{round_}"):
        await app.client.get(path)
    assert await scrape(app) == before


async def test_pages_that_an_answering_page_links_to_are_neither_counted_nor_logged(app: Running) -> None:
    raised = await raise_request(app.client)
    form = f"/r/{round_id(raised)}"
    before = await scrape(app)
    page = await Browser(app.client, form).open()
    answering = await Browser(app.client, form).post([("code", codes(raised)[0])])
    linked = {link for link in [*page.links, *read(answering).links] if link.startswith("/")}
    assert {"/docs", "/for-employers"} <= linked
    # What these load or link to in turn, and where a client of a blind round looks.
    linked |= {"/", "/openapi.json", "/docs/integrating", "/v1/published-keys", f"/v1/rounds/{round_id(raised)}/key"}
    with structlog.testing.capture_logs() as lines:
        for path in sorted(linked):
            assert (await app.client.get(path)).status_code in {200, 404}, path
    assert lines == []
    assert await scrape(app) == before


async def test_failure_on_anonymous_path_is_counted_once(app: Running) -> None:
    raised = await raise_request(app.client)
    round_, (omar, *_) = round_id(raised), codes(raised)
    assert "debrief_anonymous_5xx_total 0\n" in await scrape(app)
    await app.ctx.keys.discard(KeyName(Purpose.ROUND, UUID(round_)))
    assert (await send(app.client, round_, omar, a_sealed_answer())).status_code == 503
    text = await scrape(app)
    assert "debrief_anonymous_5xx_total 1\n" in text
    assert "/v1/rounds" not in text


async def test_tick_reports_its_day_and_unreadable_rounds(app: Running) -> None:
    raised = await raise_request(app.client)
    metrics = ServiceMetrics(NOON)
    await app.ctx.keys.discard(KeyName(Purpose.ROUND, UUID(round_id(raised))))
    ticking = asyncio.create_task(keep_ticking(app.ctx, metrics))
    while "tick_last" not in (text := await metrics.text()):  # noqa: ASYNC110  # It is a number to be read, no event.
        await asyncio.sleep(0.02)
    ticking.cancel()
    with suppress(asyncio.CancelledError):
        await ticking
    midnight = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp())
    assert f"debrief_tick_last_success_day_seconds {midnight}\n" in text
    assert "debrief_rounds_unreadable 1\n" in text
    assert "debrief_ticks_failed_total 0\n" in text


async def test_outbox_metrics_are_left_out_while_the_database_is_down() -> None:
    working = True

    async def states() -> Mapping[str, int]:
        if not working:
            raise Unavailable("database_unavailable", "…")
        return {"waiting": 3, "dead": 1}

    metrics = ServiceMetrics(NOON, outbox_states=states)
    assert 'debrief_outbox_rows{state="dead"} 1\n' in await metrics.text()
    working = False
    assert "outbox" not in await metrics.text()


async def test_service_without_operator_key_shows_no_metrics(app: Running) -> None:
    assert app.settings.operator_key.get_secret_value()
    response = await httpx.AsyncClient(transport=app.client._transport, base_url="http://test").get(
        "/metrics", headers={"Authorization": "Bearer "}
    )
    assert response.status_code == 401
