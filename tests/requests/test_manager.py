"""The hiring manager's link: view, answer for the team, retract, decline; it ends with the request."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.core.tokens import new_code
from app.sealing.keystore import KeyName, Purpose
from tests.support.app import (
    ADA,
    Running,
    as_candidate,
    codes,
    dump,
    manager_code,
    nonce,
    raise_request,
    read_feedback,
    round_id,
    tick,
)

TEAM = "The hiring team at Acme"
ANSWER: dict[str, Any] = {"reasons": [{"code": "not_about_you"}], "signature": TEAM}
NONCE = "n" * 22
BODIES: dict[str, dict[str, Any]] = {
    "view": {},
    "team-answers": {"nonce": NONCE, "answer": ANSWER, "understood": True},
    "retractions": {"nonce": NONCE},
    "panels": {"nonce": NONCE, "people": 3},
    "panel-messages": {},
    "declines": {"nonce": NONCE, "reason": "no_time", "understood": True},
    "close": {"round_id": str(uuid4())},
}


async def ask_manager(app: Running, **over: Any) -> dict[str, Any]:
    return await raise_request(app.client, **{"invitees": None, "manager": ADA, **over})


async def act(app: Running, raised: dict[str, Any], route: str, code: str | None = None, **over: Any) -> httpx.Response:
    body = {"code": code or manager_code(raised), **BODIES[route], **over}
    return await app.client.post(f"/v1/manager/{raised['id']}/{route}", json=body)


@pytest.mark.parametrize("route", BODIES)
async def test_all_unknown_links_get_one_404(app: Running, route: str) -> None:
    raised, other = await ask_manager(app, invitees=[{}, {}]), await ask_manager(app)
    before, keys = await dump(app), sorted(await app.ctx.keys.names())

    answers = [
        *[await act(app, raised, route, code) for code in (new_code(), manager_code(other), codes(raised)[0], "x")],
        *[
            await act(app, {**raised, "id": path}, route)
            for path in (str(uuid4()), round_id(raised), "nonsense", raised["id"] + "0")
        ],
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["code"] == "unknown_link"
    assert await dump(app) == before
    assert sorted(await app.ctx.keys.names()) == keys


@pytest.mark.parametrize("route", BODIES)
async def test_after_a_withdrawal_there_is_one_410(app: Running, route: str) -> None:
    raised = await ask_manager(app)
    await app.client.post(f"/v1/feedback-requests/{raised['id']}/withdrawal", headers=as_candidate(raised))
    before, keys = await dump(app), await app.ctx.keys.names()

    answers = [await act(app, raised, route, code) for code in (None, new_code(), "x")]

    assert {answer.status_code for answer in answers} == {410}
    assert len({answer.content for answer in answers}) == 1
    assert await dump(app) == before
    assert await app.ctx.keys.names() == keys


async def test_the_view_says_what_is_asked_and_changes_nothing(app: Running) -> None:
    raised = await ask_manager(app, worries=[{"text": "my accent"}], own_question="Was it my talk?")
    before = await dump(app)

    response = await act(app, raised, "view")

    view = response.json()
    assert response.status_code == 200
    assert view["candidate_name"] == "Ben Ode"
    assert view["worries"] == [{"text": "my accent", "says": None, "link": None}]
    assert view["own_question"] == "Was it my talk?"
    assert view["signature"] == TEAM
    assert view["team_statement"] == (
        "You answer for the hiring team. “Ben Ode” sees “The hiring team at Acme”, in 15 minutes, and will take it as "
        "yours. Leave out who thought what."
    )
    assert view["team_understood"] == "Yes, “Ben” may see this with my name"
    assert (view["declined"], view["rounds"]) == (None, [])
    assert await dump(app) == before


async def test_the_team_s_answer_shows_after_fifteen_minutes(app: Running) -> None:
    raised = await ask_manager(app)

    first, again = await act(app, raised, "team-answers"), await act(app, raised, "team-answers")

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.content == again.content
    assert first.json() == {"status": "released", "shows_at": "2026-11-20T12:15:00+00:00"}
    app.clock.advance(minutes=14, seconds=59)
    assert (await read_feedback(app.client, raised)) == {
        "state": "collecting",
        "rounds": [],
        "manager_declined": None,
        "own_notes": [],
    }
    app.clock.advance(seconds=1)
    feedback = await read_feedback(app.client, raised)
    assert feedback["state"] == "released"
    assert [answer["signature"] for answer in feedback["rounds"][0]["answers"]] == [TEAM]
    assert (await act(app, raised, "team-answers")).content == first.content


async def test_one_answer_per_stage(app: Running) -> None:
    raised = await ask_manager(app)
    await act(app, raised, "team-answers")
    before = await dump(app)

    rivals = [
        await act(app, raised, "team-answers", nonce=nonce()),
        await act(app, raised, "team-answers", answer={**ANSWER, "advice": "another"}),
        await act(app, raised, "team-answers", stage="after_references"),
    ]

    assert {(rival.status_code, rival.json()["code"]) for rival in rivals} == {(409, "already_answered")}
    assert await dump(app) == before
    other_stage = await act(app, raised, "team-answers", nonce=nonce(), stage="after_references")
    assert other_stage.status_code == 201


async def test_open_questions_before_the_decision(app: Running) -> None:
    raised = await ask_manager(app)
    answer = {"open_questions": [{"question": "Can you start in May?"}], "signature": "Ada Ruiz"}

    verdict = await act(app, raised, "team-answers", stage="after_interview")
    response = await act(app, raised, "team-answers", stage="after_interview", answer=answer)

    assert {error["pointer"] for error in verdict.json()["errors"]} == {"/answer/reasons", "/answer/open_questions"}
    assert response.status_code == 201
    app.clock.advance(minutes=15)
    (round_,) = (await read_feedback(app.client, raised))["rounds"]
    assert round_["stage"] == "after_interview"
    assert [one["question"] for one in round_["answers"][0]["open_questions"]] == ["Can you start in May?"]


async def test_team_answer_can_be_retracted_and_given_again(app: Running) -> None:
    raised = await ask_manager(app)
    await act(app, raised, "team-answers", answer={**ANSWER, "advice": "a canary"})
    app.clock.advance(minutes=14, seconds=59)

    taken = [await act(app, raised, "retractions") for _ in range(2)]

    assert [one.status_code for one in taken] == [200, 200]
    stored = await dump(app)
    assert (stored["rounds"], stored["answers"]) == ([], [])
    app.clock.advance(hours=1)
    assert (await read_feedback(app.client, raised))["state"] == "collecting"
    # The nonce is worn out, the stage is free.
    worn = await act(app, raised, "team-answers", answer={**ANSWER, "advice": "a canary"})
    assert (worn.status_code, worn.json()["code"]) == (409, "already_answered")
    assert (await act(app, raised, "team-answers", nonce=nonce())).status_code == 201
    app.clock.advance(minutes=15)
    assert (await read_feedback(app.client, raised))["state"] == "released"


async def test_shown_team_answer_cannot_be_retracted(app: Running) -> None:
    raised = await ask_manager(app)
    await act(app, raised, "team-answers")
    app.clock.advance(minutes=15)
    before = await dump(app)

    late, unknown = await act(app, raised, "retractions"), await act(app, raised, "retractions", nonce=nonce())

    assert (late.status_code, late.json()["code"]) == (409, "too_late_to_take_back")
    assert (unknown.status_code, unknown.json()["code"]) == (409, "nothing_to_take_back")
    assert await dump(app) == before


async def test_a_decline_tells_the_candidate_why_and_leaves_the_link(app: Running) -> None:
    raised = await ask_manager(app)
    decline = {"reason": "will_contact_directly"}

    first, again = await act(app, raised, "declines", **decline), await act(app, raised, "declines", **decline)
    other = await act(app, raised, "declines", reason="no_time")

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert (await read_feedback(app.client, raised))["manager_declined"] == "will_contact_directly"
    shown = await app.client.get(f"/v1/feedback-requests/{raised['id']}", headers=as_candidate(raised))
    assert shown.json()["manager_declined"] == "will_contact_directly"
    assert (await act(app, raised, "view")).json()["declined"] == "will_contact_directly"


async def test_a_change_of_mind_hides_the_decline_no_sooner_than_its_answer_shows(app: Running) -> None:
    raised = await ask_manager(app)
    await act(app, raised, "declines", nonce=nonce(), reason="will_contact_directly")

    async def declined() -> list[Any]:
        shown = await app.client.get(f"/v1/feedback-requests/{raised['id']}", headers=as_candidate(raised))
        feedback = await read_feedback(app.client, raised)
        view = (await act(app, raised, "view")).json()
        return [shown.json()["manager_declined"], feedback["manager_declined"], view["declined"]]

    still = ["will_contact_directly"] * 3
    assert (await act(app, raised, "team-answers")).status_code == 201
    assert await declined() == still
    assert (await act(app, raised, "retractions")).status_code == 200
    app.clock.advance(minutes=15)
    assert await declined() == still
    assert (await act(app, raised, "team-answers", nonce=nonce())).status_code == 201
    app.clock.advance(minutes=14, seconds=59)
    assert await declined() == still
    app.clock.advance(seconds=1)
    assert await declined() == [None] * 3


async def test_panel_replaces_a_decline_at_once(app: Running) -> None:
    raised = await ask_manager(app)
    await act(app, raised, "declines", nonce=nonce())

    assert (await act(app, raised, "panels", nonce=nonce())).status_code == 201

    assert (await read_feedback(app.client, raised))["manager_declined"] is None


async def test_the_quarter_of_an_hour_does_not_end_with_the_last_day(app: Running) -> None:
    raised = await ask_manager(app)
    app.clock.at = app.clock.at.replace(day=21, hour=11, minute=55)
    await act(app, raised, "team-answers")
    app.clock.advance(minutes=6)
    await tick(app)

    assert (await act(app, raised, "retractions")).status_code == 200
    assert (await dump(app))["rounds"] == []


async def test_a_link_of_a_restored_backup_is_over(app: Running) -> None:
    raised = await ask_manager(app)
    # As after a withdrawal whose transaction the backup does not have: the row is open, its key destroyed.
    await app.ctx.keys.destroy(KeyName(Purpose.REQUEST, UUID(raised["id"])))

    answers = [await act(app, raised, route) for route in BODIES]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(410, "request_over")}


async def test_viewing_never_spends_the_link(app: Running) -> None:
    raised = await ask_manager(app)

    views = {(await act(app, raised, "view")).content for _ in range(120)}

    assert len(views) == 1


async def test_link_takes_a_hundred_acts(app: Running) -> None:
    raised = await ask_manager(app, manager={"name": "A" + "😀" * 79})
    reason = "will_contact_directly"

    statuses = [(await act(app, raised, "declines", nonce=nonce(), reason=reason)).status_code for _ in range(102)]

    assert statuses == [201] * 100 + [409] * 2


async def test_pending_answer_is_listed_and_can_be_taken_back_without_its_nonce(app: Running) -> None:
    raised = await ask_manager(app)
    await act(app, raised, "team-answers")
    before = (await act(app, raised, "view")).json()
    assert before["pending"] == [{"stage": "after_decision", "shows_at": "2026-11-20T12:15:00+00:00"}]

    other = await act(app, raised, "retractions", nonce=None, stage="after_interview")
    assert (other.status_code, other.json()["code"]) == (409, "nothing_to_take_back")
    assert (await act(app, raised, "retractions", nonce=None)).status_code == 200

    assert (await act(app, raised, "view")).json()["pending"] == []
    assert (await dump(app))["answers"] == []
    again = await act(app, raised, "retractions", nonce=None)
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_take_back")
    # A late retry of what was taken back is refused, and a new answer is taken.
    assert (await act(app, raised, "team-answers")).status_code == 409
    assert (await act(app, raised, "team-answers", nonce=nonce())).status_code == 201


async def test_answer_that_shows_is_pending_no_more(app: Running) -> None:
    raised = await ask_manager(app)
    await act(app, raised, "team-answers")
    app.clock.advance(minutes=15)
    assert (await act(app, raised, "view")).json()["pending"] == []
    late = await act(app, raised, "retractions", nonce=None)
    assert (late.status_code, late.json()["code"]) == (409, "nothing_to_take_back")
