"""Every page and state on the narrowest phone: nothing that axe objects to, light or dark, and no sideways scroll.

DEBRIEF_TEST_SCREENSHOTS names a folder in which to keep a picture of each, to look at.
"""

import os
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, ViewportSize

from tests.e2e.people import DESK, PHONE, Windows, url_of
from tests.e2e.tours import TOURS, Tour
from tests.support.app import Running, raise_request

pytestmark = pytest.mark.asyncio(loop_scope="session")

HAND: ViewportSize = {"width": 390, "height": 844}
PICTURES = os.environ.get("DEBRIEF_TEST_SCREENSHOTS", "")
EVERYTHING: dict[str, list[str]] = {"resultTypes": ["violations"]}
# What else there is does not depend on colours.
COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}


# Ids that a page has more than once.
TWICE = """[...document.querySelectorAll("body [id]:not(#reference *)")].map((one) => one.id)
    .filter((id, at, all) => all.indexOf(id) !== at)"""
# What Swagger UI draws on the page of the API is as its authors made it (decision 19).
OURS = {"exclude": [["#reference"]]}


async def violations(page: Page, options: dict[str, list[str]]) -> list[str]:
    """Return what axe objects to."""
    found = (await Axe().run(page, context=OURS, options=options)).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


async def wide(page: Page) -> int:
    """Return how wide a page is."""
    width: int = await page.evaluate("document.documentElement.scrollWidth")
    return width


async def picture(page: Page, name: str) -> None:
    """Keep pictures, if anybody wants to look at them."""
    if not PICTURES:
        return
    for size in (PHONE, HAND, DESK):
        await page.set_viewport_size(size)
        await page.screenshot(path=Path(PICTURES) / f"{name}-{size['width']}.png", full_page=True)
    await page.set_viewport_size(PHONE)


@pytest.mark.parametrize("tour", TOURS, ids=lambda tour: tour.__name__)
async def test_everyone_can_use_every_page(windows: Windows, site: Running, tour: Tour) -> None:
    window = await windows.new(PHONE, reduced_motion="reduce")
    page, found, stops = window.page, [], 0
    async for name in tour(window, site):
        stops += 1
        for scheme, options in (("light", EVERYTHING), ("dark", COLOURS)):
            await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            found += [f"{name} {scheme} {violation}" for violation in await violations(page, options)]
            await picture(page, f"{name}-{scheme}")
        found += [f"{name} is {width} wide"] if (width := await wide(page)) > PHONE["width"] else []
        found += [f"{name} has {twice} twice" for twice in await page.evaluate(TWICE)]
    assert stops >= 4
    assert found == []


async def test_what_axe_would_object_to_is_seen(windows: Windows, site: Running) -> None:
    page = (await windows.new(PHONE)).page
    await page.goto(site.settings.base_url)
    assert await violations(page, EVERYTHING) == []
    await page.evaluate("document.querySelector('.lead').style.color = '#bbb'")
    assert [one.split(":")[0] for one in await violations(page, COLOURS)] == ["color-contrast"]


async def test_no_long_word_makes_a_page_wider_than_the_phone(windows: Windows, site: Running) -> None:
    word, company = "W" * 60, "Northwind-Laboratories-International"
    raised = await raise_request(
        site.client,
        candidate={"name": f"Maya {word}"},
        company=company,
        role_title=word,
        worries=[{"text": word, "says": word}],
        own_question=word,
    )
    window = await windows.new(PHONE)
    await window.open(url_of(raised))
    await window.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    await window.fill({"worry.0.played": "decisive", "reasons": "other", "detail.other": word})
    await window.fill({"advice": word, "if_too_few": "release"})
    await picture(window.page, "long-answer")
    assert await wide(window.page) == PHONE["width"]
    await window.check()
    await window.reads("Send to Maya")
    await picture(window.page, "long-check")
    assert await wide(window.page) == PHONE["width"]
    await window.press("send")
    await window.reads("It is sealed")
    assert await wide(window.page) == PHONE["width"]
