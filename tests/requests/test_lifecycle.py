"""Extend, withdraw and erase a request."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.orm import Session

from app.requests.models import RequestRow
from app.requests.rules import RequestState
from tests.support.app import (
    ADA,
    LIN,
    OMAR,
    Running,
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


async def patch(app: Running, raised: dict[str, Any], closes_on: Any) -> httpx.Response:
    return await app.client.patch(
        f"/v1/feedback-requests/{raised['id']}", json={"closes_on": closes_on}, headers=as_candidate(raised)
    )


async def end(app: Running, raised: dict[str, Any], how: str) -> httpx.Response:
    path, headers = f"/v1/feedback-requests/{raised['id']}", as_candidate(raised)
    if how == "erase":
        return await app.client.delete(path, headers=headers)
    return await app.client.post(f"{path}/withdrawal", headers=headers)


async def test_the_closing_date_moves_to_a_later_day(app: Running) -> None:
    raised = await raise_request(app.client)

    later = await patch(app, raised, "2026-12-24")

    assert later.status_code == 200
    assert later.json()["rounds"][0]["closes_on"] == "2026-12-24"
    form = await app.client.post(f"/v1/rounds/{round_id(raised)}/form", json={"code": codes(raised)[0]})
    assert form.json()["closes_on"] == "2026-12-24"
    assert "on 25 December 2026" in form.json()["anonymity"]["statement"]


@pytest.mark.parametrize(
    ("closes_on", "code"),
    [
        ("2026-11-26", "too_early"),
        ("2026-11-19", "too_early"),
        ("2027-01-20", "too_late"),
        ("9999-12-31", "too_late"),
        ("2026-13-01", "invalid_date"),
        ("tomorrow", "invalid_date"),
        (1796083200, "wrong_type"),
        (None, "wrong_type"),
    ],
)
async def test_closing_date_moves_to_no_earlier_day(app: Running, closes_on: Any, code: str) -> None:
    raised = await raise_request(app.client)
    before = await dump(app)

    response = await patch(app, raised, closes_on)

    assert response.status_code == 422
    assert code in [error["code"] for error in response.json()["errors"]]
    assert {error["pointer"] for error in response.json()["errors"]} == {"/closes_on"}
    assert await dump(app) == before


async def test_sixty_days_are_counted_from_opening(app: Running) -> None:
    raised = await raise_request(app.client)
    app.clock.advance(days=5)

    assert (await patch(app, raised, "2027-01-19")).status_code == 200
    assert (await patch(app, raised, "2027-01-20")).status_code == 422


async def test_a_date_that_has_passed_cannot_be_moved(app: Running) -> None:
    raised = await raise_request(app.client)
    app.clock.advance(days=8)

    response = await patch(app, raised, "2026-12-24")

    assert (response.status_code, response.json()["code"]) == (409, "nothing_open")


async def test_a_later_day_says_nothing_of_the_team_s_own_answer(app: Running) -> None:
    silent, answered = [await raise_request(app.client, invitees=None, manager=ADA) for _ in range(2)]
    team = {"code": manager_code(answered), "nonce": nonce(), "answer": _SIGNED, "understood": True}
    assert (await app.client.post(f"/v1/manager/{answered['id']}/team-answers", json=team)).status_code == 201
    rounds = (await dump(app))["rounds"]

    for raised in (silent, answered):
        moved = await patch(app, raised, "2026-12-24")
        assert (moved.status_code, moved.json()["rounds"]) == (200, [])

    assert (await dump(app))["rounds"] == rounds
    app.clock.advance(days=1)
    await tick(app)
    assert [(await patch(app, raised, "2026-12-25")).status_code for raised in (silent, answered)] == [200, 200]
    assert (await read_feedback(app.client, answered))["rounds"][0]["closes_on"] == "2026-11-20"


async def test_a_manager_s_panel_closes_on_a_day_that_was_moved_before(app: Running) -> None:
    raised = await raise_request(app.client, invitees=None, manager=ADA)
    app.clock.advance(days=5)

    assert [
        (await patch(app, raised, day)).status_code for day in ("2026-11-24", "2027-01-20", "2027-01-19", "2026-12-24")
    ] == [422, 422, 200, 200]

    panel = {"code": manager_code(raised), "nonce": nonce(), "people": 3}
    opened = await app.client.post(f"/v1/manager/{raised['id']}/panels", json=panel)
    assert opened.json()["round"]["closes_on"] == "2026-12-24"


async def test_withdrawal_kills_all_links_and_keys(app: Running) -> None:
    raised, other = await raise_request(app.client, manager=ADA), await raise_request(app.client)
    await send(app.client, round_id(raised), codes(raised)[0], a_sealed_answer(advice="a canary"))

    first, again = await end(app, raised, "withdraw"), await end(app, raised, "withdraw")

    assert (first.status_code, again.status_code, first.content) == (204, 204, b"")
    stored = await dump(app)
    assert (len(stored["boxes"]), stored["manager_boxes"]) == (1, [])
    assert {str(name.owner) for name in await app.ctx.keys.names()} == {other["id"], round_id(other)}
    late = await send(app.client, round_id(raised), codes(raised)[1], a_sealed_answer())
    assert late.status_code == 410
    for code in (manager_code(raised), "nonsense"):
        view = await app.client.post(f"/v1/manager/{raised['id']}/view", json={"code": code})
        assert (view.status_code, view.json()["code"]) == (410, "request_over")
    shown = await app.client.get(f"/v1/feedback-requests/{raised['id']}", headers=as_candidate(raised))
    assert shown.json()["state"] == "withdrawn"
    assert (await read_feedback(app.client, raised))["state"] == "withdrawn"
    patched = await patch(app, raised, "2026-12-24")
    assert (patched.status_code, patched.json()["code"]) == (409, "request_withdrawn")
    app.clock.advance(days=9)
    await tick(app)
    assert (await read_feedback(app.client, raised))["state"] == "withdrawn"


async def test_released_answers_survive_a_withdrawal(app: Running) -> None:
    raised = await raise_request(app.client, invitees=[OMAR])
    await send(app.client, round_id(raised), codes(raised)[0], a_signed_answer(advice="Write shorter."))
    app.clock.advance(days=8)
    await tick(app)

    await end(app, raised, "withdraw")

    answers = (await read_feedback(app.client, raised))["rounds"][0]["answers"]
    assert [answer["advice"] for answer in answers] == ["Write shorter."]


async def test_withdrawal_keeps_shown_answers_and_deletes_unread_ones(app: Running) -> None:
    raised = await raise_request(
        app.client, manager=ADA, invitees=[OMAR, LIN], anonymity={"mode": "attributed"}, own_question=None
    )
    held = {"code": manager_code(raised), "understood": True}
    team = f"/v1/manager/{raised['id']}/team-answers"
    await send(app.client, round_id(raised), codes(raised)[0], a_signed_answer(advice="Write shorter."))
    await app.client.post(team, json={**held, "nonce": nonce(), "answer": {**_SIGNED, "advice": "Come again."}})
    app.clock.advance(minutes=15)
    await send(app.client, round_id(raised), codes(raised)[1], a_signed_answer(advice="a canary"))
    later = {**held, "nonce": nonce(), "stage": "after_references", "answer": {**_SIGNED, "advice": "a canary"}}
    assert (await app.client.post(team, json=later)).status_code == 201
    before = await read_feedback(app.client, raised)

    statuses = [(await end(app, raised, "withdraw")).status_code for _ in range(2)]

    assert statuses == [204, 204]
    stored = await dump(app)
    assert "canary" not in repr(stored)
    assert (len(stored["rounds"]), len(stored["answers"]), stored["boxes"]) == (2, 2, [])
    assert await app.ctx.keys.names() == []
    after = await read_feedback(app.client, raised)
    assert {(one["state"], one["released_on"]) for one in after["rounds"]} == {("released", "2026-11-20")}
    assert [one["answers"] for one in after["rounds"]] == [one["answers"] for one in before["rounds"]]
    app.clock.advance(days=9)
    await tick(app)
    assert await read_feedback(app.client, raised) == after


async def test_withdrawal_hides_an_answer_that_never_showed(app: Running) -> None:
    raised = await raise_request(app.client, manager=ADA, invitees=[OMAR])
    team = {"code": manager_code(raised), "nonce": nonce(), "answer": _SIGNED, "understood": True}
    assert (await app.client.post(f"/v1/manager/{raised['id']}/team-answers", json=team)).status_code == 201
    await send(app.client, round_id(raised), codes(raised)[0], a_signed_answer())
    app.clock.advance(minutes=14, seconds=59)

    await end(app, raised, "withdraw")

    assert (await dump(app))["answers"] == []
    app.clock.advance(hours=1)
    assert [one["state"] for one in (await read_feedback(app.client, raised))["rounds"]] == ["withdrawn"]


async def fill(app: Running, raised: dict[str, Any]) -> None:
    """Leave something in every table: a released round, an open one, a team's answer, a panel."""
    for code in codes(raised):
        await send(app.client, round_id(raised), code, a_sealed_answer(advice="a canary"))
    await tick(app, days=8)
    held = {"code": manager_code(raised)}
    team = {**held, "nonce": nonce(), "answer": {**_SIGNED, "advice": "a canary"}, "understood": True}
    assert (await app.client.post(f"/v1/manager/{raised['id']}/team-answers", json=team)).status_code == 201
    panel = {**held, "nonce": nonce(), "people": 3}
    assert (await app.client.post(f"/v1/manager/{raised['id']}/panels", json=panel)).status_code == 201


