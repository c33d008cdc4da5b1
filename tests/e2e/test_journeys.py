"""Whole stories in a browser: on a phone and at a desk, with scripts and without."""

from pathlib import Path

import pytest
from playwright.async_api import ViewportSize, expect

from tests.e2e.people import DESK, PHONE, SIGNED, Window, Windows, link_in
from tests.e2e.serving import serving
from tests.support.app import Running, send, tick
from tests.vocabulary.builders import a_sealed_answer

pytestmark = pytest.mark.asyncio(loop_scope="session")

WORRY = "You may think that I only write for engineers"
DOUBT = "We were not sure that you would like to write for beginners."
ASKED = {"name": "Ben Ode", "company": "Acme", "role_title": "Technical writer", "worry": WORRY}
INTERACTIVE = "button, input, select, textarea, summary, nav"
KEY = "The key from your link"

everywhere = pytest.mark.parametrize(
    ("size", "scripts"),
    [(PHONE, True), (DESK, True), (PHONE, False), (DESK, False)],
    ids=["phone", "desk", "phone without scripts", "desk without scripts"],
)
with_and_without = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])


async def raises(window: Window, site: Running, **typed: str) -> tuple[str, list[str]]:
    """Raise a request on the first page; return the own link, and the link in each note."""
    await window.page.goto(site.settings.base_url)
    await window.fill(ASKED | typed)
    await window.page.get_by_role("button", name="Get my link and a note to send").click()
    await window.reads("Ready to send")
    notes = window.page.locator("textarea[id^=note]")
    values = [await notes.nth(index).input_value() for index in range(await notes.count())]
    return await window.page.locator("#manage").input_value(), [link_in(value) for value in values]


async def nobody_can_press_paper(window: Window) -> None:
    """What is printed shows the feedback, and nothing that could be pressed."""
    await window.page.emulate_media(media="print")
    for one in await window.page.locator(INTERACTIVE).all():
        assert not await one.is_visible(), await one.inner_text()
    await expect(window.page.locator("article").first).to_be_visible()
    assert (await window.page.pdf()).startswith(b"%PDF")


async def forwarded(windows: Windows, site: Running, size: ViewportSize, *, scripts: bool) -> None:
    """Tell the longest story: the manager passes one link on; three answer, one declines; all of it is read at once."""
    ben = await windows.new(size, scripts=scripts)
    own, (link,) = await raises(ben, site, to="manager", manager="Ada Ruiz")

    ada = await windows.new(size, scripts=scripts)
    await ada.open(link)
    await ada.reads("Ben Ode asks what counted", "Nothing is sent until you press Send.", WORRY)
    await ada.press("panel")
    await ada.fill({"people": "4"})
    await ada.press("open_panel")
    await ada.reads("Forward this to your team", "It works 4 times")
    team = link_in(await ada.page.locator("#message").input_value())

    omar = await windows.new(size, scripts=scripts)
    await omar.open(team)
    await omar.fill({"worry.0.played": "some", "reasons": ["not_about_you", "experience_level"]})
    await omar.fill({"circumstance": "internal", "hired.selection_result": "internal", "concern.0.statement": DOUBT})
    await omar.fill({"concern.0.source": "papers", "concern.0.asked": "never_asked", "if_too_few": "release"})
    await omar.press("send")
    await omar.reads("It is sealed", "isn’t told that you have answered")
    address, _, code = team.partition("#c=")
    for _ in range(2):
        shortest = a_sealed_answer()
        assert (await send(site.client, address.rpartition("/")[2], code, shortest)).status_code == 201
    lin = await windows.new(size, scripts=scripts)
    await lin.open(team)
    await lin.unfold("I can’t answer")
    await lin.fill({"reason": "company_policy"})
    await lin.press("decline")
    await lin.reads("Your link is closed")

    await ben.open(own, KEY)
    await ben.reads("Waiting for answers")
    await expect(ben.main).not_to_contain_text(DOUBT)
    site.clock.advance(days=9)
    await tick(site)
    await ben.open(own, KEY)
    await ben.reads("What they answered", DOUBT, "At least 3 people answered")
    await expect(ben.page.locator("article")).to_have_count(3)
    await nobody_can_press_paper(ben)


@everywhere
async def test_the_manager_forwards_one_link(
    windows: Windows, site: Running, size: ViewportSize, *, scripts: bool
) -> None:
    await forwarded(windows, site, size, scripts=scripts)


