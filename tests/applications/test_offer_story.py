"""The whole story over HTTP and mail, from a rejection in the ATS to released feedback."""

from pathlib import Path

from tests.applications.story import ADA, CLEO, LIN, OMAR, PANEL, a_job, a_story, met_by
from tests.delivery.post import BEN, code_in, days
from tests.support.app import as_candidate, read_feedback, send, tick
from tests.vocabulary.builders import a_sealed_answer


async def test_rejection_leads_to_released_feedback(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        code = await story.offered(met_by(*PANEL, job=a_job()))
        assert story.mailbox.receivers == [BEN]
        (offer,) = story.letters(BEN)
        assert "3 people who met you" in offer
        assert "The hiring manager is written to as well." in " ".join(offer.split())
        assert "not whether you accept" in " ".join(offer.split())
        assert "If you do nothing, nobody is asked." in offer
        before = await story.seen_by_employer()

        shown = await story.ask("view", code)
        assert shown.json()["people"] == 3
        assert shown.json()["manager"] is True
        assert shown.json()["hold_hours"] == 72
        raised = await story.accept(code, worries=[{"text": "Too technical"}])
        assert await story.seen_by_employer() == before
        (asked,) = raised["rounds"]
        assert (asked["opened_by"], asked["anonymity"]["k"], asked["anonymity"]["invited"]) == ("connection", 3, None)
        assert asked["anonymity"]["candidate_held"] == "none"

        story.mailbox.sent.clear()
        await story.go_on()
        assert story.mailbox.receivers == sorted([ADA, BEN, CLEO, LIN, OMAR])
        assert raised["manage_token"] in story.letters(BEN)[0]
        for address in PANEL:
            letter = code_in(story.mailbox.to(address)[0])
            answer = await send(story.app.client, asked["id"], letter, a_sealed_answer())
            assert answer.status_code == 201, answer.text
            assert await story.seen_by_employer() == before

        await tick(story.app, days=9)
        feedback = await read_feedback(story.app.client, raised)
        assert feedback["state"] == "released"
        assert len(feedback["rounds"][0]["answers"]) == 3
        assert feedback["rounds"][0]["participation"]["at_least"] == 3
        assert await story.seen_by_employer() == before


async def test_employer_cannot_read_the_request(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        raised = await story.accepted()
        shown = await story.app.client.get(f"/v1/feedback-requests/{raised['id']}", headers=as_candidate(raised))
        assert shown.json()["state"] == "open"
        assert shown.json()["address_confirmed"] is True
        # The employer's API key gives no access.
        with_key = {"Authorization": f"Bearer {story.ats.key}"}
        stolen = await story.app.client.get(f"/v1/feedback-requests/{raised['id']}", headers=with_key)
        assert stolen.status_code == 401


async def test_offer_without_a_response_expires(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        code = await story.offered()
        before = await story.seen_by_employer()
        await days(story.app, story.mailbox, 15)
        assert (await story.ats.standing())[0] == "expired"
        assert (await story.ask("view", code)).status_code in (404, 410)
        assert await story.seen_by_employer() == before
        assert story.mailbox.receivers == [BEN]


async def test_employer_does_not_see_a_decline(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        code = await story.offered()
        before = await story.seen_by_employer()
        for _ in range(2):
            answer = await story.ask("decline", code)
            assert (answer.status_code, answer.json()) == (200, {"status": "declined"})
        assert await story.seen_by_employer() == before
        late = await story.ask("acceptance", code, nonce="n" * 22)
        assert late.status_code == 410
        assert story.mailbox.receivers == [BEN]
