"""Connection routes: creation by operator or vendor, keys, secrets, changes, access tokens."""

import json
from base64 import b64encode
from typing import Any
from uuid import uuid4

import pytest

from app.accounts import connections
from app.core import pagination
from tests.support.app import Running, dump
from tests.support.ats import a_connection, as_operator, put_application

STATUS = "/v1/ats/applications/265293/feedback-status"


async def a_vendor(app: Running, name: str = "Recruit-o-matic") -> dict[str, str]:
    _, key = await app.ctx.db.write(connections.make_vendor, name, app.clock.now())
    return {"Authorization": f"Bearer {key}"}


async def test_new_connection_shows_its_secrets_once(app: Running) -> None:
    made = await a_connection(app, settings={"hold_hours": 24, "stages": ["Onsite"]})
    shown = await app.client.get(f"/v1/connections/{made.id}", headers=as_operator(app))
    assert shown.status_code == 200
    assert made.key not in shown.text
    assert made.hook_secret not in shown.text
    assert shown.json()["settings"]["stages"] == ["Onsite"]
    assert shown.json()["api_keys"][0]["hint"] == made.key[:12]
    assert made.key.startswith("dk_")
    assert made.hook_url == f"{app.settings.base_url}/v1/hooks/neutral/{made.id}"
    stored = str(await dump(app))
    assert made.key not in stored
    assert made.hook_secret not in stored


@pytest.mark.parametrize(
    ("settings", "pointer"),
    [
        ({"company": ""}, "/settings/company"),
        ({"company": "Acme", "timezone": "Mars/Base"}, "/settings"),
        ({"company": "Acme", "hold_hours": -1}, "/settings/hold_hours"),
        ({"company": "Acme", "sections": ["salary"]}, "/settings/sections/0"),
        ({"company": "Acme", "colour": "red"}, "/settings"),
    ],
)
async def test_invalid_settings_answer_422(app: Running, settings: dict[str, Any], pointer: str) -> None:
    response = await app.client.post("/v1/connections", json={"settings": settings}, headers=as_operator(app))
    assert response.status_code == 422
    assert [one["pointer"] for one in response.json()["errors"]] == [pointer]
    assert "Mars" not in response.text


async def test_credentials_are_encrypted_and_never_shown(app: Running) -> None:
    made = await a_connection(app, provider="greenhouse", credentials={"client_secret": "canary-77aa"})
    shown = await app.client.get(f"/v1/connections/{made.id}", headers=as_operator(app))
    assert shown.json()["has_credentials"] is True
    assert shown.json()["state"] == "pending_setup"
    assert "canary-77aa" not in shown.text + str(await dump(app))


async def test_same_idempotency_key_creates_one_connection(app: Running) -> None:
    body = {"settings": {"company": "Acme"}}
    headers = as_operator(app) | {"Idempotency-Key": "k" * 22}
    first = await app.client.post("/v1/connections", json=body, headers=headers)
    again = await app.client.post("/v1/connections", json=body, headers=headers)
    other = await app.client.post("/v1/connections", json={"settings": {"company": "Other"}}, headers=headers)
    assert first.content == again.content
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    listed = await app.client.get("/v1/connections", headers=as_operator(app))
    assert len(listed.json()["data"]) == 1


async def test_connections_are_listed_in_pages(app: Running) -> None:
    made = {(await a_connection(app)).id for _ in range(5)}
    seen: list[str] = []
    url: str | None = "/v1/connections?limit=2"
    while url:
        response = await app.client.get(url, headers=as_operator(app))
        seen += [one["id"] for one in response.json()["data"]]
        link = response.headers.get("link", "")
        url = link[1 : link.index(">")] if link else None
        assert (url is None) is (response.json()["next_cursor"] is None)
    assert sorted(seen) == sorted(made)
    broken = await app.client.get("/v1/connections?cursor=x", headers=as_operator(app))
    assert (broken.status_code, broken.json()["errors"][0]["code"]) == (422, "invalid_cursor")


async def test_vendor_sees_only_its_own_connections(app: Running) -> None:
    vendor, other = await a_vendor(app), await a_vendor(app, "Another")
    response = await app.client.post("/v1/connections", json={"settings": {"company": "Acme"}}, headers=vendor)
    assert response.status_code == 201
    path = f"/v1/connections/{response.json()['id']}"
    assert (await app.client.get(path, headers=vendor)).status_code == 200
    assert (await app.client.get(path, headers=as_operator(app))).status_code == 200
    foreign = await app.client.get(path, headers=other)
    unknown = await app.client.get(f"/v1/connections/{uuid4()}", headers=other)
    assert (foreign.status_code, foreign.content) == (unknown.status_code, unknown.content)
    assert foreign.status_code == 404
    for method, tail in [("PATCH", ""), ("POST", "/test"), ("POST", "/rotate-secret"), ("POST", "/disable")]:
        answer = await app.client.request(method, path + tail, headers=other, json={} if method == "PATCH" else None)
        assert answer.status_code == 404, (method, tail)
    assert (await app.client.get("/v1/connections", headers=other)).json()["data"] == []