async def test_the_manager_forwards_one_link_on_postgresql(
    windows: Windows, postgresql_url: str, tmp_path: Path
) -> None:
    async with serving(postgresql_url, tmp_path) as site:
        await forwarded(windows, site, PHONE, scripts=True)


@everywhere
async def test_the_manager_answers_for_the_team(
    windows: Windows, site: Running, size: ViewportSize, *, scripts: bool
) -> None:
    ben = await windows.new(size, scripts=scripts)
    own, (link,) = await raises(ben, site, to="manager")
    ada = await windows.new(size, scripts=scripts)
    await ada.open(link)
    await ada.press("team")
    await ada.reads("Answer for the team")
    await ada.fill({"worry.0.played": "none", "reasons": "skill_or_knowledge", "hired.selection_result": "external"})
    await ada.press("send")
    await ada.reads("Please look at this once more", "Please confirm")
    await ada.fill({"understood": "yes"})
    await ada.press("send")
    await ada.reads("reads it in a few minutes")
    await ada.press("take_back")
    await ada.reads("Taken back: nobody has read it")
    await ada.fill({"concern.0.statement": DOUBT, "concern.0.source": "task", "concern.0.asked": "unknown"})
    await ada.press("send")
    await ada.reads("reads it in a few minutes")
    site.clock.advance(minutes=16)
    await ben.open(own, KEY)
    await ben.reads("What they answered", DOUBT, "The hiring team at Acme")
    await nobody_can_press_paper(ben)


async def test_a_note_is_copied_and_the_own_link_kept(windows: Windows, site: Running) -> None:
    ben = await windows.new(PHONE, permissions=["clipboard-read", "clipboard-write"])
    own, links = await raises(ben, site, to="several", people="Omar Haddad\nLin Mei\nCleo Brandt")
    assert len(set(links)) == 3
    for button, expected in (("Copy the note to Lin Mei", links[1]), ("Copy my own link", own)):
        await ben.page.get_by_role("button", name=button).click()
        await expect(ben.page.locator("#status")).to_have_text("Copied.")
        copied = await ben.page.evaluate("navigator.clipboard.readText()")
        assert expected in copied.split()
    # On paper it is all there: who prints it can come back.
    await ben.page.emulate_media(media="print")
    await expect(ben.page.locator("#manage")).to_be_visible()
    await expect(ben.page.get_by_role("button", name="Copy my own link")).to_be_hidden()


NO_CLIPBOARD = "delete Navigator.prototype.clipboard;"
NO_COPYING = NO_CLIPBOARD + "Document.prototype.execCommand = () => false;"


@pytest.mark.parametrize(("script", "said"), [(NO_CLIPBOARD, "Copied."), (NO_COPYING, "Please copy the marked text.")])
async def test_a_note_is_copied_where_there_is_no_clipboard(
    windows: Windows, site: Running, script: str, said: str
) -> None:
    """Browsers have `navigator.clipboard` over https only."""
    ben = await windows.new(permissions=["clipboard-read", "clipboard-write"])
    await ben.page.add_init_script(script)
    own, _ = await raises(ben, site, to="several", people="Omar Haddad\nLin Mei\nCleo Brandt")
    assert await ben.page.evaluate("navigator.clipboard") is None
    await ben.page.get_by_role("button", name="Copy my own link").click()
    await expect(ben.page.locator("#status")).to_have_text(said)
    marked = await ben.page.evaluate("document.activeElement.value.slice(document.activeElement.selectionStart)")
    assert own in marked.split()
    if said == "Copied.":
        other = await ben.page.context.new_page()
        await other.goto(site.settings.base_url)
        assert own in (await other.evaluate("navigator.clipboard.readText()")).split()


@with_and_without
async def test_one_person_answers_by_name(windows: Windows, site: Running, *, scripts: bool) -> None:
    ben = await windows.new(scripts=scripts)
    own, (link,) = await raises(ben, site, to="one", person="Omar Haddad")
    omar = await windows.new(PHONE, scripts=scripts)
    await omar.open(link)
    await omar.reads("This is not anonymous")
    await omar.fill(SIGNED)
    await omar.press("send")
    await omar.reads("reads it in a few minutes")
    site.clock.advance(minutes=16)
    await ben.open(own, KEY)
    await ben.reads("Signed: Omar Haddad")
