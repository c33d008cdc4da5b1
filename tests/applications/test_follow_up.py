"""Follow-up of ATS updates: reversed rejections, hires and cancelled interviews after an offer was made."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.applications.models import NoticeRow
from app.delivery.models import OutboxRow, OutboxState
from app.rounds.box_store import find_box
from app.rounds.models import RoundRow
from app.sealing.keystore import KeyName, Purpose, find_key
from app.sealing.models import BoxRow
from tests.applications.story import ADA, CLEO, LIN, OMAR, PANEL, Story, a_job, a_story, met_by, somebody, status_update
from tests.delivery.post import BEN, code_in, days, work
from tests.pages.browsing import Browser
from tests.support.app import nonce, read_feedback, send, tick
from tests.support.neutral_ats import a_snapshot, an_application, an_interview, at
from tests.vocabulary.builders import a_sealed_answer, a_signed_answer


def of_interview(*emails: str, hours: float) -> dict[str, Any]:
    return {
        "application": an_application(hours=hours),
        "interviews": [an_interview(interviewers=[somebody(one) for one in emails], remote_updated_at=at(hours))],
    }


async def state_of(story: Story, round_id: str) -> str:
    row = await story.app.ctx.db.read(lambda session: session.get_one(RoundRow, UUID(round_id)))
    return str(row.state)


async def open_codes(story: Story, round_id: Any) -> dict[str | None, tuple[int, int]]:
    """Return what is left of each code, by address: as only the test may look."""
    key = await find_key(story.app.ctx.keys, KeyName(Purpose.ROUND, round_id))
    opened = await story.app.ctx.db.read(lambda session: find_box(session, key, lock=False))
    assert opened is not None
    return {code.address: (code.uses, code.uses_left) for code in opened.box.codes}


async def test_reversed_rejection_pauses_a_round_and_a_second_one_resumes_it(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        raised = await story.accepted()
        round_id = raised["rounds"][0]["id"]
        letters = [code_in(story.mailbox.to(one)[0]) for one in PANEL]
        assert (await send(story.app.client, round_id, letters[0], a_sealed_answer())).status_code == 201
        story.mailbox.sent.clear()

        await story.ats.put(status_update("ACTIVE", 100))
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

        await story.ats.put(status_update("REJECTED", 200))
        assert await story.ats.standing() == ("accepted", None)
        for letter in letters[1:]:
            assert (await send(story.app.client, round_id, letter, a_sealed_answer())).status_code == 201
        await tick(story.app, days=18)
        assert len((await read_feedback(story.app.client, raised))["rounds"][0]["answers"]) == 3


async def test_pause_beyond_the_last_day_withdraws_the_request(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        raised = await story.accepted()
        await story.ats.put(status_update("ACTIVE", 100))
        await days(story.app, story.mailbox, 9)
        assert (await story.ats.standing())[0] == "withdrawn"
        assert (await read_feedback(story.app.client, raised))["state"] == "withdrawn"
        assert not [name for name in await story.app.ctx.keys.names() if name.purpose is Purpose.ROUND]


async def test_unsent_offer_mail_is_sent_after_the_pause(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.ats.put(met_by(*PANEL))
        await tick(story.app)
        await story.ats.put(status_update("ACTIVE", 100))
        await work(story.app, story.mailbox)
        assert story.mailbox.sent == []
        await story.ats.put(status_update("REJECTED", 200))
        await work(story.app, story.mailbox)
        await story.accept(story.code())


async def test_reminder_due_during_a_pause_is_sent_after_it(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        await story.accepted()
        story.mailbox.sent.clear()
        await story.ats.put({"application": an_application("ACTIVE", 100)})
        await days(story.app, story.mailbox, 4)
        assert story.mailbox.sent == []
        await story.ats.put({"application": an_application("REJECTED", 200)})
        await story.go_on()
        assert story.mailbox.receivers == sorted(PANEL)


async def test_two_reminders_due_during_a_pause_become_one(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        await story.accepted()
        story.mailbox.sent.clear()
        await story.ats.put({"application": an_application("ACTIVE", 100)})
        await days(story.app, story.mailbox, 6)
        await story.ats.put({"application": an_application("REJECTED", 200)})
        await story.go_on()
        assert story.mailbox.receivers == sorted(PANEL)


async def test_paused_team_answer_ends_no_other_round(sqlite_url: str, tmp_path: Path) -> None:
    """Its own day is the one on which it was given: the panel's is still to come."""
    async with a_story(sqlite_url, tmp_path) as story:
        raised = await story.accepted(met_by(*PANEL, job=a_job()))
        body = {
            "code": code_in(story.mailbox.to(ADA)[0]),
            "nonce": nonce(),
            "stage": "after_decision",
            "understood": True,
        }
        answered = await story.app.client.post(
            f"/v1/manager/{raised['id']}/team-answers",
            json={**body, "answer": a_signed_answer().model_dump(mode="json", exclude_none=True)},
        )
        assert answered.status_code == 201, answered.text
        await story.ats.put({"application": an_application("ACTIVE", 100)})
        await days(story.app, story.mailbox, 2)
        assert await story.ats.standing() == ("paused", None)
        await story.ats.put({"application": an_application("REJECTED", 200)})
        assert await state_of(story, raised["rounds"][0]["id"]) == "collecting"