_SIGNED = {"reasons": [{"code": "not_about_you"}], "signature": "The hiring team at Acme"}


async def test_erasure_leaves_no_row_and_no_key(app: Running) -> None:
    kept = await raise_request(app.client)
    await tick(app, days=8)
    before, keys = await dump(app), await app.ctx.keys.names()
    raised = await raise_request(app.client, manager=ADA, candidate={"name": "Ben Canary"}, company="Canary Ltd")
    await fill(app, raised)

    response = await end(app, raised, "erase")

    assert (response.status_code, response.content) == (204, b"")
    after = await dump(app)
    # A kept answer to a repeated request is an unreadable ciphertext without owner; it goes with its day.
    assert {name: rows for name, rows in after.items() if name not in {"ticks", "idempotency"}} == {
        name: rows for name, rows in before.items() if name not in {"ticks", "idempotency"}
    }
    assert "anary" not in repr(after)
    assert sorted(await app.ctx.keys.names()) == sorted(keys)
    again = await end(app, raised, "erase")
    assert (again.status_code, again.json()["code"]) == (404, "unknown_request")
    shown = await app.client.get(f"/v1/feedback-requests/{kept['id']}", headers=as_candidate(kept))
    assert shown.status_code == 200


async def test_an_erased_request_is_over_for_its_links(app: Running) -> None:
    raised = await raise_request(app.client, manager=ADA)
    await end(app, raised, "erase")

    view = await app.client.post(f"/v1/manager/{raised['id']}/view", json={"code": manager_code(raised)})
    form = await app.client.post(f"/v1/rounds/{round_id(raised)}/form", json={"code": codes(raised)[0]})

    assert (view.status_code, form.status_code) == (410, 410)


async def test_tick_finishes_an_interrupted_erasure(app: Running) -> None:
    raised = await raise_request(app.client, manager=ADA)
    # As after the first transaction of an erasure: nothing can be read, but rows and keys are still there.
    await app.ctx.db.write(_begin_erasing, raised["id"])
    shown = await app.client.get(f"/v1/feedback-requests/{raised['id']}", headers=as_candidate(raised))
    assert shown.status_code == 404

    await tick(app)

    stored = await dump(app)
    assert [stored[name] for name in ("feedback_requests", "rounds", "boxes", "manager_boxes")] == [[], [], [], []]
    assert await app.ctx.keys.names() == []


def _begin_erasing(session: Session, request_id: str) -> None:
    row = session.get_one(RequestRow, UUID(request_id))
    row.state = RequestState.ERASING
