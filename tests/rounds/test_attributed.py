"""Signed answers: shown after 15 minutes, and until then the author can take them back."""

from typing import Any

import httpx
import pytest

from app.rounds.box import MOST_RETRACTIONS
from tests.support.app import LIN, OMAR, Running, codes, dump, nonce, raise_request, read_feedback, round_id, send, tick
from tests.vocabulary.builders import a_signed_answer


async def ask_one(app: Running, **over: Any) -> dict[str, Any]:
    return await raise_request(app.client, invitees=[OMAR], **over)


async def take_back(app: Running, raised: dict[str, Any], mine: str, code: str | None = None) -> httpx.Response:
    body = {"code": code or codes(raised)[0], "nonce": mine}
    return await app.client.post(f"/v1/rounds/{round_id(raised)}/retractions", json=body)


async def test_one_person_asked_answers_by_name(app: Running) -> None:
    raised = await ask_one(app)

    form = (await app.client.post(f"/v1/rounds/{round_id(raised)}/form", json={"code": codes(raised)[0]})).json()

    assert form["anonymity"]["mode"] == "attributed"
    assert form["anonymity"]["k"] is None
    assert form["anonymity"]["invited"] == 1
    assert form["you"] == {"role": "interviewer", "signature": "Omar Haddad"}
    assert form["anonymity"]["statement"] == (
        "You answer “Ben Ode” by name, as if you replied to the note. This is not anonymous: “Ben” asked only you, and "
        "sees your answer in 15 minutes, signed “Omar Haddad”. You see exactly what “Ben” will read before you send. "
        "Prefer not to? Decline, or call “Ben”."
    )
    assert form["anonymity"]["caveats"] == []
    assert form["consent"]["understood"] == "Yes, “Ben” may see this with my name"
    assert form["consent"]["too_few"] == []


@pytest.mark.parametrize(
    ("answer", "over", "pointer"),
    [
        ({"reasons": [{"code": "not_about_you"}]}, {"understood": True}, "/answer/signature"),
        ({"reasons": [{"code": "not_about_you"}], "signature": " "}, {"understood": True}, "/answer/signature"),
        ({"reasons": [{"code": "not_about_you"}], "signature": "Omar"}, {"understood": None}, "/understood"),
        ({"reasons": [{"code": "not_about_you"}], "signature": "Omar"}, {"understood": False}, "/understood"),
        ({"reasons": [{"code": "not_about_you"}], "signature": "Omar"}, {"understood": 1}, "/understood"),
        ({"reasons": [{"code": "not_about_you"}], "signature": "Omar"}, {"understood": "true"}, "/understood"),
        (
            {"reasons": [{"code": "not_about_you"}], "signature": "Omar", "if_too_few": "release"},
            {"understood": True},
            "/answer/if_too_few",
        ),
    ],
)
async def test_signed_answer_needs_name_and_consent(
    app: Running, answer: dict[str, Any], over: dict[str, Any], pointer: str
) -> None:
    raised = await ask_one(app)
    before = await dump(app)

    response = await send(app.client, round_id(raised), codes(raised)[0], answer, **over)

    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert await dump(app) == before


async def test_it_shows_after_exactly_fifteen_minutes(app: Running) -> None:
    raised = await ask_one(app)
    mine, answer = nonce(), a_signed_answer(signature="Omar Haddad", advice="Write shorter.")

    first = await send(app.client, round_id(raised), codes(raised)[0], answer, mine)

    assert first.status_code == 201
    assert first.json() == {
        "status": "released",
        "closes_on": "2026-11-27",
        "closes_at": "2026-11-28T12:00:00Z",
        "shows_at": "2026-11-20T12:15:00+00:00",
    }
    app.clock.advance(minutes=14, seconds=59)
    assert await read_feedback(app.client, raised) == {
        "state": "collecting",
        "rounds": [
            {
                "id": round_id(raised),
                "stage": "after_decision",
                "state": "collecting",
                "closes_on": "2026-11-27",
                "closes_at": "2026-11-28T12:00:00Z",
                "message": None,
                "note_to_manager": None,
            }
        ],
        "manager_declined": None,
        "own_notes": [],
    }
    app.clock.advance(seconds=1)
    feedback = await read_feedback(app.client, raised)
    (round_,) = feedback["rounds"]
    assert feedback["state"] == round_["state"] == "released"
    assert [(shown["advice"], shown["signature"]) for shown in round_["answers"]] == [("Write shorter.", "Omar Haddad")]
    # Repeating it says when it showed, not when it was repeated.
    again = await send(app.client, round_id(raised), codes(raised)[0], answer, mine)
    assert (again.status_code, again.content) == (200, first.content)


