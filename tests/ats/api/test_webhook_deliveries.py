"""Deliveries to webhook endpoints, and the log of them, over HTTP."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import structlog
from sqlalchemy.orm import Session

from app.accounts.rules import Scope
from app.delivery.webhooks.models import DeliveryState, EndpointRow, EndpointState
from app.delivery.webhooks.signature import Verdict, verify
from tests.delivery.webhooks.receiving import (
    a_connection,
    a_receiver,
    an_endpoint,
    announce,
    deliver,
    deliveries_of,
    says,
)
from tests.support.app import Running, dump, tick
from tests.support.neutral_ats import a_snapshot, acme
from tests.support.webhook_endpoints import ENDPOINTS, Caller, a_key


@pytest.fixture
async def call(app: Running) -> Caller:
    connection_id = await a_connection(app)
    return Caller(app, connection_id, await a_key(app, connection_id, Scope.WEBHOOKS_MANAGE))


async def test_test_event_is_delivered_and_logged(app: Running, call: Caller) -> None:
    async with a_receiver() as receiver:
        made = await call.made(url=receiver.url)
        sent = await call("POST", f"/{made['id']}/test")
        assert sent.status_code == 202
        await deliver(app)
    taken = receiver.taken[0]
    assert json.loads(taken.body) == {
        "type": "ping",
        "timestamp": "2026-11-20",
        "data": {"connection_id": str(call.connection_id), "endpoint_id": made["id"]},
    }
    assert verify([made["secret"]], taken.headers, taken.body, app.clock.now()) is Verdict.GOOD
    (logged,) = (await call("GET", f"/{made['id']}/deliveries")).json()["data"]
    assert logged == {
        "id": sent.json()["id"],
        "message_id": taken.headers["webhook-id"],
        "event_type": "ping",
        "event_on": "2026-11-20",
        "state": "delivered",
        "attempts": 1,
        "next_try_at": None,
        "last_status": 204,
        "last_error": None,
    }


async def test_delivery_log_contains_nothing_of_an_answer(
    app: Running, call: Caller, capfd: pytest.CaptureFixture[str]
) -> None:
    canary = b"canary-of-an-answer"
    there = says(500, "X-Thing: canary-of-a-header", "Location: https://canary-of-a-place.example/", body=canary)
    with structlog.testing.capture_logs() as logged:
        async with a_receiver(there) as receiver:
            made = await call.made(url=f"{receiver.url}?canary-of-a-url")
            await announce(app, call.connection_id)
            await deliver(app)
    assert len(receiver.taken) == 1
    shown = (await call("GET", f"/{made['id']}/deliveries")).text
    told = shown + repr(logged) + "".join(capfd.readouterr())
    assert "canary" not in told
    assert made["secret"] not in told
    assert "canary-of-a-header" not in json.dumps(await dump(app))
    assert "canary-of-an-answer" not in json.dumps(await dump(app))


async def test_deliveries_are_listed_in_pages_latest_first(app: Running, call: Caller) -> None:
    made = await call.made()
    for _ in range(3):
        for _ in range(2):
            await announce(app, call.connection_id)
        app.clock.advance(days=1)
    found: list[dict[str, Any]] = []
    path = f"/{made['id']}/deliveries?limit=2&state=waiting"
    while path:
        page = await call("GET", path)
        found += page.json()["data"]
        path = page.links.get("next", {}).get("url", "").removeprefix(ENDPOINTS)
    assert [one["event_on"] for one in found] == ["2026-11-22"] * 2 + ["2026-11-21"] * 2 + ["2026-11-20"] * 2
    assert len({one["id"] for one in found}) == 6
    cursor = (await call("GET", f"/{made['id']}/deliveries?limit=2")).json()["next_cursor"]
    for wrong in (f"?state=failed&cursor={cursor}", "?state=nothing"):
        assert (await call("GET", f"/{made['id']}/deliveries{wrong}")).status_code == 422
    other = await call.made()
    assert (await call("GET", f"/{other['id']}/deliveries?cursor={cursor}")).status_code == 422


async def test_one_delivery_or_range_of_days_is_redelivered(app: Running, call: Caller) -> None:
    async with a_receiver(says(500)) as receiver:
        made = await call.made(url=receiver.url)
        path = f"/{made['id']}"
        for _ in range(3):
            await announce(app, call.connection_id)
            app.clock.advance(days=1)
            for _ in range(9):
                app.clock.advance(hours=15)
                await deliver(app)
        days = sorted(row.event_on.isoformat() for row in await deliveries_of(app))
        assert {row.state for row in await deliveries_of(app)} == {DeliveryState.FAILED}
        receiver.behaviour = says(200)
        receiver.taken.clear()
        await call("POST", f"{path}/enable")
        (one,) = [row for row in await deliveries_of(app) if row.event_on.isoformat() == days[0]]
        again = await call("POST", f"{path}/deliveries/{one.id}/redelivery")
        assert (again.status_code, again.json()["state"]) == (202, "waiting")
        await deliver(app)
        assert [taken.headers["webhook-id"] for taken in receiver.taken] == [one.message_id]
        # Only the failed deliveries of the range.
        begun = await call("POST", f"{path}/redeliveries", {"since": days[0], "until": days[1]})
        assert (begun.status_code, begun.json()) == (202, {"count": 1})
        await deliver(app)
        assert len(receiver.taken) == 2
        # A successful delivery can be repeated by id.
        await call("POST", f"{path}/deliveries/{one.id}/redelivery")
        await deliver(app)
        assert receiver.taken[2].body == receiver.taken[0].body
    backwards = await call("POST", f"{path}/redeliveries", {"since": days[1], "until": days[0]})
    assert (backwards.status_code, backwards.json()["errors"][0]["pointer"]) == (422, "/until")


async def test_disabled_endpoint_receives_nothing(app: Running, call: Caller) -> None:
    async with a_receiver() as receiver:
        made = await call.made(url=receiver.url)
        await announce(app, call.connection_id)
        await call("PATCH", f"/{made['id']}", {"state": "disabled"})
        await announce(app, call.connection_id)
        await deliver(app)
        assert receiver.taken == []
    (row,) = await deliveries_of(app)
    assert row.state == DeliveryState.CANCELLED
    for path in ("test", f"deliveries/{row.id}/redelivery"):
        refused = await call("POST", f"/{made['id']}/{path}")
        assert (refused.status_code, refused.json()["code"]) == (409, "endpoint_not_active")


async def test_endpoints_of_other_connections_are_unknown(app: Running, call: Caller) -> None:
    theirs = await a_connection(app)
    other = Caller(app, theirs, await a_key(app, theirs, Scope.WEBHOOKS_MANAGE))
    made, own = await other.made(), await call.made()
    await announce(app, theirs)
    (row,) = await deliveries_of(app, UUID(made["id"]))
    before = await dump(app)
    for endpoint_id in (made["id"], uuid4(), "nonsense"):
        for method, path, body in (
            ("GET", "", None),
            ("PATCH", "", {"state": "disabled"}),
            ("DELETE", "", None),
            ("POST", "/rotate-secret", None),
            ("POST", "/test", None),
            ("POST", "/enable", None),
            ("GET", "/deliveries", None),
            ("POST", f"/deliveries/{row.id}/redelivery", None),
            ("POST", "/redeliveries", {"since": "2026-11-20", "until": "2026-11-20"}),
        ):
            answer = await call(method, f"/{endpoint_id}{path}", body)
            assert (answer.status_code, answer.json()["code"]) == (404, "unknown_endpoint"), (method, path)
    assert (await call("POST", f"/{own['id']}/deliveries/{row.id}/redelivery")).json()["code"] == "unknown_delivery"
    assert [one["id"] for one in (await call("GET")).json()["data"]] == [own["id"]]
    assert await dump(app) == before


async def test_endpoint_routes_need_their_scope(app: Running, call: Caller) -> None:
    assert (await app.client.get(ENDPOINTS)).status_code == 401
    weak = await a_key(app, call.connection_id, Scope.EVENTS_WRITE, Scope.REQUESTS_READ, Scope.REQUESTS_WRITE)
    refused = await app.client.get(ENDPOINTS, headers=weak)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")


async def test_tick_purges_delivery_log(app: Running, call: Caller) -> None:
    made = await call.made()
    await announce(app, call.connection_id)
    await call("PATCH", f"/{made['id']}", {"state": "disabled"})
    app.clock.advance(days=31)
    await tick(app)
    assert await deliveries_of(app) == []


async def test_metrics_count_delivery_states_without_names(app: Running, call: Caller) -> None:
    await call.made()
    await announce(app, call.connection_id)
    operator = {"Authorization": f"Bearer {app.settings.operator_key.get_secret_value()}"}
    text = (await app.client.get("/metrics", headers=operator)).text
    assert 'debrief_webhook_deliveries{state="waiting"} 1' in text
    assert str(call.connection_id) not in text


async def test_failing_endpoint_is_shown_and_can_be_enabled(app: Running, call: Caller) -> None:
    made = await call.made()

    def fail(session: Session) -> None:
        row = session.get_one(EndpointRow, UUID(made["id"]))
        row.state, row.failing_since = EndpointState.FAILING, 1

    await app.ctx.db.write(fail)
    assert (await call("GET", f"/{made['id']}")).json()["state"] == "failing"
    assert (await call("POST", f"/{made['id']}/enable")).json()["state"] == "active"


async def test_erased_application_is_in_no_delivery(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        await ats.put(a_snapshot())
        row = await ats.row()
        assert row is not None
        await an_endpoint(ats.app, ats.connection_id, "https://acme.example/")
        for remote_id in (row.remote_id, "another"):
            await announce(ats.app, ats.connection_id, application_remote_id=remote_id)
        await ats.ask("POST", "/candidates/ben/erasure", {})
        assert [one.data["application_remote_id"] for one in await deliveries_of(ats.app)] == ["another"]
