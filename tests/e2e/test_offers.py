"""Accepting an offer on a phone, and at a desk without scripts."""

import os
from pathlib import Path

import pytest

from tests.applications.story import PANEL, Story, a_job, met_by
from tests.delivery.post import BEN, Mailbox, text_of, work
from tests.e2e.people import DESK, PHONE, Window, Windows
from tests.support.app import Running
from tests.support.neutral_ats import connect

pytestmark = pytest.mark.asyncio(loop_scope="session")


PICTURES = os.environ.get("DEBRIEF_TEST_SCREENSHOTS", "")


async def photograph(window: Window, name: str) -> None:
    """Keep a picture of a page, where somebody wants to look at it."""
    if PICTURES:
        width = await window.page.evaluate("innerWidth")
        await window.page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)


@pytest.mark.parametrize("scripts", [True, False], ids=["phone", "plain"])
async def test_accepting(site: Running, windows: Windows, *, scripts: bool) -> None:
    story = Story(await connect(site), Mailbox())
    await story.offered(met_by(*PANEL, job=a_job()))
    (link,) = [word for word in text_of(story.mailbox.to(BEN)[0]).split() if "#c=" in word]
    ben = await windows.new(PHONE if scripts else DESK, scripts=scripts)
    await ben.open(link, "The code from your mail")
    await ben.reads("Acme offers you a debrief", "the 3 people who met you", "It changes nothing about the decision.")
    # The secret has left the address; the page is as wide as the window.
    assert "#" not in ben.page.url
    assert await ben.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await photograph(ben, "offer")
    await ben.fill({"worry": "You may think that I only write for engineers"})
    await ben.press("accept")
    await ben.reads("Please confirm that they may be asked.")
    assert (await story.ats.standing())[0] == "offered"
    await ben.fill({"yes": "yes"})
    await ben.press("accept")
    await ben.reads("Good. They are asked.")
    await photograph(ben, "accepted")
    own = await ben.page.locator("#manage").input_value()
    assert (await story.ats.standing())[0] == "accepted"
    await work(site, story.mailbox)
    assert set(PANEL) < set(story.mailbox.receivers)
    if scripts:
        await ben.page.goto(own)
        await ben.reads("Waiting for answers", "You get one mail when there is something to read.")
