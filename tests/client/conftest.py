"""The browser's client as it is shipped: the bundle that the server serves, in an empty page of a real browser."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.support import browsers

ROOT = Path(__file__).resolve().parents[2]
BUNDLE = ROOT / "app/pages/static/blind.js"


class Shipped:
    """What the bundle offers, called from here: `script` is a function, in which `blind` is the client."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def call(self, script: str, *arguments: object) -> Any:
        """Call a function with arguments that are JSON; binary values travel as base64url or hex."""
        return await self._page.evaluate(
            "([script, given]) => new Function('blind', 'hex', 'unhex', `return (${script})`)("
            "  debriefBlind,"
            "  (bytes) => [...bytes].map((byte) => (byte + 256).toString(16).slice(1)).join(''),"
            "  (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16)),"
            ")(...given)",
            [script, list(arguments)],
        )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The browser of the machine."""
    async with browsers.running() as it:
        yield it


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shipped(browser: Browser) -> AsyncIterator[Shipped]:
    """The bundle, loaded once: it keeps nothing between calls."""
    page = await browser.new_page()
    await page.add_script_tag(content=BUNDLE.read_text())
    yield Shipped(page)
    await page.close()
