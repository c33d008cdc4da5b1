"""The page of an offer, without a script: it shows nothing before the code, and every step is a plain form."""

from pathlib import Path

import structlog

from tests.applications.story import PANEL, Story, a_story, met_by
from tests.delivery.post import BEN, work
from tests.pages.browsing import Browser
from tests.support.app import as_candidate, dump


async def at_the_page(story: Story) -> Browser:
    """Return Ben's browser on the page of his offer."""
    row = await story.ats.row()
    assert row is not None
    return Browser(story.app.client, f"/offer/{row.id}")


async def test_get_reveals_nothing_and_changes_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.offered()
        browser = await at_the_page(story)
        page = await browser.open()
        assert page.response.status_code == 200
        assert "Acme" not in page.text
        other = await Browser(story.app.client, "/offer/00000000-0000-4000-8000-000000000000").open()
        assert other.response.content == page.response.content
        assert (await story.ats.standing())[0] == "offered"


async def test_accepting(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        code = await story.offered()
        browser = await at_the_page(story)
        page = await browser.enter(code.lower())
        assert "Acme offers you a debrief" in page.text
        assert "Debrief asks the 3 people who met you" in page.text
        assert "if at least 3 of them answer" in page.text
        assert "72 hours" in page.text
        unsure = await browser.press(page, "accept", {"worry": "Too technical"})
        assert unsure.response.status_code == 422
        assert "Please confirm that they may be asked." in unsure.text
        assert unsure.value("worry") == "Too technical"
        assert (await story.ats.standing())[0] == "offered"
        done = await browser.press(unsure, "accept", {"yes": "yes"})
        assert done.response.status_code == 201
        assert "They are asked." in done.text
        (link,) = [link for link in done.links if "#m=" in link]
        token = link.partition("#m=")[2]
        request_id = link.partition("/requests/")[2].partition("#")[0]
        raised = {"id": request_id, "manage_token": token}
        shown = await story.app.client.get(f"/v1/feedback-requests/{request_id}", headers=as_candidate(raised))
        assert shown.json()["worries"][0]["text"] == "Too technical"
        row = await story.ats.row()
        assert row is not None
        assert row.shares_state is False
        # Going back and pressing again shows the same page.
        again = await browser.press(unsure, "accept", {"yes": "yes"})
        assert again.response.status_code in (201, 409)
        await work(story.app, story.mailbox)
        assert story.mailbox.receivers == sorted([BEN, BEN, *PANEL])


async def test_declining_needs_a_tick(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        code = await story.offered()
        browser = await at_the_page(story)
        page = await browser.enter(code)
        assert (await browser.press(page, "decline")).response.status_code == 422
        done = await browser.press(page, "decline", {"no": "yes"})
        assert "Nobody is asked" in done.text
        assert (await story.ats.standing())[0] == "declined"
        assert "You have declined." in (await browser.enter(code)).text


async def test_a_code_by_mail(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, hold_hours=200) as story:
        await story.ats.put(met_by(*PANEL))
        browser = await at_the_page(story)
        page = await browser.open()
        known = await browser.press(page, "send_code", {"email": "Ben@Example.test"})
        unknown = await browser.press(page, "send_code", {"email": "dan@example.test"})
        assert known.response.content == unknown.response.content
        assert (await browser.press(page, "send_code", {"email": "ben"})).response.status_code == 422
        await work(story.app, story.mailbox)
        assert story.mailbox.receivers == [BEN]
        assert "Acme offers you a debrief" in (await browser.enter(story.code())).text


async def test_page_names_sections_that_the_employer_leaves_out(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, sections=["concerns"]) as story:
        page = await (browser := await at_the_page_of_offer(story)).enter(story.code())
        assert "whether your worries counted, what spoke for you" in page.text
        assert "worry" not in dict(page.fields)
        assert browser.address.startswith("/offer/")


async def at_the_page_of_offer(story: Story) -> Browser:
    """Make the offer first."""
    await story.offered()
    return await at_the_page(story)


async def test_wrong_codes_and_expired_offers(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        code = await story.offered()
        browser = await at_the_page(story)
        wrong = await browser.enter("0" * 26)
        assert wrong.response.status_code == 404
        story.app.clock.advance(days=15)
        await story.go_on()
        over = await browser.enter(code)
        assert over.response.status_code == 410


async def test_scanner_that_presses_every_button_asks_nobody(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        code = await story.offered()
        browser = await at_the_page(story)
        before = await dump(story.app)
        for shown in (await browser.open(), await browser.enter(code)):
            for button in shown.buttons:
                response = await browser.submit(shown, button, {"code": code, "worry": "test"})
                assert response.status_code < 500
        assert await dump(story.app) == before


async def test_nothing_here_is_logged(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        code = await story.offered()
        browser = await at_the_page(story)
        with structlog.testing.capture_logs() as lines:
            await browser.press(await browser.enter(code), "accept", {"yes": "yes"})
            await story.ask("view", code)
            await story.app.client.post(
                f"/v1{browser.address.replace('/offer/', '/offers/')}/codes", json={"email": BEN}
            )
        assert lines == []
