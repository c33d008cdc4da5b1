"""Every page and state on the narrowest phone: nothing that axe objects to, light or dark, and no sideways scroll.

DEBRIEF_TEST_SCREENSHOTS names a folder in which to keep a picture of each, to look at.
"""

import os
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from tests.e2e.people import DESK, PHONE, Windows
from tests.e2e.tours import TOURS, Tour
from tests.support.app import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")

PICTURES = os.environ.get("DEBRIEF_TEST_SCREENSHOTS", "")
EVERYTHING: dict[str, list[str]] = {"resultTypes": ["violations"]}
# What else there is does not depend on colours.
COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}


TWICE = """() => { const ids = [...document.querySelectorAll('[id]:not(#reference *)')].map((one) => one.id);
    return ids.filter((one, at) => ids.indexOf(one) !== at); }"""
# What Swagger UI draws on the page of the API is as its authors made it (decision 19).
OURS = {"exclude": [["#reference"]]}


async def violations(page: Page, options: dict[str, list[str]]) -> list[str]:
    """Return what axe objects to."""
    found = (await Axe().run(page, context=OURS, options=options)).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


async def picture(page: Page, name: str) -> None:
    """Keep pictures, if anybody wants to look at them."""
    if not PICTURES:
        return
    for size in (PHONE, DESK):
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
        found += [f"{name} has the id {one} twice" for one in await page.evaluate(TWICE)]
        wide = await page.evaluate("document.documentElement.scrollWidth")
        found += [f"{name} is {wide} wide"] if wide > PHONE["width"] else []
    assert stops >= 4
    assert found == []


async def test_what_axe_would_object_to_is_seen(windows: Windows, site: Running) -> None:
    page = (await windows.new(PHONE)).page
    await page.goto(site.settings.base_url)
    assert await violations(page, EVERYTHING) == []
    await page.evaluate("document.querySelector('.lead').style.color = '#bbb'")
    assert [one.split(":")[0] for one in await violations(page, COLOURS)] == ["color-contrast"]
