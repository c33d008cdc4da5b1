"""Routes of test connections: no hold, no mail sent, and a clock that moves on request."""

from datetime import UTC, datetime

import pytest

from tests.delivery.post import BEN, MAILED, Mailbox, work
from tests.support.app import Running, as_candidate, dump, nonce, raise_request, send, tick
from tests.support.ats import HEDDA, KATE, LIN, OMAR, Connected, a_connection, put_application, read_offer
from tests.vocabulary.builders import a_sealed_answer


@pytest.fixture
async def trial(app: Running) -> Connected:
    return await a_connection(app, is_test=True, settings={"hold_hours": 0})


async def mails(app: Running, trial: Connected) -> list[dict[str, str]]:
    """Run the mail worker. Return the mails that the test connection can read."""
    mailbox = Mailbox()
    await work(app, mailbox)
    assert mailbox.sent == [], "a mail of a test has left"
    response = await app.client.get("/v1/test-mails", headers=trial.headers)
    assert response.status_code == 200
    found: list[dict[str, str]] = response.json()["data"]
    return found


async def move(app: Running, trial: Connected, hours: int) -> dict[str, int]:
    response = await app.client.post("/v1/test-clock", json={"hours": hours}, headers=trial.headers)
    assert response.status_code == 200, response.text
    moved: dict[str, int] = response.json()
    return moved


async def test_rejection_leads_to_feedback_on_test_clock(app: Running, trial: Connected) -> None:
    assert trial.key.startswith("dk_test_")
    assert (await put_application(app, trial)).status_code == 201
    await move(app, trial, 1)
    (offer,) = await mails(app, trial)
    assert offer["to"] == HEDDA
    offer_id, code = read_offer(offer["text"])
    accepted = await app.client.post(f"/v1/offers/{offer_id}/acceptance", json={"code": code, "nonce": nonce()})
    told = {one["to"]: one["text"] for one in await mails(app, trial) if "/r/" in one["text"]}
    assert set(told) == {KATE, OMAR, LIN}
    for text in told.values():
        link = next(word for word in text.split() if "/r/" in word)
        round_id, _, own = link.rpartition("/r/")[2].partition("#c=")
        assert (await send(app.client, round_id, own, a_sealed_answer())).status_code == 201
    assert (await move(app, trial, 24 * 9))["rounds_ended"] == 1
    feedback = await app.client.get(
        f"/v1/feedback-requests/{accepted.json()['id']}/feedback", headers=as_candidate(accepted.json())
    )
    assert feedback.json()["state"] == "released"
    await move(app, trial, 24 * 20)
    status = await app.client.get("/v1/ats/applications/265293/feedback-status", headers=trial.headers)
    assert status.json()["state"] == "closed"


async def test_clock_of_other_connections_does_not_move(app: Running, trial: Connected) -> None:
    real = await a_connection(app)
    await put_application(app, real)
    await raise_request(app.client, **MAILED)
    before = {table: rows for table, rows in (await dump(app)).items() if table != "connections"}
    await put_application(app, trial)
    await move(app, trial, 24 * 80)
    after = await dump(app)
    for table, rows in before.items():
        assert set(rows) <= set(after[table]), table
    mailbox = Mailbox()
    await work(app, mailbox)
    assert mailbox.receivers == [BEN]


async def test_offer_expires_when_clock_moves(app: Running, trial: Connected) -> None:
    await put_application(app, trial)
    await move(app, trial, 1)
    (offer,) = await mails(app, trial)
    offer_id, code = read_offer(offer["text"])
    await move(app, trial, 24 * 15)
    response = await app.client.post(f"/v1/offers/{offer_id}/view", json={"code": code})
    assert response.status_code == 410


@pytest.mark.parametrize("hours", [0, -1, 1.5, "3", 24 * 90 + 1, None])
async def test_clock_moves_by_whole_hours_only(app: Running, trial: Connected, hours: object) -> None:
    response = await app.client.post("/v1/test-clock", json={"hours": hours}, headers=trial.headers)
    assert response.status_code == 422


async def test_real_connections_have_no_test_tools(app: Running) -> None:
    real = await a_connection(app)
    for method, path, body in [("GET", "/v1/test-mails", None), ("POST", "/v1/test-clock", {"hours": 1})]:
        response = await app.client.request(method, path, json=body, headers=real.headers)
        assert (response.status_code, response.json()["code"]) == (403, "test_key_needed")


async def test_test_connection_reads_only_its_own_mails(app: Running, trial: Connected) -> None:
    other = await a_connection(app, is_test=True)
    await put_application(app, trial)
    await move(app, trial, 1)
    assert len(await mails(app, trial)) == 1
    assert await mails(app, other) == []


async def test_test_mails_are_purged_after_two_weeks(app: Running, trial: Connected) -> None:
    await put_application(app, trial)
    await move(app, trial, 1)
    assert len(await mails(app, trial)) == 1
    app.clock.at = datetime(2026, 12, 6, 12, tzinfo=UTC)
    await tick(app)
    assert await mails(app, trial) == []


async def test_clock_moves_through_hold(app: Running) -> None:
    trial = await a_connection(app, is_test=True, settings={"hold_hours": 72})
    await put_application(app, trial)
    assert (await move(app, trial, 71))["offers_made"] == 0
    assert (await move(app, trial, 1))["offers_made"] == 1


async def test_erasure_removes_test_mails(app: Running, trial: Connected) -> None:
    await put_application(app, trial)
    assert [one["to"] for one in await mails(app, trial)] == [HEDDA]
    erased = await app.client.post("/v1/ats/candidates/265788/erasure", json={}, headers=trial.headers)
    assert erased.status_code == 202
    assert await mails(app, trial) == []
    assert HEDDA not in str(await dump(app))