@pytest.mark.parametrize("token", ["", "dk_nonsense", "dm_" + "a" * 49, "do_wrong"])
async def test_other_credentials_create_no_connection(app: Running, token: str) -> None:
    made = await a_connection(app)
    for given in (token, made.key):
        headers = {"Authorization": f"Bearer {given}"}
        response = await app.client.post("/v1/connections", json={"settings": {"company": "Acme"}}, headers=headers)
        assert (response.status_code, response.json()["code"]) == (401, "operator_or_vendor_key_needed")
        assert "www-authenticate" in response.headers


async def test_two_keys_are_valid_during_rotation(app: Running) -> None:
    made = await a_connection(app)
    await put_application(app, made)
    path = f"/v1/connections/{made.id}/keys"
    new = await app.client.post(path, json={}, headers=as_operator(app))
    assert new.status_code == 201
    both = [made.headers, {"Authorization": f"Bearer {new.json()['key']}"}]
    assert [(await app.client.get(STATUS, headers=one)).status_code for one in both] == [200, 200]
    app.clock.advance(hours=24, seconds=1)
    assert [(await app.client.get(STATUS, headers=one)).status_code for one in both] == [401, 200]
    third_headers = as_operator(app) | {"Idempotency-Key": "k" * 22}
    third = await app.client.post(path, json={"retire": "now"}, headers=third_headers)
    assert (await app.client.get(STATUS, headers=both[1])).status_code == 401
    deleted = await app.client.delete(f"{path}/{third.json()['id']}", headers=as_operator(app))
    assert deleted.status_code == 204
    repeated = await app.client.post(path, json={"retire": "now"}, headers=third_headers)
    assert (repeated.status_code, repeated.json()["code"]) == (410, "replay_over")
    headers = {"Authorization": f"Bearer {third.json()['key']}"}
    assert (await app.client.get(STATUS, headers=headers)).status_code == 401
    assert (await app.client.delete(f"{path}/{uuid4()}", headers=as_operator(app))).status_code == 404


async def test_key_is_accepted_as_user_of_basic(app: Running) -> None:
    made = await a_connection(app)
    await put_application(app, made)

    async def ask(user: str, password: str) -> int:
        value = b64encode(f"{user}:{password}".encode()).decode()
        return (await app.client.get(STATUS, headers={"Authorization": f"Basic {value}"})).status_code

    assert await ask(made.key, "") == 200
    assert await ask(made.key, "x") == 401
    assert await ask("", made.key) == 401
    broken = await app.client.get(STATUS, headers={"Authorization": "Basic %%%"})
    assert broken.status_code == 401


async def test_key_is_limited_to_its_scopes(app: Running) -> None:
    made = await a_connection(app)
    path = f"/v1/connections/{made.id}/keys"
    body = {"scopes": ["requests:read"], "retire": "never"}
    read_only = (await app.client.post(path, json=body, headers=as_operator(app))).json()["key"]
    await put_application(app, made)
    headers = {"Authorization": f"Bearer {read_only}"}
    assert (await app.client.get(STATUS, headers=headers)).status_code == 200
    refused = await app.client.put("/v1/ats/applications/9", json={}, headers=headers)
    assert refused.status_code in (403, 422)
    told = await app.client.post("/v1/test-clock", json={"hours": 1}, headers=headers)
    assert (told.status_code, told.json()["code"]) == (403, "scope_missing")


async def test_disabled_connection_does_nothing(app: Running) -> None:
    made = await a_connection(app)
    path = f"/v1/connections/{made.id}"
    await app.client.post(f"{path}/disable", headers=as_operator(app))
    refused = await app.client.get(STATUS, headers=made.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "connection_disabled")
    await app.client.post(f"{path}/enable", headers=as_operator(app))
    assert (await app.client.get(STATUS, headers=made.headers)).status_code == 404


async def test_application_of_another_connection_is_unknown(app: Running) -> None:
    mine, other = await a_connection(app), await a_connection(app)
    await put_application(app, mine)
    foreign = await app.client.get(STATUS, headers=other.headers)
    unknown = await app.client.get(STATUS.replace("265293", "0"), headers=other.headers)
    assert (foreign.status_code, foreign.content) == (404, unknown.content)


