"""The installed browser, for tests of pages. Nothing is downloaded."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright

NONE = "no browser found: install chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Playwright forbids the browser to keep pages for "back"; those of people keep them.
UNWANTED = ["--disable-back-forward-cache"]

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def found() -> str | None:
    """Return the path of a browser."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


@asynccontextmanager
async def running() -> AsyncIterator[Browser]:
    """Start the browser. Where there is none, the test is skipped; where one is required, it fails."""
    path = found()
    if path is None:
        if os.environ.get("DEBRIEF_REQUIRE_BROWSER"):
            pytest.fail(NONE)
        pytest.skip(NONE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS, ignore_default_args=UNWANTED)
        try:
            yield browser
        finally:
            await browser.close()
