"""Codes sent before the offer is due: a candidate who knows of the rejection need not wait, unseen by the employer."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.delivery.webhooks.models import DeliveryRow
from tests.applications.story import PANEL, Story, a_story, met_by, somebody
from tests.applications.test_offer_events import listen
from tests.delivery.post import BEN, days, work
from tests.support.app import nonce
from tests.support.ats import as_operator
from tests.support.neutral_ats import a_candidate, a_snapshot, an_application, an_interview

# Two identical rejections: the first candidate asks for a code, the second does not.
ONE, OTHER = "a1", "a2"


def told(remote_id: str, **over: Any) -> dict[str, Any]:
    address = {"value": f"{remote_id}@candidates.test", "email_address_type": "PERSONAL", "is_primary": True}
    people = [somebody(email) for email in PANEL]
    return a_snapshot(
        candidate=a_candidate(remote_id=f"c-{remote_id}", email_addresses=[address]),
        interviews=[an_interview(remote_id=f"i-{remote_id}", interviewers=people)],
        **{"application": an_application(remote_id=remote_id), **over},
    )


async def ask_for_code(story: Story, remote_id: str = ONE) -> str:
    row = await story.ats.row(remote_id)
    assert row is not None
    email = f"{remote_id}@candidates.test"
    answer = await story.app.client.post(f"/v1/offers/{row.id}/codes", json={"email": email})
    assert answer.status_code == 202
    await work(story.app, story.mailbox)
    return _code(story, email)


def _code(story: Story, email: str) -> str:
    known = list(story.mailbox.sent)
    story.mailbox.sent[:] = [(BEN if to == email else to, message) for to, message in known]
    code = story.code()
    story.mailbox.sent[:] = known
    return code


async def seen(story: Story, remote_id: str) -> list[Any]:
    """Return all that the employer can see of an application: status, list entry and events."""
    status = await story.ats.ask("GET", f"/applications/{remote_id}/feedback-status")
    listed = (await story.ats.ask("GET", "/applications")).json()["data"]
    rows = await story.app.ctx.db.read(lambda session: list(session.scalars(select(DeliveryRow))))
    events = sorted(
        (row.event_type, row.event_on.isoformat()) for row in rows if row.data["application_remote_id"] == remote_id
    )
    mine = [one for one in listed if one["remote_id"] == remote_id]
    return [{**one, "remote_id": "", "application_remote_id": ""} for one in (status.json(), *mine)] + events


async def alike(story: Story) -> list[Any]:
    found = await seen(story, ONE)
    assert found == await seen(story, OTHER)
    return found


async def let_be(story: Story, code: str) -> None:
    """Do nothing with the code."""


async def accept(story: Story, code: str) -> None:
    await story.accept(code)


async def decline(story: Story, code: str) -> None:
    assert (await story.ask("decline", code)).status_code == 200


@pytest.mark.parametrize("act", [let_be, accept, decline])
async def test_nobody_sees_that_a_code_was_asked_for_within_the_hold(
    database_url: str, tmp_path: Path, act: Any
) -> None:
    async with a_story(database_url, tmp_path, hold_hours=200) as story:
        await listen(story)
        for one in (ONE, OTHER):
            await story.ats.put(told(one), one)
        await act(story, await ask_for_code(story))
        assert (await alike(story))[0]["state"] == "held"
        # Further messages of the ATS reveal nothing either.
        for one in (ONE, OTHER):
            await story.ats.put({"application": an_application("ACTIVE", 30, remote_id=one)}, one)
        assert (await alike(story))[0]["state"] == "not_offered"
        for one in (ONE, OTHER):
            await story.ats.put({"application": an_application("REJECTED", 31, remote_id=one)}, one)
        assert (await alike(story))[0]["state"] == "held"
        states = set()
        for _ in range(45):
            await days(story.app, story.mailbox, 1)
            states.add((await alike(story))[0]["state"])
        assert states == {"held", "offered", "closed"}
        # The candidate who had the code gets no second offer.
        offers = [
            str(m["Subject"])
            for to, m in story.mailbox.sent
            if to in (f"{ONE}@candidates.test", f"{OTHER}@candidates.test")
        ]
        assert len([one for one in offers if "what counted" in one]) == 1


async def test_shared_state_is_visible_at_once(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, hold_hours=200) as story:
        await story.ats.put(told(ONE), ONE)
        await story.accept(await ask_for_code(story), share_state_with_employer=True)
        assert (await seen(story, ONE))[0]["state"] == "collecting"


async def test_wrong_addresses_do_not_use_up_the_codes_of_a_day(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.offered()
        row = await story.ats.row()
        assert row is not None
        for address in ["somebody@else.test"] * 7 + [BEN] * 7:
            await story.app.client.post(f"/v1/offers/{row.id}/codes", json={"email": address})
        story.mailbox.sent.clear()
        await work(story.app, story.mailbox)
        assert story.mailbox.receivers == [BEN] * 5
        story.app.clock.advance(days=1)
        await story.app.client.post(f"/v1/offers/{row.id}/codes", json={"email": BEN})
        await work(story.app, story.mailbox)
        assert story.mailbox.receivers == [BEN] * 6


async def test_queued_offer_mail_waits_while_its_connection_is_disabled(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, hold_hours=0) as story:
        await story.ats.put(met_by(*PANEL))
        path = f"/v1/connections/{story.ats.connection_id}"
        operator = as_operator(story.app)
        assert (await story.app.client.post(f"{path}/disable", headers=operator)).status_code == 200
        await days(story.app, story.mailbox, 3)
        assert story.mailbox.sent == []
        assert (await story.app.client.post(f"{path}/enable", headers=operator)).status_code == 200
        await days(story.app, story.mailbox, 1)
        assert story.mailbox.receivers == [BEN]


async def test_offer_that_ran_out_during_a_pause_is_withdrawn(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, hold_hours=0) as story:
        await story.ats.put(met_by(*PANEL))
        await story.ats.put({"application": an_application("ACTIVE", 100)})
        await days(story.app, story.mailbox, 20)
        await story.ats.put({"application": an_application("REJECTED", 200)})
        assert (await story.ats.standing())[0] == "withdrawn"
        await days(story.app, story.mailbox, 2)
        assert story.mailbox.sent == []


async def test_early_code_does_not_shorten_the_time_to_accept(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, hold_hours=20 * 24) as story:
        await story.ats.put(told(ONE), ONE)
        code = await ask_for_code(story)
        await days(story.app, story.mailbox, 25)
        await story.accept(code)


async def test_hire_during_the_hold_and_second_rejection_lead_to_an_offer(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, hold_hours=200) as story:
        await story.ats.put(told(ONE), ONE)
        await ask_for_code(story)
        await story.ats.put({"application": an_application("HIRED", 30, remote_id=ONE)}, ONE)
        assert (await story.ats.standing())[0] == "withdrawn"
        await story.ats.put({"application": an_application("REJECTED", 31, remote_id=ONE)}, ONE)
        story.mailbox.sent.clear()
        await days(story.app, story.mailbox, 15)
        assert story.mailbox.receivers == [f"{ONE}@candidates.test"]
        await story.accept(_code(story, f"{ONE}@candidates.test"))


@pytest.mark.parametrize("status", ["HIRED", "WITHDRAWN", "ACTIVE"])
async def test_acceptance_checks_the_ats_status_before_follow_up(sqlite_url: str, tmp_path: Path, status: str) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        code = await story.offered()
        await story.ats.ask("PUT", "/applications/a1", {"application": an_application(status, 100)})
        refused = await story.ask("acceptance", code, nonce=nonce())
        assert (refused.status_code, refused.json()["code"]) == (
            (409, "offer_paused") if status == "ACTIVE" else (410, "offer_over")
        )


@pytest.mark.parametrize("status", ["HIRED", "WITHDRAWN", "ACTIVE"])
async def test_queued_offer_mail_checks_the_ats_status(sqlite_url: str, tmp_path: Path, status: str) -> None:
    async with a_story(sqlite_url, tmp_path, hold_hours=0) as story:
        await story.ats.ask("PUT", "/applications/a1", met_by(*PANEL))
        await story.ats.ask("PUT", "/applications/a1", {"application": an_application(status, 100)})
        await work(story.app, story.mailbox)
        assert story.mailbox.sent == []


async def test_paused_offer_with_an_early_code_is_withdrawn_after_its_last_day(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, hold_hours=200) as story:
        await story.ats.put(told(ONE), ONE)
        await ask_for_code(story)
        await story.ats.put({"application": an_application("ACTIVE", 30, remote_id=ONE)}, ONE)
        assert (await story.ats.standing())[0] == "paused"
        await days(story.app, story.mailbox, 16)
        assert (await story.ats.standing())[0] == "withdrawn"
