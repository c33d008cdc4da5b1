"""Before a sealed round opens, whoever holds the request and its links gets the same bytes whatever was answered."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from app.rounds.rules import RoundState
from tests.faults.fetching import everything
from tests.support.app import (
    Running,
    an_app,
    as_candidate,
    codes,
    manager_code,
    nonce,
    raise_request,
    round_id,
    send,
    tick,
)
from tests.vocabulary.builders import a_full_answer, a_sealed_answer

PEOPLE = 4
WORRIES = [{"text": f"worry {number}"} for number in range(3)]
Act = Callable[[Running, str, str], Awaitable[int]]


async def _answer(app: Running, path: str, code: str) -> int:
    return (await send(app.client, path.removeprefix("/v1/rounds/"), code, a_sealed_answer())).status_code


async def _answer_in_full(app: Running, path: str, code: str) -> int:
    return (await send(app.client, path.removeprefix("/v1/rounds/"), code, a_full_answer())).status_code


async def _decline(app: Running, path: str, code: str) -> int:
    body = {"code": code, "nonce": nonce(), "reason": "company_policy", "understood": True}
    return (await app.client.post(f"{path}/declines", json=body)).status_code


async def _two_rounds(app: Running) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Raise a request with a round of the candidate's and a panel of the manager's, one link for all of it."""
    raised = await raise_request(
        app.client,
        manager={"name": "Ada Ruiz"},
        invitees=[{"role": "interviewer"}] * PEOPLE,
        worries=WORRIES,
        closes_on="2026-11-27",
    )
    body = {"code": manager_code(raised), "nonce": nonce(), "people": PEOPLE}
    panel = (await app.client.post(f"/v1/manager/{raised['id']}/panels", json=body)).json()
    return raised, {
        f"/v1/rounds/{round_id(raised)}": codes(raised),
        f"/v1/rounds/{panel['round']['id']}": [panel["links"][0]["code"]] * PEOPLE,
    }


@pytest.mark.parametrize("act", [_answer, _answer_in_full, _decline])
async def test_nobody_can_tell_what_was_answered(database_url: str, tmp_path: Path, act: Act) -> None:
    async with an_app(database_url, tmp_path) as app:
        raised, rounds = await _two_rounds(app)
        before = await everything(app, raised, rounds)
        # What is compared are real pages, and real refusals for what is missing.
        assert {status for name, (status, _, _) in before.items() if name.endswith("on page")} == {200, 422}
        for number in range(PEOPLE):
            for path, links in rounds.items():
                assert await act(app, path, links[number]) == 201
            # A tick of the same day changes nothing either, once there was one.
            if number:
                await tick(app)
            else:
                await _begin_the_day_of(app)
            now = await everything(app, raised, rounds)
            assert [name for name in before if now[name] != before[name]] == []
            await tick(app, days=1)
        # All four have acted: only after the last day does anything show.
        assert sum((await tick(app, days=4)).ended.values()) == 2
        after = await everything(app, raised, rounds)
        assert after["feedback"] != before["feedback"]
        assert {status for name, (status, _, _) in after.items() if name.endswith("form")} == {410}


async def _begin_the_day_of(app: Running) -> None:
    report = await tick(app)
    assert report.ended == {}


async def test_links_of_a_round_without_answers_look_the_same_in_the_end(database_url: str, tmp_path: Path) -> None:
    """Withheld for want of one answer, or of all: the same bytes, and no numbers."""
    async with an_app(database_url, tmp_path) as app:
        several = [await raise_request(app.client) for _ in range(3)]
        for answered, raised in enumerate(several):
            for code in codes(raised)[:answered]:
                assert (await send(app.client, round_id(raised), code, a_sealed_answer())).status_code == 201
        app.clock.advance(days=8)
        assert (await tick(app)).ended == {RoundState.WITHHELD: 3}
        seen = set()
        for raised in several:
            shown = await app.client.get(f"/v1/feedback-requests/{raised['id']}/feedback", headers=as_candidate(raised))
            seen.add(shown.text.replace(round_id(raised), "round"))
        assert len(seen) == 1
