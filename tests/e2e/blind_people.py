"""What people do in a blind round, in a browser: they take part by their link, and come back by that of all."""

from typing import Any

from playwright.async_api import expect

from tests.e2e.people import Window, url_of
from tests.support.app import Running, raise_request

FOUR = [{"role": "interviewer", "name": name} for name in ("Omar Haddad", "Lin Mei", "Cleo Brandt", "Dan Moss")]


async def raised_blind(site: Running, **over: Any) -> dict[str, Any]:
    return await raise_request(site.client, **{"anonymity": {"mode": "blind", "k": 3}, "invitees": FOUR, **over})


def common_link(raised: dict[str, Any]) -> str:
    """Return the address at which everybody answers: that of any link, without its code."""
    link = url_of(raised)
    return f"{link.partition('#')[0]}#k={link.partition('&k=')[2]}"


async def take_part(window: Window, link: str) -> str:
    """Follow a link, keep the receipt, and say yes; return the receipt."""
    await window.open(link)
    await window.page.get_by_text("Yes, I will answer later").click()
    receipt = await window.page.get_by_label("Your receipt").first.input_value()
    await window.page.get_by_text("I have kept my receipt.").click()
    await window.press("claim")
    await expect(window.page.get_by_role("heading", name="You take part")).to_be_visible()
    return receipt


async def come_back(window: Window, link: str, receipt: str) -> None:
    """Follow the common link, and open the form with a receipt."""
    await window.page.goto(link)
    await window.page.get_by_label("The receipt that you kept").fill(receipt)
    await window.page.get_by_role("button", name="Open", exact=True).click()
    await expect(window.page.locator("form.answer")).to_be_visible()


def posted(window: Window) -> str:
    """Return all that a window has sent, addresses included."""
    return "\n".join(f"{request.url} {request.post_data or ''}" for request in window.requests)
