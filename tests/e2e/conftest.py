"""One browser for each worker, one server for each test, and nobody's cookies, cache or storage twice."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser

from tests.e2e.people import Windows
from tests.e2e.serving import serving
from tests.support import browsers
from tests.support.app import Running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The browser of the machine."""
    async with browsers.running() as it:
        yield it


@pytest_asyncio.fixture(loop_scope="session")
async def windows(browser: Browser) -> AsyncIterator[Windows]:
    """Windows of the browser, closed at the end of the test."""
    opened = Windows(browser)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def site(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """The site. What a browser shows does not depend on the kind of database: one is enough for most."""
    async with serving(sqlite_url, tmp_path) as it:
        yield it
