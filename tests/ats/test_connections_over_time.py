"""Connections as time goes on: how often they may ask, what ends with what, what a change keeps, what a look finds."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from app.accounts import connections
from app.accounts.models import ConnectionRow
from app.accounts.rules import ConnectionState
from app.delivery.webhooks.models import EndpointRow, EndpointState
from tests.ats.harness import Connected, a_connection, as_operator, put_application
from tests.support.app import Running, an_app, dump

STATUS = "/v1/ats/applications/265293/feedback-status"


async def hook_secrets(app: Running, made: Connected) -> list[str]:
    return await app.ctx.db.read(
        lambda session: connections.hook_secrets(
            connections.find(session, UUID(made.id)), app.ctx.vault_key, app.clock.now()
        )
    )


async def findings(app: Running, made: Connected) -> set[str]:
    found = (await app.client.post(f"/v1/connections/{made.id}/test", headers=as_operator(app))).json()
    return {one["code"] for one in found["missing"] + found["too_much"]}


async def get_token(app: Running, made: Connected) -> dict[str, Any]:
    fields = {"grant_type": "client_credentials", "client_id": made.id, "client_secret": made.key}
    token: dict[str, Any] = (await app.client.post("/v1/oauth/token", data=fields)).json()
    return token


async def test_a_connection_that_asks_too_often_waits_and_no_other_does(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path, connection_rate=3) as app:
        mine, other = await a_connection(app), await a_connection(app)
        token = {"Authorization": f"Bearer {(await get_token(app, mine))['access_token']}"}
        # A token is no way round: all that a connection has draws on one account.
        asked = [await app.client.get(STATUS, headers=one) for one in (mine.headers, token, mine.headers, token)]
        assert [one.status_code for one in asked] == [404, 404, 404, 429]
        assert asked[-1].json()["code"] == "too_many_requests"
        assert 1 <= int(asked[-1].headers["retry-after"]) <= 20
        assert asked[-1].headers["x-ratelimit-limit"] == "3"
        assert asked[-1].headers["x-ratelimit-remaining"] == "0"
        assert asked[-1].headers["x-ratelimit-reset"] == asked[-1].headers["retry-after"]
        assert (await app.client.get(STATUS, headers=other.headers)).status_code == 404


async def test_a_key_that_is_not_known_uses_up_nobody_s_requests(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path, connection_rate=1) as app:
        made = await a_connection(app)
        for _ in range(5):
            wrong = await app.client.get(STATUS, headers={"Authorization": f"Bearer {made.key[:-1]}x"})
            assert wrong.status_code == 401
        assert (await app.client.get(STATUS, headers=made.headers)).status_code == 404


async def test_a_token_ends_with_the_key_that_it_was_got_with(app: Running) -> None:
    made = await a_connection(app)
    await put_application(app, made)
    await app.client.post(f"/v1/connections/{made.id}/keys", json={}, headers=as_operator(app))
    app.clock.advance(hours=23, minutes=50)
    token = await get_token(app, made)
    assert token["expires_in"] == 600
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    assert (await app.client.get(STATUS, headers=headers)).status_code == 200
    app.clock.advance(minutes=10, seconds=1)
    assert (await app.client.get(STATUS, headers=headers)).status_code == 401


async def test_tokens_end_at_once_with_keys_that_do(app: Running) -> None:
    made = await a_connection(app)
    token = {"Authorization": f"Bearer {(await get_token(app, made))['access_token']}"}
    path = f"/v1/connections/{made.id}/keys"
    await app.client.post(path, json={"retire": "now"}, headers=as_operator(app))
    assert (await app.client.get(STATUS, headers=token)).status_code == 401


async def test_of_keys_replaced_twice_in_a_day_two_live(app: Running) -> None:
    made = await a_connection(app)
    await put_application(app, made)
    path = f"/v1/connections/{made.id}/keys"
    oldest_token = {"Authorization": f"Bearer {(await get_token(app, made))['access_token']}"}
    holders = [oldest_token, made.headers]
    for _ in range(2):
        new = await app.client.post(path, json={}, headers=as_operator(app))
        holders.append({"Authorization": f"Bearer {new.json()['key']}"})
        app.clock.advance(minutes=5)
    assert [(await app.client.get(STATUS, headers=one)).status_code for one in holders] == [401, 401, 200, 200]
    shown = await app.client.get(f"/v1/connections/{made.id}", headers=as_operator(app))
    assert len(shown.json()["api_keys"]) == 2
    # Whoever wants more keys says so.
    await app.client.post(path, json={"retire": "never"}, headers=as_operator(app))
    assert [(await app.client.get(STATUS, headers=one)).status_code for one in holders[2:]] == [200, 200]


async def test_the_secret_of_a_webhook_that_was_replaced_is_taken_for_a_day(app: Running) -> None:
    made = await a_connection(app)
    path = f"/v1/connections/{made.id}/rotate-secret"
    new = (await app.client.post(path, headers=as_operator(app))).json()["hook_secret"]
    app.clock.advance(hours=23, minutes=59)
    assert await hook_secrets(app, made) == [new, made.hook_secret]
    app.clock.advance(minutes=1)
    assert await hook_secrets(app, made) == [new]
    assert new not in str(await dump(app))


@pytest.mark.parametrize("name", ["signature_tokens", "signature_token"])
async def test_a_new_credential_does_not_lose_the_tokens_that_lever_told_once(app: Running, name: str) -> None:
    made = await a_connection(app, provider="lever", credentials={"api_key": "one", name: "told-once"})
    path = f"/v1/connections/{made.id}"
    assert "told-once" in await hook_secrets(app, made)
    await app.client.patch(path, json={"credentials": {"api_key": "two"}}, headers=as_operator(app))
    assert "told-once" in await hook_secrets(app, made)
    await app.client.patch(path, json={"credentials": {"api_key": "two", name: "other"}}, headers=as_operator(app))
    assert "told-once" not in await hook_secrets(app, made)
    assert "other" in await hook_secrets(app, made)
    assert "told-once" not in str(await dump(app))


@pytest.mark.parametrize(
    ("is_test", "settings", "hours"),
    [(True, {}, 0), (True, {"hold_hours": 5}, 5), (False, {}, 72), (False, {"hold_hours": 0}, 0)],
)
async def test_whoever_tries_things_out_waits_for_nothing(
    app: Running, is_test: bool, settings: dict[str, int], hours: int
) -> None:
    made = await a_connection(app, is_test=is_test, settings=settings)
    path = f"/v1/connections/{made.id}"
    assert (await app.client.get(path, headers=as_operator(app))).json()["settings"]["hold_hours"] == hours
    body = {"settings": {"company": "Acme", **settings}}
    changed = await app.client.patch(path, json=body, headers=as_operator(app))
    assert changed.json()["settings"]["hold_hours"] == hours


@pytest.mark.parametrize(("provider", "state"), [("ashby", "pending_setup"), ("neutral", "active")])
async def test_switching_on_tells_nothing_that_is_not_so(app: Running, provider: str, state: str) -> None:
    made = await a_connection(app, provider=provider)
    for switch in ("enable", "disable", "enable"):
        shown = await app.client.post(f"/v1/connections/{made.id}/{switch}", headers=as_operator(app))
        assert shown.json()["state"] == ("disabled" if switch == "disable" else state)


async def test_switching_on_what_is_on_hides_no_trouble(app: Running) -> None:
    made = await a_connection(app, provider="ashby")
    change = update(ConnectionRow).values(state=ConnectionState.NEEDS_RECONNECT)
    await app.ctx.db.write(lambda session: session.execute(change))
    shown = await app.client.post(f"/v1/connections/{made.id}/enable", headers=as_operator(app))
    assert shown.json()["state"] == "needs_reconnect"
    assert "needs_reconnect" in await findings(app, made)


@pytest.mark.parametrize(
    ("state", "failing_since", "told"),
    [
        (EndpointState.ACTIVE, None, False),
        (EndpointState.ACTIVE, 1, True),
        (EndpointState.FAILING, 1, True),
        (EndpointState.GONE, None, True),
        (EndpointState.DISABLED, 1, False),
    ],
)
async def test_a_look_tells_of_endpoints_that_fail(
    app: Running, state: EndpointState, failing_since: int | None, told: bool
) -> None:
    made, other = await a_connection(app), await a_connection(app)
    body = {"url": "https://ats.example/hooks", "event_types": ["feedback_request.offered"]}
    created = await app.client.post("/v1/webhook-endpoints", json=body, headers=made.headers)
    assert created.status_code == 201, created.text
    change = update(EndpointRow).values(state=state, failing_since=failing_since)
    await app.ctx.db.write(lambda session: session.execute(change))
    assert ("endpoint_failing" in await findings(app, made)) is told
    assert "endpoint_failing" not in await findings(app, other)


async def test_what_came_is_listed_by_pages_without_a_word_of_it(app: Running) -> None:
    made = await a_connection(app)
    for number in range(3):
        event = {
            "id": f"e{number}",
            "api_version": "1",
            "type": "application.unheard_of",
            "occurred_at": "2026-11-20T11:00:00Z",
            "data": {"candidate": {"remote_id": "265788", "first_name": "canary-5e"}},
        }
        assert (await app.client.post("/v1/ats/events", json=event, headers=made.headers)).status_code == 202
    path = f"/v1/connections/{made.id}/deliveries"
    first = await app.client.get(f"{path}?limit=2", headers=as_operator(app))
    link = first.headers["link"]
    second = await app.client.get(link[1 : link.index(">")], headers=as_operator(app))
    rows = first.json()["data"] + second.json()["data"]
    assert [len(one.json()["data"]) for one in (first, second)] == [2, 1]
    # A type that nobody knows may be anything, so that it is not kept.
    assert [(one["event_type"], one["outcome"]) for one in rows] == [(None, "ignored")] * 3
    assert len({one["id"] for one in rows}) == 3
    assert "canary-5e" not in first.text + second.text + str(await dump(app))
    other = await a_connection(app)
    for url, status in [
        (f"{path}?cursor=x", 422),
        (f"/v1/connections/{other.id}/deliveries?cursor={first.json()['next_cursor']}", 422),
        (f"/v1/connections/{UUID(int=0, version=4)}/deliveries", 404),
    ]:
        assert (await app.client.get(url, headers=as_operator(app))).status_code == status, url
    assert (await app.client.get(path, headers=made.headers)).status_code == 401
