"""Drafts of requests: the people to ask, and the day of the interview."""

from pathlib import Path

from tests.applications.story import ADA, CLEO, LIN, OMAR, PANEL, a_job, a_story, met_by, somebody
from tests.delivery.post import BEN
from tests.support.neutral_ats import a_snapshot, an_interview


async def test_hiring_manager_is_asked_if_no_interview_took_place(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, offer_without_interview=True) as story:
        raised = await story.accepted(a_snapshot(interviews=[], job=a_job()))
        assert story.mailbox.receivers == sorted([ADA, BEN, BEN])
        (asked,) = raised["rounds"]
        assert (asked["anonymity"]["mode"], asked["anonymity"]["k"]) == ("attributed", None)


async def test_no_offer_without_interviews_unless_the_employer_allows_it(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.ats.put(a_snapshot(interviews=[], job=a_job()))
        await story.go_on()
        assert await story.ats.standing() == ("none", "nobody_met")
        assert story.mailbox.sent == []


async def test_interviewer_of_two_interviews_is_asked_once(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        first = an_interview(interviewers=[somebody(OMAR), somebody(LIN), {**somebody("x@x.test"), "email": None}])
        second = an_interview(remote_id="i2", interviewers=[somebody(OMAR.upper()), somebody("eve@agency.test")])
        await story.accepted(a_snapshot(interviews=[first, second]))
        # Somebody from outside may be asked as well.
        assert story.mailbox.receivers == sorted([BEN, BEN, OMAR, LIN, "eve@agency.test"])


async def test_internal_applicant_is_not_asked_about_themselves(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.ats.put(met_by(BEN, *PANEL))
        assert await story.ats.standing() == ("held", "internal_applicant")
        await story.ats.ask("POST", "/applications/a1/release")
        await story.go_on()
        assert (await story.ask("view", story.code())).json()["people"] == 3


async def test_shared_mailbox_shadow_and_decliner_are_not_asked(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        people = [
            somebody(OMAR),
            somebody("panel@acme.test"),
            somebody(LIN, "SHADOW"),
            somebody(CLEO, response_status="DECLINED"),
        ]
        code = await story.offered(a_snapshot(interviews=[an_interview(interviewers=people)]))
        assert (await story.ask("view", code)).json()["people"] == 1


async def test_hiring_manager_who_interviewed_is_asked_once(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.accepted(met_by(OMAR, LIN, ADA, job=a_job()))
        assert len(story.mailbox.to(ADA)) == 1


async def test_interview_in_the_future_gives_no_day(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        planned = an_interview(
            interviewers=[somebody(one) for one in PANEL],
            start_at="2026-12-24T10:00:00Z",
            end_at="2026-12-24T11:00:00Z",
            status="COMPLETE",
        )
        code = await story.offered(a_snapshot(interviews=[planned]))
        assert (await story.ask("view", code)).json()["interviewed_on"] is None
        await story.accept(code)
