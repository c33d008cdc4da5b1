"""A browser without scripts: it reads a page, fills in its form, and presses one of its buttons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode

import httpx
from typing_extensions import override

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
_VOID = {"meta", "link", "input", "br", "img", "hr"}


@dataclass
class Page:
    """A page as a person sees it: its text, the form's fields with their values, and the HTTP response."""

    response: httpx.Response
    text: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    # Content of <template>: only a script can show it.
    templates: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)

    def value(self, name: str) -> str:
        """Return the value of a field."""
        return dict(self.fields)[name]

    def chosen(self, name: str) -> list[str]:
        """Return the ticked values of a field."""
        return [value for other, value in self.fields if other == name]


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self.open: list[str] = []
        self.area: str | None = None
        self.select: str | None = None
        self.written = ""

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        within = self.page.templates if "template" in self.open else self.page.tags
        within.append((tag, given))
        if tag not in _VOID:
            self.open.append(tag)
        if within is self.page.templates:
            return
        name, value = given.get("name"), given.get("value") or ""
        kind = given.get("type", "text")
        if tag == "input" and name and (kind not in {"radio", "checkbox"} or "checked" in given):
            self.page.fields.append((name, value))
        elif tag == "textarea" and name:
            self.area, self.written = name, ""
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in given:
            self.page.fields.append((self.select, value))
        elif tag == "button" and name:
            self.page.buttons[value] = ""
            self.pressed = value
        elif tag == "a" and given.get("href"):
            self.page.links.append(given["href"] or "")

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag, f"</{tag}> does not close what was opened last"
        # Separate the words of neighbouring paragraphs.
        self.page.text += " " if tag in {"p", "li", "div", "h1", "h2", "legend", "label"} else ""
        if tag == "textarea" and self.area:
            # The line break right after the tag is not part of the text.
            self.page.fields.append((self.area, self.written.removeprefix("\n")))
            self.area = None

    @override
    def handle_data(self, data: str) -> None:
        if "template" in self.open:
            return
        if self.area:
            self.written += data
        elif self.open and self.open[-1] == "button" and self.page.buttons:
            self.page.buttons[self.pressed] += data
        self.page.text += data


def read(response: httpx.Response) -> Page:
    """Parse a page. Fails on HTML that is not well-formed."""
    assert response.headers["content-type"] == "text/html; charset=utf-8", response.text
    page = Page(response)
    reader = _Reader(page)
    reader.feed(response.text)
    reader.close()
    assert reader.open == []
    page.text = " ".join(page.text.split())
    return page


class Browser:
    """A browser on one URL: our pages never leave theirs."""

    def __init__(self, client: httpx.AsyncClient, address: str) -> None:
        self.client = client
        self.address = address

    async def open(self) -> Page:
        """GET the page."""
        return read(await self.client.get(self.address, headers=HTML))

    async def enter(self, secret: str, name: str = "code") -> Page:
        """GET the page, type the secret, and press Open."""
        return await self.press(await self.open(), "open", {name: secret})

    async def press(
        self, page: Page, button: str | None, typed: Mapping[str, str | Sequence[str]] | None = None
    ) -> Page:
        """Fill in the form of a page and press a button that it has. Before Send and Decline people press Check."""
        check = {"send": "check", "decline": "check_decline", "claim": "check"}.get(button or "", "")
        if check in page.buttons and button not in page.buttons:
            page = read(await self.submit(page, check, typed))
            if button not in page.buttons:
                return page
            typed = None
        return read(await self.submit(page, button, typed))

    async def submit(
        self, page: Page, button: str | None, typed: Mapping[str, str | Sequence[str]] | None = None
    ) -> httpx.Response:
        """Do the same, and return the raw response, which may be a file."""
        typed = typed or {}
        fields = [pair for pair in page.fields if pair[0] not in typed]
        for name, value in typed.items():
            fields += [(name, one) for one in ([value] if isinstance(value, str) else value)]
        if button is not None:
            assert button in page.buttons, page.buttons
            fields.append(("do", button))
        return await self.post(fields)

    async def post(self, fields: Sequence[tuple[str, str]], **headers: str) -> httpx.Response:
        """POST these fields as a form."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self.client.post(self.address, content=urlencode(fields), headers=HTML | form | headers)
