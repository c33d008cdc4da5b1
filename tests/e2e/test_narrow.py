"""At 320 pixels nothing scrolls sideways, however long the words and names are."""

from typing import Any

import pytest
from playwright.async_api import Page

from tests.applications.story import PANEL, Story, a_job, met_by
from tests.delivery.post import BEN, Mailbox, text_of
from tests.e2e.people import PHONE, SIGNED, Windows, manage_url, url_of
from tests.support.app import Running, codes, raise_request, round_id, send, tick
from tests.support.neutral_ats import connect
from tests.vocabulary.builders import a_sealed_answer

pytestmark = pytest.mark.asyncio(loop_scope="session")

WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunte"
COMPANY = "Bergbaumaschinenbaugesellschaft-Nord"
NAME = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh-Cholmondel"
# Whatever reaches beyond the window, text that is only heard aside.
WIDE = """() => [...document.querySelectorAll('body *:not(.unseen, .skip, option)')]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
    .map((one) => `${one.tagName} ${one.id} ${one.className} ${one.textContent.slice(0, 40)}`)"""


async def fits(page: Page) -> None:
    """Check that nothing is wider than the window, with everything unfolded."""
    await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert await page.evaluate(WIDE) == []
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def long_request(**over: Any) -> dict[str, Any]:
    return {
        "candidate": {"name": NAME},
        "company": COMPANY,
        "role_title": WORD,
        "worries": [{"text": WORD, "says": WORD, "link": f"https://example.test/{'long' * 15}"}],
        "own_question": WORD,
        "manager": {"name": NAME},
        "invitees": [{"name": NAME}, {"name": f"{NAME} 2"}, {}],
        **over,
    }


async def test_the_candidates_pages_fit(windows: Windows, site: Running) -> None:
    assert (len(WORD), len(COMPANY)) == (60, 36)
    window = await windows.new(PHONE)
    await window.page.goto(site.settings.base_url)
    people = f"{NAME}\n{WORD}\n{COMPANY}"
    await window.fill({"name": NAME, "company": COMPANY, "role_title": WORD, "worry": WORD, "to": "several"})
    await window.fill({"people": people, "email": f"{'a' * 60}@{'b' * 60}.example"})
    await window.reads("All 3 have to answer.")
    await fits(window.page)
    await window.page.get_by_role("button", name="Get my link").click()
    await window.reads("Ready to send", "all 3 have to answer")
    await fits(window.page)

    raised = await raise_request(site.client, **long_request())
    own = manage_url(raised, site.settings.base_url)
    await window.open(own)
    await window.reads("The notes to send", "Your own link")
    await fits(window.page)
    answer = a_sealed_answer(advice=WORD).model_dump(mode="json", exclude_none=True)
    for code in codes(raised):
        assert (await send(site.client, round_id(raised), code, answer)).status_code == 201
    site.clock.advance(days=9)
    await tick(site)
    await window.open(own)
    await window.reads("What they answered")
    await fits(window.page)


async def test_the_managers_pages_fit(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client, **long_request(invitees=None))
    window = await windows.new(PHONE)
    await window.open(url_of(raised))
    await fits(window.page)
    for way in ("not_yet", "cannot", "team", "panel"):
        await window.press(way)
        await fits(window.page)
        if way != "panel":
            await window.press("open")
    await window.fill({"people": "4"})
    await window.press("open_panel")
    await fits(window.page)
    await window.press("open")
    await window.press("team")
    await window.fill(SIGNED)
    await window.press("send")
    await window.press("open")
    await window.reads("is on its way", "The message for your team")
    await fits(window.page)


async def test_the_pages_of_an_offer_fit(windows: Windows, site: Running) -> None:
    story = Story(await connect(site), Mailbox())
    await story.offered(met_by(*PANEL, job=a_job(name=WORD)))
    (link,) = [word for word in text_of(story.mailbox.to(BEN)[0]).split() if "#c=" in word]
    window = await windows.new(PHONE)
    await window.open(link, "The code from your mail")
    await fits(window.page)
    await window.fill({"worry": WORD, "yes": "yes"})
    await window.press("accept")
    await window.reads("Good. They are asked.")
    await fits(window.page)