async def test_pages_and_api_say_that_the_request_is_paused(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        raised = await story.accepted(met_by(*PANEL, job=a_job()))
        await story.ats.put({"application": an_application("ACTIVE", 100)})
        panel = Browser(story.app.client, f"/r/{raised['rounds'][0]['id']}")
        for code in (code_in(story.mailbox.to(OMAR)[0]), "0" * 26):
            page = await panel.enter(code)
            assert page.response.status_code == 410
            assert "This is paused" in page.text
        manager = await Browser(story.app.client, f"/q/{raised['id']}").enter(code_in(story.mailbox.to(ADA)[0]))
        assert (manager.response.status_code, "This is paused" in manager.text) == (410, True)
        own = await Browser(story.app.client, f"/requests/{raised['id']}").enter(raised["manage_token"], "token")
        assert own.response.status_code == 200
        assert "The company has reopened your application." in own.text
        assert "withdrawn" not in own.text.lower()
        more = await story.app.client.patch(
            f"/v1/feedback-requests/{raised['id']}",
            json={"closes_on": "2026-12-10"},
            headers={"Authorization": f"Bearer {raised['manage_token']}"},
        )
        assert (more.status_code, more.json()["code"]) == (409, "request_paused")
        again = await story.ask("acceptance", code_in(story.mailbox.to(BEN)[0]), nonce=nonce())
        assert again.status_code == 409


async def test_candidate_withdraws_a_paused_request(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        raised = await story.accepted()
        await story.ats.put({"application": an_application("ACTIVE", 100)})
        headers = {"Authorization": f"Bearer {raised['manage_token']}"}
        ended = await story.app.client.post(f"/v1/feedback-requests/{raised['id']}/withdrawal", headers=headers)
        assert ended.status_code == 204
        await story.ats.put({"application": an_application("REJECTED", 200)})
        shown = await story.app.client.get(f"/v1/feedback-requests/{raised['id']}", headers=headers)
        assert shown.json()["state"] == "withdrawn"
        assert shown.json()["rounds"][0]["state"] == "withdrawn"


async def test_hire_withdraws_the_request_and_the_employer_sees_no_change(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        raised = await story.accepted()
        before = await story.seen_by_employer()
        await story.ats.put(status_update("HIRED", 100))
        assert (await story.ats.standing())[0] == "withdrawn"
        assert (await read_feedback(story.app.client, raised))["state"] == "withdrawn"
        assert await story.seen_by_employer() == before


async def test_withdrawn_offer_leaves_no_mail_in_the_outbox(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, hold_hours=0) as story:
        await story.ats.put(met_by(*PANEL))
        await story.ats.put({"application": an_application("ACTIVE", 100)})
        await story.ats.put({"application": an_application("HIRED", 200)})
        await story.go_on()
        waiting = select(OutboxRow.id).where(OutboxRow.state == OutboxState.WAITING)
        assert await story.app.ctx.db.read(lambda session: list(session.scalars(waiting))) == []


async def test_cancelled_interview_revokes_unanswered_invitations(database_url: str, tmp_path: Path) -> None:
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


@pytest.mark.parametrize("has_answered", [False, True])
async def test_revoking_all_others_does_not_reveal_whether_the_last_has_answered(
    sqlite_url: str, tmp_path: Path, has_answered: bool
) -> None:
    """The day on which a round closes can be seen by whoever has its link: it depends on all who were asked."""
    async with a_story(sqlite_url, tmp_path) as story:
        raised = await story.accepted()
        round_id = raised["rounds"][0]["id"]
        if has_answered:
            sent = await send(story.app.client, round_id, code_in(story.mailbox.to(OMAR)[0]), a_sealed_answer())
            assert sent.status_code == 201
        assert (await story.ats.put(of_interview(OMAR, hours=30))).status_code == 200
        story.app.clock.advance(days=1)
        await tick(story.app)
        assert await state_of(story, round_id) == "collecting"


@pytest.mark.parametrize("has_answered", [False, True])
async def test_inviting_again_does_not_reveal_whether_the_code_was_used(
    sqlite_url: str, tmp_path: Path, has_answered: bool
) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        raised = await story.accepted()
        round_id = raised["rounds"][0]["id"]
        if has_answered:
            await send(story.app.client, round_id, code_in(story.mailbox.to(LIN)[0]), a_sealed_answer())

        async def box() -> bytes:
            row = await story.app.ctx.db.read(lambda session: session.get_one(BoxRow, UUID(round_id)))
            return row.ct

        seen = [await box()]
        for step, people in enumerate((PANEL[:1] + PANEL[2:], PANEL)):
            assert (await story.ats.put(of_interview(*people, hours=30 + step))).status_code == 200
            seen.append(await box())
        assert len(set(seen)) == 3
