"""What a pause must not lose, and what an interview that was cancelled must not tell: who has answered."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.delivery.models import OutboxRow, OutboxState
from app.rounds.models import RoundRow
from app.sealing.models import BoxRow
from tests.applications.offers import ADA, LIN, OMAR, PANEL, Story, a_job, a_story, met_by, somebody
from tests.delivery.post import BEN, code_in, days
from tests.support.app import nonce, send, tick
from tests.support.neutral_ats import an_application, an_interview, at
from tests.vocabulary.builders import a_sealed_answer, a_signed_answer


def of_interview(*emails: str, hours: float) -> dict[str, Any]:
    return {
        "application": an_application(hours=hours),
        "interviews": [an_interview(interviewers=[somebody(one) for one in emails], remote_updated_at=at(hours))],
    }


async def state_of(story: Story, round_id: str) -> str:
    row = await story.app.ctx.db.read(lambda session: session.get_one(RoundRow, UUID(round_id)))
    return str(row.state)


async def test_a_reminder_that_came_due_in_a_pause_is_sent_after_it(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        await story.accepted()
        story.mailbox.sent.clear()
        await story.ats.put({"application": an_application("ACTIVE", 100)})
        await days(story.app, story.mailbox, 4)
        assert story.mailbox.sent == []
        await story.ats.put({"application": an_application("REJECTED", 200)})
        await story.go_on()
        assert story.mailbox.receivers == sorted(PANEL)


async def test_two_reminders_that_came_due_in_a_pause_are_one(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        await story.accepted()
        story.mailbox.sent.clear()
        await story.ats.put({"application": an_application("ACTIVE", 100)})
        await days(story.app, story.mailbox, 6)
        await story.ats.put({"application": an_application("REJECTED", 200)})
        await story.go_on()
        assert story.mailbox.receivers == sorted(PANEL)


async def test_a_paused_answer_of_the_team_ends_no_other_round(sqlite_url: str, tmp_path: Path) -> None:
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


@pytest.mark.parametrize("has_answered", [False, True])
async def test_taking_all_others_back_does_not_tell_whether_the_last_has_answered(
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
async def test_inviting_again_looks_the_same_for_a_code_that_was_used(
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


async def test_of_an_offer_that_ended_no_letter_stays(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, hold_hours=0) as story:
        await story.ats.put(met_by(*PANEL))
        await story.ats.put({"application": an_application("ACTIVE", 100)})
        await story.ats.put({"application": an_application("HIRED", 200)})
        await story.go_on()
        waiting = select(OutboxRow.id).where(OutboxRow.state == OutboxState.WAITING)
        assert await story.app.ctx.db.read(lambda session: list(session.scalars(waiting))) == []


async def test_an_offer_does_not_promise_that_those_asked_know_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.offered()
        letter = " ".join(story.letters(BEN)[0].split())
        assert "Those who are asked learn that you ask." in letter
        assert "Acme does not learn whether you accept" not in letter
