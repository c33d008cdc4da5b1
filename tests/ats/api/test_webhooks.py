"""Webhook endpoint routes: access by connection and scope, validation, secrets."""

import json
from typing import Any

import pytest

from app.accounts.rules import Scope
from tests.delivery.webhooks.receiving import (
    a_connection,
)
from tests.support.app import Running, dump
from tests.support.webhook_endpoints import ENDPOINTS, WISH, Caller, a_key


@pytest.fixture
async def call(app: Running) -> Caller:
    connection_id = await a_connection(app)
    return Caller(app, connection_id, await a_key(app, connection_id, Scope.WEBHOOKS_MANAGE))


async def test_endpoint_is_created_shown_changed_and_deleted(app: Running, call: Caller) -> None:
    made = await call.made()
    assert made.pop("secret").startswith("whsec_")
    assert made == {"id": made["id"], **WISH, "state": "active", "created_on": "2026-11-20"}
    assert (await call("GET", f"/{made['id']}")).json() == made
    assert (await call("GET")).json() == {"data": [made], "next_cursor": None}
    changed = await call("PATCH", f"/{made['id']}", {"event_types": ["feedback_request.closed"]})
    assert changed.json() == made | {"event_types": ["feedback_request.closed"]}
    assert (await call("PATCH", f"/{made['id']}", {"state": "disabled"})).json()["state"] == "disabled"
    assert (await call("POST", f"/{made['id']}/enable")).json()["state"] == "active"
    assert (await call("DELETE", f"/{made['id']}")).status_code == 204
    assert (await call("GET", f"/{made['id']}")).status_code == 404
    assert (await dump(app))["webhook_endpoints"] == []


async def test_secret_is_encrypted_at_rest(app: Running, call: Caller) -> None:
    secret = (await call.made())["secret"]
    assert secret.removeprefix("whsec_") not in json.dumps(await dump(app))


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.example/",
        "https://acme.example:8443/",
        "https://u:p@acme.example/",
        "https://10.0.0.8/",
        "https://[fd00:ec2::254]/",
        "https://169.254.169.254/latest/meta-data/",
        "javascript:alert(1)",
        "https://acme.example/\n",
    ],
)
async def test_forbidden_addresses_get_same_refusal(app: Running, call: Caller, url: str) -> None:
    made = await call.made()
    before = await dump(app)
    answers = [await call("POST", body=WISH | {"url": url}), await call("PATCH", f"/{made['id']}", {"url": url})]
    for answer in answers:
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert (error["pointer"], error["code"]) == ("/url", "url_not_allowed")
        assert url not in answer.text
    assert await dump(app) == before


@pytest.mark.parametrize(
    "over", [{"event_types": []}, {"event_types": ["answer.received"]}, {"secret": "whsec_mine"}, {"url": ""}]
)
async def test_invalid_body_answers_422(call: Caller, over: dict[str, Any]) -> None:
    assert (await call("POST", body=WISH | over)).status_code == 422


async def test_number_of_endpoints_is_limited(call: Caller) -> None:
    for _ in range(10):
        await call.made()
    refused = await call("POST", body=WISH)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_endpoints")


async def test_endpoints_are_listed_in_pages(call: Caller) -> None:
    made = {(await call.made())["id"] for _ in range(5)}
    found, path = [], "?limit=2"
    while path:
        page = await call("GET", path)
        found += [one["id"] for one in page.json()["data"]]
        link = page.links.get("next", {}).get("url", "")
        assert (page.json()["next_cursor"] is None) == (link == "")
        path = link.removeprefix(ENDPOINTS)
    assert (len(found), set(found)) == (5, made)
    assert (await call("GET", "?cursor=nonsense")).status_code == 422
    assert (await call("GET", "?limit=0")).status_code == 422


async def test_same_idempotency_key_creates_one_endpoint(app: Running, call: Caller) -> None:
    key = "k" * 30
    first, second = [await call("POST", body=WISH, key=key) for _ in range(2)]
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert len((await call("GET")).json()["data"]) == 1
    other = await call("POST", body=WISH | {"url": "https://other.example/"}, key=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    path = f"/{first.json()['id']}"
    rotated = [(await call("POST", f"{path}/rotate-secret", key="r" * 30)).json()["secret"] for _ in range(2)]
    assert rotated[0] == rotated[1] != first.json()["secret"]
    pings = [(await call("POST", f"{path}/test", key="p" * 30)).json()["id"] for _ in range(2)]
    assert pings[0] == pings[1]
    # The idempotency key of a deleted endpoint no longer shows its secret.
    assert (await call("DELETE", path)).status_code == 204
    for gone in (await call("POST", body=WISH, key=key), await call("POST", f"{path}/rotate-secret", key="r" * 30)):
        assert (gone.status_code, gone.json()["code"]) == (410, "replay_over")
    # The same idempotency key of another connection gets another response.
    theirs = await a_connection(app)
    stranger = Caller(app, theirs, await a_key(app, theirs, Scope.WEBHOOKS_MANAGE))
    assert (await stranger("POST", body=WISH, key=key)).json()["secret"] != first.json()["secret"]
