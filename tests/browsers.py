"""The browser of the machine: none is downloaded, so that the tests need nothing but a package of the system."""

import shutil

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
    """Return where a browser is."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)
