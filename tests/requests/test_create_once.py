"""Repetition with an Idempotency-Key: the same links again, and no key left behind by a failure."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.app import (
    ADA,
    CLEO,
    LIN,
    OMAR,
    Running,
    a_request,
    as_candidate,
    dump,
    manager_code,
    nonce,
    raise_request,
)

LATER: dict[str, Any] = {"stage": "after_references", "invitees": [OMAR, LIN]}


async def test_request_is_repeated_after_the_end_of_the_day_it_closes_on(app: Running) -> None:
    app.clock.at = datetime(2026, 11, 21, 11, 59, tzinfo=UTC)
    given: dict[str, Any] = {
        "json": a_request(closes_on="2026-11-20"),
        "headers": {"Idempotency-Key": nonce()},
    }
    first = await app.client.post("/v1/feedback-requests", **given)
    app.clock.advance(minutes=2)

    again = await app.client.post("/v1/feedback-requests", **given)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content


async def ask_again(app: Running, raised: dict[str, Any], key: str | None, body: dict[str, Any] = LATER) -> Any:
    headers = as_candidate(raised) | ({"Idempotency-Key": key} if key else {})
    return await app.client.post(f"/v1/feedback-requests/{raised['id']}/rounds", json=body, headers=headers)


async def test_repeated_later_round_gets_the_same_links(app: Running) -> None:
    raised, key = await raise_request(app.client), nonce()
    app.clock.at = datetime(2026, 11, 21, 11, 59, tzinfo=UTC)
    body = LATER | {"closes_on": "2026-11-20"}

    first = await ask_again(app, raised, key, body)
    app.clock.advance(minutes=2)
    again = await ask_again(app, raised, key, body)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert len(first.json()["links"]) == 2
    assert len((await dump(app))["rounds"]) == 2
    assert len(await app.ctx.keys.names()) == 3
    assert (await ask_again(app, raised, None, body)).status_code == 422
    assert (await ask_again(app, raised, nonce())).json()["code"] == "stage_already_asked"
    other_body = await ask_again(app, raised, key, LATER | {"invitees": [OMAR, CLEO]})
    assert (other_body.status_code, other_body.json()["code"]) == (409, "idempotency_key_reused")


async def test_a_key_belongs_to_one_request(app: Running) -> None:
    mine, theirs, key = await raise_request(app.client), await raise_request(app.client), nonce()

    first, other = await ask_again(app, mine, key), await ask_again(app, theirs, key)
    assert (first.status_code, other.status_code) == (201, 201)
    assert first.json()["round"]["id"] != other.json()["round"]["id"]

    # Who has the key and not the token gets nothing.
    stranger = {**theirs, "id": mine["id"]}
    assert (await ask_again(app, stranger, key)).status_code == 404


@pytest.mark.parametrize("key", [None, "k" * 22])
async def test_refused_call_leaves_no_key(app: Running, key: str | None) -> None:
    raised = await raise_request(app.client)
    assert (await ask_again(app, raised, None)).status_code == 201
    before = await app.ctx.keys.names()

    assert (await ask_again(app, raised, key)).status_code == 409

    assert sorted(await app.ctx.keys.names()) == sorted(before)


@pytest.mark.parametrize("end", ["erasure", "withdrawal"])
async def test_a_repetition_after_erasure_or_withdrawal_is_gone_and_keeps_nothing(app: Running, end: str) -> None:
    given: dict[str, Any] = {"json": a_request(manager=ADA), "headers": {"Idempotency-Key": nonce()}}
    raised = (await app.client.post("/v1/feedback-requests", **given)).json()
    key, panel = nonce(), {"code": manager_code(raised), "nonce": nonce(), "stage": "after_interview", "people": 2}
    assert (await ask_again(app, raised, key)).status_code == 201
    assert (await app.client.post(f"/v1/manager/{raised['id']}/panels", json=panel)).status_code == 201
    kept = [row for row in (await dump(app))["idempotency"] if "b''" not in row]
    assert len(kept) == 3

    url, mine = f"/v1/feedback-requests/{raised['id']}", as_candidate(raised)
    await (
        app.client.delete(url, headers=mine) if end == "erasure" else app.client.post(f"{url}/withdrawal", headers=mine)
    )

    again = await app.client.post("/v1/feedback-requests", **given)
    assert (again.status_code, again.json()["code"]) == (410, "replay_over")
    assert raised["manage_token"] not in again.text
    assert (await ask_again(app, raised, key)).status_code == (404 if end == "erasure" else 410)
    assert (await app.client.post(f"/v1/manager/{raised['id']}/panels", json=panel)).status_code in (404, 410)
    assert all("b''" in row for row in (await dump(app))["idempotency"])
    # Another key raises another request.
    fresh = await app.client.post("/v1/feedback-requests", json=given["json"], headers={"Idempotency-Key": nonce()})
    assert fresh.status_code == 201
