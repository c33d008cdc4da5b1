"""The last microsecond of a day, which ends at 12:00 UTC of the next: what came in time is shown, what was late not."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.app import (
    NOON,
    Running,
    an_app,
    as_candidate,
    codes,
    manager_code,
    nonce,
    raise_request,
    read_feedback,
    round_id,
    send,
    tick,
)
from tests.vocabulary.builders import a_sealed_answer

CLOSES_ON = NOON.date() + timedelta(days=3)
END = datetime.combine(CLOSES_ON + timedelta(days=1), time(12), UTC)
LAST_MOMENT = END - timedelta(microseconds=1)


async def _raised(app: Running, people: int = 3, **over: Any) -> dict[str, Any]:
    invitees = [{"role": "interviewer"}] * people
    return await raise_request(app.client, closes_on=CLOSES_ON.isoformat(), invitees=invitees, **over)


async def _state(app: Running, raised: dict[str, Any]) -> str:
    return str((await read_feedback(app.client, raised))["rounds"][0]["state"])


def _acts(raised: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return everything that can be done with the first link of a round, by route."""
    answer = a_sealed_answer().model_dump(mode="json", exclude_none=True)
    proof = {"code": codes(raised)[0]}
    return {
        "form": proof,
        "preview": {**proof, "answer": answer},
        "declines": {**proof, "nonce": nonce(), "reason": "no_time", "understood": True},
        "answers": {**proof, "nonce": nonce(), "answer": answer},
        "retractions": {**proof, "nonce": nonce()},
    }


async def test_answers_are_taken_through_the_end_of_the_day(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path) as app:
        raised = await _raised(app)
        first, second, third = codes(raised)
        app.clock.at = LAST_MOMENT
        for code in (first, second):
            assert (
                await send(app.client, round_id(raised), code, a_sealed_answer(if_too_few="release"))
            ).status_code == 201
        await tick(app)
        assert await _state(app, raised) == "collecting"

        app.clock.at = END
        # By the date, whether or not a tick has come by.
        late = await send(app.client, round_id(raised), third, a_sealed_answer(if_too_few="release"))
        assert late.status_code == 410
        assert await _state(app, raised) == "collecting"
        await tick(app)
        (shown,) = (await read_feedback(app.client, raised))["rounds"]
        assert (shown["state"], shown["released_on"]) == ("released", END.date().isoformat())
        assert len(shown["answers"]) == 2


@pytest.mark.parametrize("ticked", [False, True], ids=["before the tick", "after the tick"])
async def test_a_closed_round_is_over_on_every_route_and_for_every_code(
    database_url: str, tmp_path: Path, ticked: bool
) -> None:
    async with an_app(database_url, tmp_path) as app:
        raised = await _raised(app)
        app.clock.at = END
        if ticked:
            await tick(app)
        bodies = set()
        for route, body in _acts(raised).items():
            for code in (codes(raised)[0], "0" * 26, "no code"):
                response = await app.client.post(f"/v1/rounds/{round_id(raised)}/{route}", json={**body, "code": code})
                # A date that has passed is wrong before anybody looks at the code.
                assert response.status_code == 410, (route, code)
                bodies.add(response.content)
        assert len(bodies) == 1


async def test_a_closing_date_can_be_moved_until_it_has_passed(database_url: str, tmp_path: Path) -> None:
    later = {"closes_on": (CLOSES_ON + timedelta(days=2)).isoformat()}
    async with an_app(database_url, tmp_path) as app:
        in_time, too_late = await _raised(app), await _raised(app)
        app.clock.at = LAST_MOMENT
        await _extend(app, in_time, later, 200)
        app.clock.at = END
        await _extend(app, too_late, later, 409)
        await tick(app)
        assert (await _state(app, in_time), await _state(app, too_late)) == ("collecting", "withheld")
        assert (await send(app.client, round_id(in_time), codes(in_time)[0], a_sealed_answer())).status_code == 201


async def _extend(app: Running, raised: dict[str, Any], body: dict[str, str], status: int) -> None:
    path = f"/v1/feedback-requests/{raised['id']}"
    response = await app.client.patch(path, json=body, headers=as_candidate(raised))
    assert response.status_code == status


async def test_a_panel_that_ends_today_closes_when_the_day_has_ended(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path) as app:
        raised = await raise_request(app.client, invitees=None, manager={"name": "Ada Ruiz"})
        path = f"/v1/manager/{raised['id']}"
        proof = {"code": manager_code(raised)}
        opened = await app.client.post(f"{path}/panels", json={**proof, "nonce": nonce(), "people": 4})
        panel = opened.json()
        for _ in range(3):
            sent = await send(app.client, panel["round"]["id"], panel["links"][0]["code"], a_sealed_answer())
            assert sent.status_code == 201
        await tick(app)
        closing = await app.client.post(f"{path}/close", json={**proof, "round_id": panel["round"]["id"]})
        assert closing.status_code == 200
        app.clock.advance(hours=24, seconds=-0.000001)
        await tick(app)
        assert await _state(app, raised) == "collecting"
        app.clock.advance(seconds=0.000001)
        await tick(app)
        assert await _state(app, raised) == "released"


async def test_an_answer_races_the_tick_that_closes(database_url: str, tmp_path: Path) -> None:
    """Whoever is told 201 is shown, whoever is told 410 is not, though both happen at the same instant."""
    async with an_app(database_url, tmp_path) as before, an_app(database_url, tmp_path) as after:
        for _ in range(10):
            before.clock.at = LAST_MOMENT - timedelta(hours=1)
            raised = await _raised(before, people=8)
            before.clock.at, after.clock.at = LAST_MOMENT, END
            answers = {code: a_sealed_answer(if_too_few="release", advice=f"from {code}") for code in codes(raised)}
            sending = [send(before.client, round_id(raised), code, answer) for code, answer in answers.items()]
            *responses, _report = await asyncio.gather(*sending[:4], tick(after), *sending[4:], tick(after))
            told = {
                code: response.status_code
                for code, response in zip(
                    answers, [one for one in responses if hasattr(one, "status_code")], strict=True
                )
            }
            assert set(told.values()) <= {201, 410}
            shown = (await read_feedback(after.client, raised))["rounds"][0].get("answers", [])
            assert sorted(answer["advice"] for answer in shown) == sorted(
                f"from {code}" for code, status in told.items() if status == 201
            )
