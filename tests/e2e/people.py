"""What people do in a browser: open a link, choose, write, press; and the windows in which they do it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page, Request, ViewportSize, expect

PHONE: ViewportSize = {"width": 320, "height": 568}
DESK: ViewportSize = {"width": 1280, "height": 800}
SHORTEST = {"reasons": "closer_match_elsewhere", "if_too_few": "withhold"}
SIGNED = {"reasons": "interview_answers", "understood": "yes"}
# What a browser says about a refusal of the server: that is seen on the page.
_REFUSED = "Failed to load resource"


@dataclass
class Window:
    """One person's window, and everything that it asked of the world."""

    page: Page
    scripts: bool
    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def posts(self) -> list[Request]:
        return [request for request in self.requests if request.method == "POST"]

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    def asked(self, request: Request) -> None:
        """Note a request."""
        self.requests.append(request)

    async def open(self, link: str, label: str = "The code from your link") -> None:
        """Follow a secret link. Without scripts the secret has to be typed."""
        address, _, secret = link.partition("#")
        await self.page.goto(link if self.scripts else address)
        if not self.scripts:
            await self.page.get_by_label(label).fill(secret[2:])
            await self.press("open")
        await expect(self.page.locator("form.enter")).to_have_count(0)

    def button(self, what: str) -> Locator:
        """Return the button that does something."""
        return self.page.locator(f'button[name=do][value="{what}"]:not(.unseen)').first

    async def press(self, what: str) -> None:
        """Press a button, and wait for the page that it brings. Before Send and Decline people press Check."""
        first = {"send": "check", "decline": "check_decline", "claim": "check"}.get(what)
        if first and await self.button(what).count() == 0:
            await self.check(first)
            if await self.button(what).count() == 0:
                return
        await self._press(what)

    async def check(self, what: str = "check") -> None:
        """Press Check, and wait until the next page takes a press, or until the form says what is missing."""
        if not self.scripts:
            await self._press(what)
            return
        await self.button(what).click()
        await self._checked()

    async def _checked(self) -> None:
        await expect(self.page.locator("form.check, #problems").first).to_be_visible()
        if await self.page.locator("form.check").count():
            await self.page.wait_for_timeout(450)

    async def _press(self, what: str) -> None:
        if not self.scripts:
            async with self.page.expect_navigation():
                await self.button(what).click()
            return
        old = await self.page.query_selector("main")
        assert old is not None
        await self.button(what).click()
        await old.wait_for_element_state("hidden")

    async def fill(self, values: Mapping[str, str | Sequence[str]]) -> None:
        """Choose chips, tick, select and write, each by the name of its field."""
        for name, value in values.items():
            for one in [value] if isinstance(value, str) else value:
                await self._put(name, one)

    async def _put(self, name: str, value: str) -> None:
        fields = self.page.locator(f'main [name="{name}"]')
        match await fields.first.evaluate("(one) => one.type"):
            case "radio" | "checkbox":
                chip = self.page.locator(f'main [name="{name}"][value="{value}"]')
                # A reason to decline leads on by itself.
                goes = self.scripts and await self.page.locator(f'[data-go] [name="{name}"]').count()
                await (chip.click() if goes else chip.check())
                if goes:
                    await self._checked()
            case "select-one":
                await fields.select_option(value)
            case _:
                await fields.fill(value)

    async def reads(self, *texts: str) -> None:
        """Wait until the page says something."""
        for text in texts:
            await expect(self.main).to_contain_text(text)

    async def unfold(self, title: str) -> None:
        """Open something folded."""
        await self.page.locator("summary").get_by_text(title, exact=True).click()


class Windows:
    """The windows of one test. Nothing that a page does may be refused by its own policy, or fail."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._open: list[tuple[BrowserContext, Window]] = []

    async def new(self, size: ViewportSize = DESK, *, scripts: bool = True, **options: Any) -> Window:
        """Open a window of somebody new."""
        context = await self._browser.new_context(
            viewport=size, java_script_enabled=scripts, locale="en-GB", timezone_id="UTC", **options
        )
        context.set_default_timeout(10_000)
        window = Window(await context.new_page(), scripts)
        context.on("request", window.asked)
        context.on("weberror", lambda error: window.complaints.append(str(error.error)))
        context.on(
            "console",
            lambda message: (
                window.complaints.append(message.text)
                if message.type in {"error", "warning"} and not message.text.startswith(_REFUSED)
                else None
            ),
        )
        self._open.append((context, window))
        return window

    async def close(self) -> None:
        """Close them all."""
        for context, _ in self._open:
            await context.close()
        assert [complaint for _, window in self._open for complaint in window.complaints] == []


def link_in(text: str) -> str:
    """Return the secret link that a note holds."""
    return next(word for word in text.split() if "#c=" in word or "#m=" in word)


def url_of(raised: Mapping[str, Any], index: int = 0) -> str:
    """Return one of the links of a request that was raised over the API."""
    url: str = raised["links"][index]["url"]
    return url


def manage_url(raised: Mapping[str, Any], base_url: str) -> str:
    """Return the candidate's own link."""
    return f"{base_url}/requests/{raised['id']}#m={raised['manage_token']}"
