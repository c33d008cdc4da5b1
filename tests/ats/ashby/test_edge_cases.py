"""The cases in which an integration with Ashby differs from the usual: each a test that is named after it."""

from pathlib import Path
from typing import Any

import pytest

from tests.ats.ashby.fake import BEN, CANDIDATE, CLEO, LIN, OMAR, SCHEDULE, user
from tests.ats.ashby.story import BURST, a_story
from tests.ats.harness import accept_offer, round_link
from tests.faults import storage
from tests.support.app import send
from tests.vocabulary.builders import a_sealed_answer


async def test_reject_then_unreject_within_the_hold(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.reject()
        story.app.clock.advance(hours=5)
        # Ashby lost the events that would have told: the look before the mail sees it.
        story.ashby.unarchive()
        await story.go_on(hours=73)
        assert not story.mailbox.sent
        assert await story.standing() == ("none", "not_rejected")


async def test_unreject_after_the_offer(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.offered()
        story.ashby.unarchive()
        await story.tell()
        assert (await story.standing())[0] == "paused"
        assert "reinstated" in await story.notices()
        await story.go_on(hours=1)
        assert story.mailbox.receivers == [BEN]


async def test_hired_after_reject(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.offered()
        story.app.clock.advance(hours=1)
        story.ashby.touch(status="Hired", archivedAt=None, archiveReason=None)
        await story.tell("candidateHire", *BURST)
        assert (await story.standing())[0] == "withdrawn"


async def test_two_applications_of_one_candidate_different_jobs(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.ashby.add("app-2")
        story.ashby.schedule("sched-2", "app-2", interviewEvents=[_meeting(user("ida@acme.example", "Ida Berg"))])
        await story.reject()
        await story.tell(remote_id="app-2")
        assert await story.standing() == ("waiting", None)
        assert await story.standing("app-2") == ("none", "not_rejected")
        assert await story.met("app-2") == ["ida@acme.example"]
        assert "ida@acme.example" not in await story.met()


async def test_candidate_merged_while_a_request_is_open(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        offer_id, code = await story.offered()
        await accept_offer(story.app, offer_id, code)
        merged = {"deletedCandidate": {"id": CANDIDATE}, "mergedCandidate": {"id": "cand-winner"}}
        await story.deliver(story.ashby.message("candidateMerge", merged))
        # What is left over of a merge is deleted, too: that is no erasure.
        await story.deliver(story.ashby.message("candidateDelete", {"candidate": {"id": CANDIDATE}}))
        assert not (await storage.dump(sqlite_url))["ats_tombstones"]
        await story.tell()
        row = await story.row()
        assert row is not None
        assert (row.candidate_remote_id, row.uptake) == ("cand-winner", "accepted")


async def test_candidate_deleted_event_after_that(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.offered()
        late = story.ashby.burst(*BURST)
        await story.deliver(story.ashby.message("candidateDelete", {"candidate": {"id": CANDIDATE}}))
        await story.deliver(*late)
        await story.look()
        await story.go_on(hours=100)
        assert await story.row() is None
        assert story.mailbox.receivers == [BEN]


async def test_candidate_e_mail_missing(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.ashby.applications["app-1"]["candidate"]["primaryEmailAddress"] = None
        await story.reject()
        assert await story.standing() == ("none", "awaiting_contact")


async def test_candidate_e_mail_only_at_work(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        told = {"value": "ben@acme.example", "type": "Work"}
        story.ashby.applications["app-1"]["candidate"]["primaryEmailAddress"] = told
        await story.reject()
        assert await story.standing() == ("held", "work_address")


async def test_interviewer_is_also_the_candidate(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        told = {"value": OMAR, "type": "Personal"}
        story.ashby.applications["app-1"]["candidate"]["primaryEmailAddress"] = told
        await story.reject()
        assert await story.standing() == ("held", "internal_applicant")


async def test_interviewer_disabled_without_e_mail_or_repeated(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        people = [
            user(OMAR, "Omar Haddad"),
            user(OMAR.upper(), "Omar Haddad"),
            user(None, "Nora None"),
            user("gone@acme.example", "Gil Gone", isEnabled=False),
            user("panel@acme.example", "Panel"),
            user(CLEO, "Cleo Brandt"),
            user(LIN, "Lin Mei"),
        ]
        story.ashby.schedule(interviewEvents=[_meeting(*people)])
        offer_id, code = await story.offered()
        await accept_offer(story.app, offer_id, code)
        await story.go_on()
        asked = [one for one in story.mailbox.receivers if one != BEN]
        # And the hiring manager, for the team, with a link of another kind.
        assert sorted(asked) == sorted([OMAR, CLEO, LIN, "ada@acme.example"])


async def test_shadow_and_debrief_are_not_invited(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.reject()
        roles = {who.email: who.role for one in (await story.dossier()).interviews for who in one.interviewers}
        assert roles["dan@acme.example"] == "shadow"
        assert "boss@acme.example" not in roles


@pytest.mark.parametrize("how", ["cancelled", "vanished", "only_debrief_left"])
async def test_interview_cancelled(sqlite_url: str, tmp_path: Path, how: str) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.reject()
        story.app.clock.advance(hours=1)
        debrief = story.ashby.schedules[SCHEDULE]["interviewEvents"][1]
        left: dict[str, tuple[str, list[Any]]] = {
            "cancelled": ("Cancelled", []),
            "vanished": ("Scheduled", []),
            "only_debrief_left": ("Scheduled", [debrief]),
        }
        status, events = left[how]
        story.ashby.schedule(status=status, interviewEvents=events)
        told = {"interviewSchedule": story.ashby.schedules[SCHEDULE]}
        await story.deliver(story.ashby.message("interviewScheduleUpdate", told))
        await story.look()
        assert await story.standing() == ("none", "nobody_met")


async def test_interview_cancelled_after_invitation(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.ashby.schedule("sched-2", interviewEvents=[_meeting(user("ida@acme.example", "Ida Berg"))])
        offer_id, code = await story.offered()
        await accept_offer(story.app, offer_id, code)
        await story.go_on()
        round_id, own = round_link(story.mailbox, "ida@acme.example")
        story.app.clock.advance(hours=1)
        story.ashby.schedule("sched-2", status="Cancelled", interviewEvents=[])
        told = {"interviewSchedule": story.ashby.schedules["sched-2"]}
        await story.deliver(story.ashby.message("interviewScheduleUpdate", told))
        await story.look()
        # Like a link that was used: nobody learns which it is.
        refused = await send(story.app.client, round_id, own, a_sealed_answer())
        assert (refused.status_code, refused.json()["code"]) == (409, "already_answered")
        others_round, others = round_link(story.mailbox, OMAR)
        assert (await send(story.app.client, others_round, others, a_sealed_answer())).status_code == 201


async def test_interview_rescheduled_is_one_interview(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.reject()
        story.app.clock.advance(hours=1)
        story.ashby.schedule()
        await story.deliver(
            story.ashby.message("interviewScheduleUpdate", {"interviewSchedule": story.ashby.schedules[SCHEDULE]})
        )
        await story.look()
        (one,) = (await story.dossier()).interviews
        assert one.end_at is not None
        assert one.end_at.day == story.app.clock.now().day - 2


async def test_no_interviews_rejected_at_screening(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.ashby.schedules.clear()
        await story.reject()
        assert await story.standing() == ("none", "nobody_met")


async def test_no_interviews_offer_by_setting(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, offer_without_interview=True) as story:
        story.ashby.schedules.clear()
        await story.reject()
        assert await story.standing() == ("waiting", None)


async def test_confidential_job(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, hold_hours=0) as story:
        # The webhook does not say so; only the look does.
        story.ashby.jobs["job-1"]["confidential"] = True
        story.ashby.archive()
        told = {"interviewSchedule": story.ashby.schedules[SCHEDULE]}
        await story.deliver(*story.ashby.burst(*BURST), story.ashby.message("interviewScheduleUpdate", told))
        assert await story.standing() == ("waiting", None)
        await story.go_on(hours=1)
        assert not story.mailbox.sent
        assert await story.standing() == ("held", "confidential_job")


async def test_lead_is_ignored(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.ashby.touch(status="Lead")
        await story.tell()
        assert await story.row() is None


@pytest.mark.parametrize(
    ("reason", "standing"),
    [
        ("RejectedByOrg", ("waiting", None)),
        ("RejectedByCandidate", ("none", "not_rejected")),
        ("Other", ("held", "unclear_rejection")),
        ("SomethingNew", ("held", "unclear_rejection")),
    ],
)
async def test_withdrawn_or_rejected_unclear(
    sqlite_url: str, tmp_path: Path, reason: str, standing: tuple[str, str | None]
) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.reject(reason)
        assert await story.standing() == standing


def _meeting(*people: dict[str, Any]) -> dict[str, Any]:
    times = {"startTime": "2026-11-18T10:00:00.000Z", "endTime": "2026-11-18T11:00:00.000Z"}
    return {"id": "ev", "interviewId": "kind-onsite", "interviewers": list(people), **times}
