"""Ashby edge cases: unreject, hire, merge, deletion, odd interviewers and jobs."""

from pathlib import Path
from typing import Any

import pytest

from tests.ats.ashby.fake import BEN, CANDIDATE, CLEO, LIN, OMAR, SCHEDULE, user
from tests.ats.ashby.story import BURST, a_story
from tests.faults import storage
from tests.support.app import send
from tests.support.ats import accept_offer, round_link
from tests.vocabulary.builders import a_sealed_answer


async def test_unreject_within_hold_leaves_no_trace(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.reject()
        story.app.clock.advance(hours=5)
        # Ashby lost the event: the pull before the offer sees the change.
        story.ashby.unarchive()
        await story.go_on(hours=73)
        assert not story.mailbox.sent
        assert await story.standing() == ("none", "not_rejected")


async def test_unreject_after_offer_pauses_it(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.offered()
        story.ashby.unarchive()
        await story.tell()
        assert (await story.standing())[0] == "paused"
        assert "reinstated" in await story.notices()
        await story.go_on(hours=1)
        assert story.mailbox.receivers == [BEN]


async def test_hire_after_rejection_ends_offer(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.offered()
        story.app.clock.advance(hours=1)
        story.ashby.touch(status="Hired", archivedAt=None, archiveReason=None)
        await story.tell("candidateHire", *BURST)
        assert (await story.standing())[0] == "withdrawn"


async def test_two_applications_of_candidate_get_two_offers(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.ashby.add("app-2")
        story.ashby.schedule("sched-2", "app-2", interviewEvents=[_meeting(user("ida@acme.example", "Ida Berg"))])
        await story.reject()
        await story.tell(remote_id="app-2")
        assert await story.standing() == ("waiting", None)
        assert await story.standing("app-2") == ("none", "not_rejected")
        assert await story.met("app-2") == ["ida@acme.example"]
        assert "ida@acme.example" not in await story.met()


async def test_merge_moves_open_request_to_remaining_candidate(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        offer_id, code = await story.offered()
        await accept_offer(story.app, offer_id, code)
        merged = {"deletedCandidate": {"id": CANDIDATE}, "mergedCandidate": {"id": "cand-winner"}}
        await story.deliver(story.ashby.message("candidateMerge", merged))
        # Ashby deletes the losing record of a merge: that is no erasure.
        await story.deliver(story.ashby.message("candidateDelete", {"candidate": {"id": CANDIDATE}}))
        assert not (await storage.dump(sqlite_url))["ats_tombstones"]
        await story.tell()
        row = await story.row()
        assert row is not None
        assert (row.candidate_remote_id, row.uptake) == ("cand-winner", "accepted")


async def test_late_event_does_not_restore_erased_candidate(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.offered()
        late = story.ashby.burst(*BURST)
        await story.deliver(story.ashby.message("candidateDelete", {"candidate": {"id": CANDIDATE}}))
        await story.deliver(*late)
        await story.look()
        await story.go_on(hours=100)
        assert await story.row() is None
        assert story.mailbox.receivers == [BEN]


async def test_candidate_without_address_awaits_contact(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.ashby.applications["app-1"]["candidate"]["primaryEmailAddress"] = None
        await story.reject()
        assert await story.standing() == ("none", "awaiting_contact")


async def test_candidate_with_only_work_address_is_held(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        told = {"value": "ben@acme.example", "type": "Work"}
        story.ashby.applications["app-1"]["candidate"]["primaryEmailAddress"] = told
        await story.reject()
        assert await story.standing() == ("held", "work_address")


async def test_candidate_is_not_asked_about_themselves(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        told = {"value": OMAR, "type": "Personal"}
        story.ashby.applications["app-1"]["candidate"]["primaryEmailAddress"] = told
        await story.reject()
        assert await story.standing() == ("held", "internal_applicant")


async def test_interviewers_without_address_or_disabled_are_not_asked(sqlite_url: str, tmp_path: Path) -> None:
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
        # The hiring manager gets a link of another kind, for the team.
        assert sorted(asked) == sorted([OMAR, CLEO, LIN, "ada@acme.example"])


async def test_shadow_and_debrief_are_not_invited(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.reject()
        roles = {who.email: who.role for one in (await story.dossier()).interviews for who in one.interviewers}
        assert roles["dan@acme.example"] == "shadow"
        assert "boss@acme.example" not in roles


@pytest.mark.parametrize("how", ["cancelled", "vanished", "only_debrief_left"])
async def test_cancelled_interview_has_no_interviewers(sqlite_url: str, tmp_path: Path, how: str) -> None:
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


async def test_interview_cancelled_after_invitation_revokes_links(sqlite_url: str, tmp_path: Path) -> None:
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
        # The same response as for a used link, so that nobody learns which it is.
        refused = await send(story.app.client, round_id, own, a_sealed_answer())
        assert (refused.status_code, refused.json()["code"]) == (409, "already_answered")
        others_round, others = round_link(story.mailbox, OMAR)
        assert (await send(story.app.client, others_round, others, a_sealed_answer())).status_code == 201


async def test_rescheduled_interview_stays_one_interview(sqlite_url: str, tmp_path: Path) -> None:
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


async def test_rejection_without_interview_gets_no_offer(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.ashby.schedules.clear()
        await story.reject()
        assert await story.standing() == ("none", "nobody_met")


async def test_rejection_without_interview_gets_offer_by_setting(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, offer_without_interview=True) as story:
        story.ashby.schedules.clear()
        await story.reject()
        assert await story.standing() == ("waiting", None)


async def test_confidential_job_is_held(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, hold_hours=0) as story:
        # The webhook does not say so; only the pull does.
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
async def test_archive_reason_decides_offer(
    sqlite_url: str, tmp_path: Path, reason: str, standing: tuple[str, str | None]
) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.reject(reason)
        assert await story.standing() == standing


def _meeting(*people: dict[str, Any]) -> dict[str, Any]:
    times = {"startTime": "2026-11-18T10:00:00.000Z", "endTime": "2026-11-18T11:00:00.000Z"}
    return {"id": "ev", "interviewId": "kind-onsite", "interviewers": list(people), **times}
