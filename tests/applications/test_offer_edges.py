"""What an offer must survive: repeats, races, rejections taken back, interviews cancelled, positions kept quiet."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.applications import offers
from app.applications.models import NoticeRow
from app.rounds.box_store import find_box
from app.sealing.keystore import KeyName, Purpose, find_key
from app.sealing.models import BoxRow
from tests.applications.offers import ADA, CLEO, LIN, OMAR, PANEL, Story, a_job, a_story, met_by, somebody
from tests.delivery.post import BEN, code_in, days, rows, work
from tests.support.app import nonce, read_feedback, send, tick
from tests.support.neutral_ats import a_candidate, a_snapshot, an_application, an_interview
from tests.vocabulary.builders import a_sealed_answer


def again(status: str, hours: float, **over: Any) -> dict[str, Any]:
    """Return a snapshot that says only how the application stands."""
    return {"application": an_application(status, hours, **over)}


async def test_one_offer_however_many_workers(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        await story.ats.put(met_by(*PANEL))
        made = await asyncio.gather(*(offers.make_due_offers(story.app.ctx, story.app.clock.now()) for _ in range(4)))
        assert sum(made) == 1
        await story.go_on()
        assert story.mailbox.receivers == [BEN]


async def test_two_rejections_make_one_offer(database_url: str, tmp_path: Path) -> None:
    """Ashby tells of one rejection twice, as a change of the stage and as one of the application."""
    async with a_story(database_url, tmp_path) as story:
        await story.offered()
        await story.ats.put(met_by(*PANEL, application=an_application(hours=25)))
        await story.go_on()
        assert story.mailbox.receivers == [BEN]


async def test_unrejected_within_the_hold_nobody_knows(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, hold_hours=200) as story:
        await story.ats.put(met_by(*PANEL))
        await story.go_on()
        await story.ats.put(again("ACTIVE", 30))
        story.app.clock.advance(days=30)
        await story.go_on()
        assert story.mailbox.sent == []
        assert await story.ats.standing() == ("none", "not_rejected")


async def test_without_a_hold_the_offer_goes_at_once(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, hold_hours=0) as story:
        await story.ats.put(met_by(*PANEL))
        assert (await story.ats.standing())[0] == "offered"


async def test_two_accept_at_once_and_one_request_is_raised(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        code = await story.offered()
        answers = await asyncio.gather(*(story.ask("acceptance", code, nonce=nonce()) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
        await work(story.app, story.mailbox)
        assert story.mailbox.receivers == sorted([BEN, BEN, *PANEL])
        # Nor is a key left over of those who came too late.
        living = [name for name in await story.app.ctx.keys.names() if name.purpose in (Purpose.REQUEST, Purpose.ROUND)]
        assert len(living) == 2


async def test_the_same_acceptance_gets_the_same_answer(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        code = await story.offered()
        own = nonce()
        first = await story.ask("acceptance", code, nonce=own)
        second = await story.ask("acceptance", code, nonce=own)
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.content == second.content
        changed = await story.ask("acceptance", code, nonce=own, share_state_with_employer=True)
        assert changed.status_code == 409


async def test_a_rejection_taken_back_after_the_offer(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        raised = await story.accepted()
        round_id = raised["rounds"][0]["id"]
        letters = [code_in(story.mailbox.to(one)[0]) for one in PANEL]
        assert (await send(story.app.client, round_id, letters[0], a_sealed_answer())).status_code == 201
        story.mailbox.sent.clear()

        await story.ats.put(again("ACTIVE", 100))
        assert await story.ats.standing() == ("paused", None)
        notices = await story.app.ctx.db.read(lambda session: list(session.scalars(select(NoticeRow))))
        assert [(one.code, one.application_remote_id) for one in notices] == [("reinstated", "a1")]
        for letter in letters:
            refused = await send(story.app.client, round_id, letter, a_sealed_answer())
            assert (refused.status_code, refused.json()["code"]) == (410, "round_paused")
        feedback = await read_feedback(story.app.client, raised)
        assert feedback["state"] == "paused"
        await days(story.app, story.mailbox, 3)
        assert story.mailbox.sent == []

        await story.ats.put(again("REJECTED", 200))
        assert await story.ats.standing() == ("accepted", None)
        for letter in letters[1:]:
            assert (await send(story.app.client, round_id, letter, a_sealed_answer())).status_code == 201
        await tick(story.app, early=True)
        story.app.clock.advance(days=10)
        await tick(story.app)
        assert len((await read_feedback(story.app.client, raised))["rounds"][0]["answers"]) == 3


async def test_a_pause_past_the_last_day_withdraws(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        raised = await story.accepted()
        await story.ats.put(again("ACTIVE", 100))
        await days(story.app, story.mailbox, 9)
        assert (await story.ats.standing())[0] == "withdrawn"
        assert (await read_feedback(story.app.client, raised))["state"] == "withdrawn"
        assert not [name for name in await story.app.ctx.keys.names() if name.purpose is Purpose.ROUND]


async def test_an_offer_that_is_paused_can_not_be_accepted(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        code = await story.offered()
        await story.ats.put(again("ACTIVE", 100))
        refused = await story.ask("acceptance", code, nonce=nonce())
        assert (refused.status_code, refused.json()["code"]) == (409, "offer_paused")
        assert (await story.ask("view", code)).json()["state"] == "paused"
        await story.ats.put(again("REJECTED", 200))
        await story.accept(code)


async def test_an_offer_that_was_not_mailed_yet_is_mailed_after_the_pause(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.ats.put(met_by(*PANEL))
        await tick(story.app)
        await story.ats.put(again("ACTIVE", 100))
        await work(story.app, story.mailbox)
        assert story.mailbox.sent == []
        await story.ats.put(again("REJECTED", 200))
        await work(story.app, story.mailbox)
        await story.accept(story.code())


async def test_hired_after_the_rejection(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        raised = await story.accepted()
        before = await story.seen_by_employer()
        await story.ats.put(again("HIRED", 100))
        assert (await story.ats.standing())[0] == "withdrawn"
        assert (await read_feedback(story.app.client, raised))["state"] == "withdrawn"
        assert await story.seen_by_employer() == before


async def test_two_applications_of_one_candidate_are_two_requests(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        first = await story.accepted()
        interview = an_interview(remote_id="i2", interviewers=[somebody(ADA), somebody("eve@acme.test")])
        body = a_snapshot(
            application=an_application(remote_id="a2"), job=a_job(remote_id="j2", name="Editor"), interviews=[interview]
        )
        await story.ats.put(body, "a2")
        story.mailbox.sent.clear()
        await story.go_on()
        answer = await story.ask("acceptance", story.code(), remote_id="a2", nonce=nonce())
        assert answer.status_code == 201, answer.text
        assert answer.json()["id"] != first["id"]
        await work(story.app, story.mailbox)
        assert set(story.mailbox.receivers) == {ADA, BEN, "eve@acme.test"}


async def test_a_confidential_job_is_held_and_its_title_in_no_mail(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.ats.put(met_by(*PANEL, job=a_job(confidential=True)))
        await story.go_on()
        assert await story.ats.standing() == ("held", "confidential_job")
        assert story.mailbox.sent == []
        released = await story.ats.ask("POST", "/applications/a1/release")
        assert released.status_code == 200, released.text
        await story.go_on()
        await story.accept(story.code())
        await work(story.app, story.mailbox)
        assert len(story.mailbox.sent) == 6
        assert not [text for address in (BEN, *PANEL) for text in story.letters(address) if "Technical writer" in text]


async def open_codes(story: Story, round_id: Any) -> dict[str | None, tuple[int, int]]:
    """Return what is left of each code, by address: as only the test may look."""
    key = await find_key(story.app.ctx.keys, KeyName(Purpose.ROUND, round_id))
    opened = await story.app.ctx.db.read(lambda session: find_box(session, key, lock=False))
    assert opened is not None
    return {code.address: (code.uses, code.uses_left) for code in opened.box.codes}


async def test_an_interview_cancelled_after_the_invitation(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        first = an_interview(interviewers=[somebody(OMAR), somebody(LIN)])
        second = an_interview(remote_id="i2", interviewers=[somebody(LIN), somebody(CLEO), somebody(ADA)])
        raised = await story.accepted(a_snapshot(interviews=[first, second]))
        round_id = UUID(raised["rounds"][0]["id"])
        answered = await send(story.app.client, str(round_id), code_in(story.mailbox.to(ADA)[0]), a_sealed_answer())
        assert answered.status_code == 201
        size = len(await story.app.ctx.db.read(lambda session: session.scalars(select(BoxRow.ct)).one()))

        cancelled = {**second, "status": "CANCELLED", "remote_updated_at": "2026-11-20T12:00:00Z"}
        await story.ats.put({"application": an_application(), "interviews": [cancelled]})
        # Lin has another interview, Cleo has none, and Ada's answer stays.
        assert await open_codes(story, round_id) == {OMAR: (1, 1), LIN: (1, 1), CLEO: (0, 0), ADA: (1, 0)}
        assert len(await story.app.ctx.db.read(lambda session: session.scalars(select(BoxRow.ct)).one())) == size
        # From outside both look alike: the form opens, and nothing more is taken.
        for who in (CLEO, ADA):
            code = code_in(story.mailbox.to(who)[0])
            shown = await story.app.client.post(f"/v1/rounds/{round_id}/form", json={"code": code})
            assert shown.status_code == 200
            refused = await send(story.app.client, str(round_id), code, a_sealed_answer())
            assert refused.json()["code"] == "already_answered"
        story.mailbox.sent.clear()
        await days(story.app, story.mailbox, 5)
        assert story.mailbox.receivers == [LIN, OMAR]

        await story.ats.put(
            {"application": an_application(), "interviews": [{**second, "remote_updated_at": "2026-11-21T12:00:00Z"}]}
        )
        assert await open_codes(story, round_id) == {OMAR: (1, 1), LIN: (1, 1), CLEO: (1, 1), ADA: (1, 0)}


async def test_an_internal_applicant_is_not_asked_about_themselves(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.ats.put(met_by(BEN, *PANEL))
        assert await story.ats.standing() == ("held", "internal_applicant")
        await story.ats.ask("POST", "/applications/a1/release")
        await story.go_on()
        assert (await story.ask("view", story.code())).json()["people"] == 3


async def test_a_shared_mailbox_and_a_shadow_are_not_asked(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        people = [
            somebody(OMAR),
            somebody("panel@acme.test"),
            somebody(LIN, "SHADOW"),
            somebody(CLEO, response_status="DECLINED"),
        ]
        code = await story.offered(a_snapshot(interviews=[an_interview(interviewers=people)]))
        assert (await story.ask("view", code)).json()["people"] == 1


async def test_the_hiring_manager_who_met_the_candidate_is_asked_once(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.accepted(met_by(OMAR, LIN, ADA, job=a_job()))
        assert len(story.mailbox.to(ADA)) == 1


async def test_five_hundred_at_once_are_staggered(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        count = offers.BATCH + 3
        for number in range(count):
            remote_id = f"a{number}"
            person = a_candidate(remote_id=remote_id, email_addresses=[{"value": f"c{number}@example.test"}])
            interview = an_interview(remote_id=f"i{number}", interviewers=[somebody(OMAR)])
            body = a_snapshot(candidate=person, application=an_application(remote_id=remote_id), interviews=[interview])
            assert (await story.ats.put(body, remote_id)).status_code == 201
        now = story.app.clock.now()
        assert await offers.make_due_offers(story.app.ctx, now) == offers.BATCH
        assert await offers.make_due_offers(story.app.ctx, now) == 3
        assert await offers.make_due_offers(story.app.ctx, now) == 0


async def test_what_can_not_be_read_again_waits_and_keeps_nobody_waiting(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.ats.put(met_by(*PANEL))

        async def refused(_application_id: Any) -> bool:
            return False

        now = story.app.clock.now()
        assert await offers.make_due_offers(story.app.ctx, now, reread=refused) == 0
        assert await offers.make_due_offers(story.app.ctx, now) == 0
        story.app.clock.advance(seconds=offers.PAUSE_SECONDS)
        assert await offers.make_due_offers(story.app.ctx, story.app.clock.now()) == 1


@pytest.mark.parametrize("address", [BEN, "somebody@else.test"])
async def test_the_link_without_a_secret(database_url: str, tmp_path: Path, address: str) -> None:
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