async def test_connection_check_reports_what_is_missing(app: Running) -> None:
    made = await a_connection(app, settings={"company_domain": None}, provider="ashby")
    response = await app.client.post(f"/v1/connections/{made.id}/test", headers=as_operator(app))
    found = response.json()
    assert found["ok"] is False
    codes = {one["code"] for one in found["missing"]}
    assert {"no_event_yet", "no_credentials", "no_company_domain"} <= codes


async def test_webhook_secret_is_rotated(app: Running) -> None:
    made = await a_connection(app)
    response = await app.client.post(f"/v1/connections/{made.id}/rotate-secret", headers=as_operator(app))
    assert response.json()["hook_secret"].startswith("whsec_")
    assert response.json()["hook_secret"] != made.hook_secret


async def ask_token(app: Running, fields: dict[str, str], **headers: str) -> Any:
    return await app.client.post(
        "/v1/oauth/token", data={"grant_type": "client_credentials", **fields}, headers=headers
    )


async def test_client_credentials_grant_a_token(app: Running) -> None:
    made = await a_connection(app)
    await put_application(app, made)
    client = {"client_id": made.id, "client_secret": made.key}
    response = await ask_token(app, {"scope": "requests:read", **client})
    assert response.status_code == 200, response.text
    token = response.json()
    assert (token["token_type"], token["expires_in"], token["scope"]) == ("Bearer", 3600, "requests:read")
    assert response.headers["cache-control"] == "no-store"
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    assert (await app.client.get(STATUS, headers=headers)).status_code == 200
    assert token["access_token"] not in str(await dump(app))
    basic = b64encode(f"{made.id}:{made.key}".encode()).decode()
    other_way = await ask_token(app, {}, Authorization=f"Basic {basic}")
    assert other_way.status_code == 200
    # An access token is no client secret: it can't renew itself for ever.
    again = await ask_token(app, {"client_id": made.id, "client_secret": token["access_token"]})
    assert again.json()["error"] == "invalid_client"
    app.clock.advance(seconds=3601)
    assert (await app.client.get(STATUS, headers=headers)).status_code == 401


@pytest.mark.parametrize(
    ("over", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "everything"}, 400, "invalid_scope"),
        ({"client_secret": "dk_wrong"}, 401, "invalid_client"),
        ({"client_id": str(uuid4())}, 401, "invalid_client"),
        ({"client_id": "x"}, 401, "invalid_client"),
    ],
)
async def test_refused_token_request_has_its_error(app: Running, over: dict[str, str], status: int, error: str) -> None:
    made = await a_connection(app)
    response = await ask_token(app, {"client_id": made.id, "client_secret": made.key, **over})
    assert (response.status_code, response.json()["error"]) == (status, error)
    assert made.key not in json.dumps(response.json())


async def test_token_request_must_be_a_form(app: Running) -> None:
    response = await app.client.post("/v1/oauth/token", json={"grant_type": "client_credentials"})
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    twice = await app.client.post(
        "/v1/oauth/token",
        content=b"grant_type=client_credentials&grant_type=password",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")


def a_cursor(key: str, **filters: str) -> dict[str, str]:
    """Return a cursor that no list has issued: the fingerprint of its filters is no secret."""
    cursor = pagination.cut([key, ""], 1, filters, str).next_cursor
    assert cursor is not None
    return {"cursor": cursor}


async def test_forged_cursor_is_refused(app: Running) -> None:
    made = await a_connection(app)
    hook = {"url": "https://hooks.acme.example/debrief", "event_types": ["feedback_request.closed"]}
    endpoint = (await app.client.post("/v1/webhook-endpoints", json=hook, headers=made.headers)).json()["id"]
    path = f"/v1/connections/{made.id}"
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = [
        ("/v1/connections", as_operator(app), a_cursor("x")),
        (f"{path}/deliveries", as_operator(app), a_cursor("x", connection=made.id)),
        (f"{path}/notices", as_operator(app), a_cursor("x", connection=made.id, list="notices")),
        ("/v1/webhook-endpoints", made.headers, a_cursor("x")),
        (f"/v1/webhook-endpoints/{endpoint}/deliveries", made.headers, a_cursor("x/y", endpoint=endpoint)),
        ("/v1/ats/applications", made.headers, a_cursor("a\0b", connection=made.id)),
        ("/v1/ats/applications", made.headers, a_cursor("a\ud800b", connection=made.id)),
    ]
    for where, headers, query in asked:
        answer = await app.client.get(where, params=query, headers=headers)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "invalid_cursor"), where
