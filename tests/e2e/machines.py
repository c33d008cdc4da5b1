"""Machines that follow links before people do: five levels of eagerness, each seen in real mail gateways."""

from enum import StrEnum

from playwright.async_api import Page, expect

from tests.e2e.people import Window
from tests.support.app import Running

BUTTONS = "main button:visible"
WRITTEN = "input:visible:not([type=radio], [type=checkbox], [readonly]), textarea:visible:not([readonly])"
DUMMIES = {"number": "1", "date": "2026-11-25", "email": "test@example.test", "url": "https://example.test"}


class Level(StrEnum):
    """What a machine does with a link, the most harmless first."""

    HEAD = "HEAD"
    GET = "GET"
    SCRIPTS = "GET with scripts"
    PRESS = "presses every button"
    FILL = "fills in dummies and presses every button"


async def visit(level: Level, window: Window, site: Running, link: str, *, deep: int = 1) -> int:
    """Do to a link what a machine of a level does; return how often something was asked for or pressed."""
    match level:
        case Level.HEAD | Level.GET:
            # A fragment is not sent; a mangled one is part of the path.
            address = link.partition("#")[0].replace(site.settings.base_url, "")
            response = await site.client.request(level, address, headers={"Accept": "text/html"})
            assert response.status_code == 200, response.text
            return 1
        case Level.SCRIPTS:
            await arrive(window, link, typing=False)
            return 1
        case Level.PRESS:
            return await press_everything(window, link, deep=deep, typing=False)
        case Level.FILL:
            return await press_everything(window, link, deep=deep)


async def arrive(window: Window, link: str, *pressed: int, typing: bool = True) -> int:
    """Open the link anew, press a row of buttons, write into all fields; return how many buttons there are then."""
    await window.page.goto("about:blank")
    await window.page.goto(link)
    await settle(window.page, typing=typing)
    for index in pressed:
        await window.page.locator(BUTTONS).nth(index).evaluate("(one) => one.click()")
        await settle(window.page, typing=typing)
    return await window.page.locator(BUTTONS).count()


async def settle(page: Page, *, typing: bool) -> None:
    """Wait until nothing is under way, unfold all that is folded, and perhaps write something into every field."""
    await expect(page.locator("html.js-opening, main[aria-busy]")).to_have_count(0)
    await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    if not typing:
        return
    for one in await page.locator(WRITTEN).all():
        kind = await one.get_attribute("type") or "text"
        await one.fill(DUMMIES.get(kind, "test test test test test"))


async def press_everything(window: Window, link: str, *, deep: int, typing: bool = True) -> int:
    """Press every button of every screen, `deep` screens down; return how often something was pressed."""
    rows: list[tuple[int, ...]] = [()]
    done = 0
    while rows:
        row = rows.pop()
        for index in range(await arrive(window, link, *row, typing=typing)):
            if len(row) + 1 < deep:
                rows.append((*row, index))
            else:
                await arrive(window, link, *row, index, typing=typing)
            done += 1
    return done
