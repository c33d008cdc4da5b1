"""Who is asked when an offer is accepted, and what they and the candidate see while it is paused."""

from pathlib import Path

from tests.applications.offers import ADA, LIN, OMAR, PANEL, a_job, a_story, met_by, somebody
from tests.delivery.post import BEN, code_in
from tests.pages.browsing import Browser
from tests.support.app import nonce
from tests.support.neutral_ats import a_snapshot, an_application, an_interview


async def test_rejected_at_screening_the_hiring_manager_is_asked(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, offer_without_interview=True) as story:
        raised = await story.accepted(a_snapshot(interviews=[], job=a_job()))
        assert story.mailbox.receivers == sorted([ADA, BEN, BEN])
        (asked,) = raised["rounds"]
        assert (asked["anonymity"]["mode"], asked["anonymity"]["k"]) == ("attributed", None)


async def test_rejected_at_screening_without_that_setting_nobody_is_offered(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.ats.put(a_snapshot(interviews=[], job=a_job()))
        await story.go_on()
        assert await story.ats.standing() == ("none", "nobody_met")
        assert story.mailbox.sent == []


async def test_who_met_twice_is_asked_once_and_who_has_no_address_is_not(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        first = an_interview(interviewers=[somebody(OMAR), somebody(LIN), {**somebody("x@x.test"), "email": None}])
        second = an_interview(remote_id="i2", interviewers=[somebody(OMAR.upper()), somebody("eve@agency.test")])
        await story.accepted(a_snapshot(interviews=[first, second]))
        # Somebody from outside may be asked as well.
        assert story.mailbox.receivers == sorted([BEN, BEN, OMAR, LIN, "eve@agency.test"])


async def test_an_interview_that_was_to_come_has_no_day(sqlite_url: str, tmp_path: Path) -> None:
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


async def test_what_is_seen_while_it_is_paused(sqlite_url: str, tmp_path: Path) -> None:
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


async def test_a_candidate_withdraws_what_is_paused(sqlite_url: str, tmp_path: Path) -> None:
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