async def test_no_tick_shows_it_sooner_or_hides_it(app: Running) -> None:
    raised = await ask_one(app)
    app.clock.advance(days=8, minutes=-5)
    await send(app.client, round_id(raised), codes(raised)[0], a_signed_answer())

    app.clock.advance(minutes=5)
    assert (await tick(app)).ended == {}
    assert (await read_feedback(app.client, raised))["state"] == "collecting"
    app.clock.advance(minutes=10)
    await tick(app)
    assert (await read_feedback(app.client, raised))["state"] == "released"


async def test_others_may_answer_after_the_first_shows(app: Running) -> None:
    raised = await raise_request(app.client, invitees=[OMAR, LIN], anonymity={"mode": "attributed"})
    await send(app.client, round_id(raised), codes(raised)[0], a_signed_answer(signature="Omar Haddad"))
    app.clock.advance(days=7)
    assert (await read_feedback(app.client, raised))["rounds"][0]["state"] == "released"

    second = await send(app.client, round_id(raised), codes(raised)[1], a_signed_answer(signature="Lin Mei"))
    assert second.status_code == 201
    app.clock.advance(minutes=15)
    (round_,) = (await read_feedback(app.client, raised))["rounds"]
    assert sorted(answer["signature"] for answer in round_["answers"]) == ["Lin Mei", "Omar Haddad"]

    app.clock.advance(days=1)
    await tick(app)
    (round_,) = (await read_feedback(app.client, raised))["rounds"]
    assert round_["state"] == "released"
    counted: dict[str, Any] = {"asked": 2, "answered": 2, "at_least": None, "declined": [], "silent": 0, "claims": None}
    assert round_["participation"] == counted
    late = await send(app.client, round_id(raised), codes(raised)[1], a_signed_answer())
    assert late.status_code == 410


async def test_it_can_be_taken_back_until_it_shows(app: Running) -> None:
    raised = await ask_one(app)
    mine = nonce()
    await send(app.client, round_id(raised), codes(raised)[0], a_signed_answer(advice="a canary"), mine)
    app.clock.advance(minutes=14, seconds=59)

    first, again = await take_back(app, raised, mine), await take_back(app, raised, mine)

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.content == again.content == b'{"status":"retracted"}'
    assert "canary" not in repr(await dump(app))
    app.clock.advance(hours=1)
    assert (await read_feedback(app.client, raised))["state"] == "collecting"


@pytest.mark.parametrize("ticked", [False, True], ids=["before the tick", "after the tick"])
async def test_the_quarter_of_an_hour_does_not_end_with_the_last_day(app: Running, ticked: bool) -> None:
    raised = await ask_one(app, closes_on="2026-11-20")
    app.clock.at = app.clock.at.replace(day=21, hour=11, minute=55)
    code, mine = codes(raised)[0], nonce()
    await send(app.client, round_id(raised), code, a_signed_answer(advice="a canary"), mine)
    app.clock.advance(minutes=6)
    if ticked:
        await tick(app)

    taken = await take_back(app, raised, mine)

    assert (taken.status_code, taken.json()) == (200, {"status": "retracted"})
    assert "canary" not in repr(await dump(app))
    # It is too late for another, and once the round is closed for everything.
    assert (await send(app.client, round_id(raised), code, a_signed_answer())).status_code == 410
    await tick(app)
    assert (await take_back(app, raised, mine)).status_code == 410


