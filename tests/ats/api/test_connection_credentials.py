"""Connection credentials: rate limits, expiry of keys, tokens and secrets, default hold of test connections."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.accounts import connections
from tests.support.app import Running, an_app, dump
from tests.support.ats import Connected, a_connection, as_operator, put_application

STATUS = "/v1/ats/applications/265293/feedback-status"


async def hook_secrets(app: Running, made: Connected) -> list[str]:
    return await app.ctx.db.read(
        lambda session: connections.hook_secrets(
            connections.find(session, UUID(made.id)), app.ctx.vault_key, app.clock.now()
        )
    )


async def get_token(app: Running, made: Connected) -> dict[str, Any]:
    fields = {"grant_type": "client_credentials", "client_id": made.id, "client_secret": made.key}
    token: dict[str, Any] = (await app.client.post("/v1/oauth/token", data=fields)).json()
    return token


async def test_rate_limit_of_connection_does_not_affect_others(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path, connection_rate=3) as app:
        mine, other = await a_connection(app), await a_connection(app)
        token = {"Authorization": f"Bearer {(await get_token(app, mine))['access_token']}"}
        # A token does not evade the limit: all credentials of a connection share one budget.
        asked = [await app.client.get(STATUS, headers=one) for one in (mine.headers, token, mine.headers, token)]
        assert [one.status_code for one in asked] == [404, 404, 404, 429]
        assert asked[-1].json()["code"] == "too_many_requests"
        assert 1 <= int(asked[-1].headers["retry-after"]) <= 20
        assert asked[-1].headers["x-ratelimit-limit"] == "3"
        assert asked[-1].headers["x-ratelimit-remaining"] == "0"
        assert asked[-1].headers["x-ratelimit-reset"] == asked[-1].headers["retry-after"]
        assert (await app.client.get(STATUS, headers=other.headers)).status_code == 404


async def test_unknown_key_does_not_count_towards_rate_limit(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path, connection_rate=1) as app:
        made = await a_connection(app)
        for _ in range(5):
            wrong = await app.client.get(STATUS, headers={"Authorization": f"Bearer {made.key[:-1]}x"})
            assert wrong.status_code == 401
        assert (await app.client.get(STATUS, headers=made.headers)).status_code == 404


async def test_token_expires_with_its_key(app: Running) -> None:
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


async def test_token_expires_at_once_with_its_key(app: Running) -> None:
    made = await a_connection(app)
    token = {"Authorization": f"Bearer {(await get_token(app, made))['access_token']}"}
    path = f"/v1/connections/{made.id}/keys"
    await app.client.post(path, json={"retire": "now"}, headers=as_operator(app))
    assert (await app.client.get(STATUS, headers=token)).status_code == 401


async def test_at_most_two_keys_are_valid_after_two_rotations(app: Running) -> None:
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
    # To keep more keys, the caller has to say so.
    await app.client.post(path, json={"retire": "never"}, headers=as_operator(app))
    assert [(await app.client.get(STATUS, headers=one)).status_code for one in holders[2:]] == [200, 200]


async def test_previous_webhook_secret_is_valid_for_a_day(app: Running) -> None:
    made = await a_connection(app)
    path = f"/v1/connections/{made.id}/rotate-secret"
    new = (await app.client.post(path, headers=as_operator(app))).json()["hook_secret"]
    app.clock.advance(hours=23, minutes=59)
    assert await hook_secrets(app, made) == [new, made.hook_secret]
    app.clock.advance(minutes=1)
    assert await hook_secrets(app, made) == [new]
    assert new not in str(await dump(app))


@pytest.mark.parametrize("name", ["signature_tokens", "signature_token"])
async def test_new_credentials_keep_stored_lever_tokens(app: Running, name: str) -> None:
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
async def test_test_connection_has_no_hold_by_default(
    app: Running, is_test: bool, settings: dict[str, int], hours: int
) -> None:
    made = await a_connection(app, is_test=is_test, settings=settings)
    path = f"/v1/connections/{made.id}"
    assert (await app.client.get(path, headers=as_operator(app))).json()["settings"]["hold_hours"] == hours
    body = {"settings": {"company": "Acme", **settings}}
    changed = await app.client.patch(path, json=body, headers=as_operator(app))
    assert changed.json()["settings"]["hold_hours"] == hours
