"""Accepting an offer: once, not during a pause; and codes by mail to the known address only."""

import asyncio
from pathlib import Path

import pytest

from app.sealing.keystore import Purpose
from tests.applications.story import PANEL, a_story, met_by, status_update
from tests.delivery.post import BEN, rows, work
from tests.support.app import nonce
from tests.support.ats import as_operator


async def test_concurrent_acceptances_create_one_request(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        code = await story.offered()
        answers = await asyncio.gather(*(story.ask("acceptance", code, nonce=nonce()) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
        await work(story.app, story.mailbox)
        assert story.mailbox.receivers == sorted([BEN, BEN, *PANEL])
        # Nor is a key left over of those who came too late.
        living = [name for name in await story.app.ctx.keys.names() if name.purpose in (Purpose.REQUEST, Purpose.ROUND)]
        assert len(living) == 2


async def test_repeated_acceptance_returns_the_same_response(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        code = await story.offered()
        own = nonce()
        first = await story.ask("acceptance", code, nonce=own)
        second = await story.ask("acceptance", code, nonce=own)
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.content == second.content
        changed = await story.ask("acceptance", code, nonce=own, share_state_with_employer=True)
        assert changed.status_code == 409


async def test_paused_offer_cannot_be_accepted(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        code = await story.offered()
        await story.ats.put(status_update("ACTIVE", 100))
        refused = await story.ask("acceptance", code, nonce=nonce())
        assert (refused.status_code, refused.json()["code"]) == (409, "offer_paused")
        assert (await story.ask("view", code)).json()["state"] == "paused"
        await story.ats.put(status_update("REJECTED", 200))
        await story.accept(code)


@pytest.mark.parametrize("address", [BEN, "somebody@else.test"])
async def test_code_goes_to_the_known_address_only_and_five_times_a_day(
    database_url: str, tmp_path: Path, address: str
) -> None:
    async with a_story(database_url, tmp_path, hold_hours=200) as story:
        told = (await story.ats.put(met_by(*PANEL))).json()
        path = told["offer_url"].partition("/offer/")[2]
        answers = [await story.app.client.post(f"/v1/offers/{path}/codes", json={"email": address}) for _ in range(7)]
        assert {(answer.status_code, answer.content) for answer in answers} == {(202, b'{"status":"sent_if_known"}')}
        # Whatever was given leaves the same number of rows, and a day has an end.
        assert len(await rows(story.app)) == 7
        await work(story.app, story.mailbox)
        if address == BEN:
            assert story.mailbox.receivers == [BEN] * 5
            await story.accept(story.code())
        else:
            assert story.mailbox.sent == []
            assert (await story.ats.standing())[0] == "waiting"


@pytest.mark.parametrize("switched_off", [False, True])
async def test_disabled_connection_sends_no_code(database_url: str, tmp_path: Path, *, switched_off: bool) -> None:
    async with a_story(database_url, tmp_path, hold_hours=200) as story:
        told = (await story.ats.put(met_by(*PANEL))).json()
        row = await story.ats.row()
        assert row is not None
        if switched_off:
            path = f"/v1/connections/{row.connection_id}/disable"
            assert (await story.app.client.post(path, headers=as_operator(story.app))).status_code == 200
        path = told["offer_url"].partition("/offer/")[2]
        answer = await story.app.client.post(f"/v1/offers/{path}/codes", json={"email": BEN})
        assert (answer.status_code, answer.content) == (202, b'{"status":"sent_if_known"}')
        await work(story.app, story.mailbox)
        assert story.mailbox.receivers == ([] if switched_off else [BEN])