async def test_a_retracted_nonce_is_worn_out_and_the_link_is_not(app: Running) -> None:
    raised = await ask_one(app)
    code, mine = codes(raised)[0], nonce()
    await send(app.client, round_id(raised), code, a_signed_answer(advice="no"), mine)
    await take_back(app, raised, mine)

    # A retry that was under way must not bring it back.
    late = await send(app.client, round_id(raised), code, a_signed_answer(advice="no"), mine)
    better = await send(app.client, round_id(raised), code, a_signed_answer(advice="yes"))

    assert (late.status_code, late.json()["code"]) == (409, "already_answered")
    assert better.status_code == 201
    app.clock.advance(minutes=15)
    answers = (await read_feedback(app.client, raised))["rounds"][0]["answers"]
    assert [answer["advice"] for answer in answers] == ["yes"]


async def test_shown_answer_cannot_be_taken_back(app: Running) -> None:
    raised = await ask_one(app)
    mine = nonce()
    await send(app.client, round_id(raised), codes(raised)[0], a_signed_answer(), mine)
    app.clock.advance(minutes=15)
    before = await dump(app)

    response = await take_back(app, raised, mine)

    assert (response.status_code, response.json()["code"]) == (409, "too_late_to_take_back")
    assert await dump(app) == before
    assert (await read_feedback(app.client, raised))["state"] == "released"


async def test_nobody_takes_back_what_is_not_theirs(app: Running) -> None:
    raised = await raise_request(app.client, invitees=[OMAR, LIN], anonymity={"mode": "attributed"})
    mine = nonce()
    await send(app.client, round_id(raised), codes(raised)[0], a_signed_answer(), mine)
    before = await dump(app)

    colleague = await take_back(app, raised, mine, codes(raised)[1])
    other_nonce = await take_back(app, raised, nonce())

    assert {(one.status_code, one.json()["code"]) for one in (colleague, other_nonce)} == {
        (409, "nothing_to_take_back")
    }
    assert await dump(app) == before


async def test_a_decline_is_not_taken_back(app: Running) -> None:
    raised = await ask_one(app)
    mine = nonce()
    body = {"code": codes(raised)[0], "nonce": mine, "reason": "will_contact_directly", "understood": True}
    assert (await app.client.post(f"/v1/rounds/{round_id(raised)}/declines", json=body)).status_code == 201
    before = await dump(app)

    assert (await take_back(app, raised, mine)).status_code == 409
    assert await dump(app) == before


async def test_a_sealed_answer_cannot_be_taken_back(app: Running) -> None:
    raised = await raise_request(app.client)
    mine = nonce()
    answer = {"reasons": [{"code": "not_about_you"}], "if_too_few": "withhold"}
    await send(app.client, round_id(raised), codes(raised)[0], answer, mine)

    # Whether or not anything was sent with it: it must not tell.
    for given in (mine, nonce()):
        response = await take_back(app, raised, given)
        assert (response.status_code, response.json()["code"]) == (409, "sealed_round")


async def test_sending_and_taking_back_ends_before_the_record_is_full(app: Running) -> None:
    raised = await ask_one(app)
    for _ in range(MOST_RETRACTIONS):
        mine = nonce()
        assert (await send(app.client, round_id(raised), codes(raised)[0], a_signed_answer(), mine)).status_code == 201
        assert (await take_back(app, raised, mine)).status_code == 200

    response = await send(app.client, round_id(raised), codes(raised)[0], a_signed_answer())

    assert (response.status_code, response.json()["code"]) == (409, "already_answered")


async def test_a_round_in_which_nobody_signs_says_so(app: Running) -> None:
    raised = await ask_one(app)
    app.clock.advance(days=8)
    await tick(app)

    (round_,) = (await read_feedback(app.client, raised))["rounds"]

    assert round_["state"] == "withheld"
    assert round_["message"] == "Nobody has answered. That says nothing about you."
