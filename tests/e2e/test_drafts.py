"""People leave and come back at each step, and lose nothing that they typed; and when it ends, nothing of it stays."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import Dialog, expect

from tests.e2e.blind_people import come_back, common_link, posted, raised_blind
from tests.e2e.people import PHONE, SHORTEST, Window, Windows, manage_url, url_of
from tests.support.app import ADA, Running, codes, raise_request

pytestmark = pytest.mark.asyncio(loop_scope="session")

DOUBT = "We were not sure that you would like to write for beginners."
WRITTEN = SHORTEST | {
    "concern.0.statement": DOUBT,
    "concern.0.source": "papers",
    "concern.0.asked": "never_asked",
}
STORED = "JSON.stringify([{...sessionStorage}, {...localStorage}, document.cookie])"


async def by_reload(window: Window, address: str) -> None:
    await window.page.reload()


async def by_back(window: Window, address: str) -> None:
    await window.page.goto("about:blank")
    await window.page.go_back()


async def by_address(window: Window, address: str) -> None:
    """A tab that was discarded comes back by its address, which has no secret any more."""
    await window.page.goto("about:blank")
    await window.page.goto(address)


LEAVING = (by_reload, by_back, by_address)


async def stays(window: Window) -> None:
    """Wait until the form is there again, with what was typed."""
    await expect(window.page.locator("[name='concern.0.statement']")).to_have_value(DOUBT)
    await expect(window.page.locator("[name=reasons]:checked")).to_have_value("closer_match_elsewhere")
    await expect(window.page.locator("[name=if_too_few]:checked")).to_have_value("withhold")


@pytest.mark.parametrize("leave", LEAVING)
async def test_nothing_typed_is_lost_at_any_step(
    windows: Windows, site: Running, leave: Callable[[Window, str], Any]
) -> None:
    raised = await raise_request(site.client)
    address = url_of(raised).partition("#")[0]
    window = await windows.new(PHONE)
    await window.open(url_of(raised))
    # Before anything is typed the code is enough.
    await leave(window, address)
    await window.reads("What made Ben less competitive?")
    await window.fill(WRITTEN)
    await window.unfold("Add more")
    await window.fill({"advice": "Bring one text."})
    await leave(window, address)
    await stays(window)
    await expect(window.page.locator("[name=advice]")).to_be_visible()
    await window.check()
    await window.reads(DOUBT)
    await leave(window, address)
    await stays(window)
    await window.press("send")
    await window.reads("It is sealed")
    assert await window.page.evaluate(STORED) == '[{},{},""]'
    await leave(window, address)
    await window.reads("The code from your link")
    assert DOUBT not in await window.page.content()
    assert codes(raised)[0] not in window.page.url


async def test_back_leads_from_the_check_to_the_form(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client)
    window = await windows.new(PHONE)
    await window.open(url_of(raised))
    await window.fill(WRITTEN)
    await window.check()
    await window.page.go_back()
    await stays(window)
    assert len(window.posts) == 2


async def test_a_link_in_the_footer_opens_a_tab_of_its_own(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client)
    window = await windows.new()
    await window.open(url_of(raised))
    await window.fill(WRITTEN)
    async with window.page.context.expect_page() as opening:
        await window.page.get_by_role("link", name="For employers").click()
    other = await opening.value
    # The other tab gets neither code nor draft.
    assert await other.evaluate(STORED) == '[{},{},""]'
    assert await other.evaluate("window.opener") is None
    await stays(window)


async def test_leaving_with_something_unsent_asks(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client)
    window = await windows.new()
    asked: list[str] = []

    async def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.accept()

    window.page.on("dialog", answer)
    await window.open(url_of(raised))
    await window.page.reload()
    assert asked == []
    await window.reads("What made Ben less competitive?")
    await window.fill(WRITTEN)
    await window.page.reload()
    await stays(window)
    assert asked == ["beforeunload"]
    await window.press("send")
    await window.reads("It is sealed")
    await window.page.reload()
    assert asked == ["beforeunload"]


async def test_a_button_clears_the_page(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client)
    window = await windows.new()
    window.page.on("dialog", lambda dialog: dialog.accept())
    await window.open(url_of(raised))
    await window.fill(WRITTEN)
    await window.page.get_by_role("button", name="Clear this page").click()
    await window.reads("The code from your link")
    assert await window.page.evaluate(STORED) == '[{},{},""]'
    assert codes(raised)[0] not in await window.page.content()


async def test_a_decline_leaves_nothing(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client)
    window = await windows.new()
    await window.open(url_of(raised))
    await window.fill(WRITTEN)
    await window.unfold("I can’t answer")
    await window.fill({"reason": "no_time"})
    await window.press("decline")
    await window.reads("Your link is closed")
    assert await window.page.evaluate(STORED) == '[{},{},""]'


async def test_another_link_of_the_round_finds_no_draft_of_the_first(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client)
    window = await windows.new()
    await window.open(url_of(raised))
    await window.fill(WRITTEN)
    await window.page.goto("about:blank")
    await window.open(url_of(raised, 1))
    await expect(window.page.locator("[name='concern.0.statement']")).to_have_value("")
    assert codes(raised)[0] not in await window.page.evaluate(STORED)


async def test_the_managers_page_keeps_what_was_typed(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client, manager=ADA, invitees=None)
    window = await windows.new()
    await window.open(url_of(raised))
    await window.press("team")
    await window.fill({"reasons": "skill_or_knowledge", "concern.0.statement": DOUBT})
    await window.page.reload()
    await window.press("team")
    await expect(window.page.locator("[name='concern.0.statement']")).to_have_value(DOUBT)
    await window.fill({"concern.0.source": "papers", "concern.0.asked": "unknown", "understood": "yes"})
    await window.press("send")
    await window.reads("reads it in a few minutes")
    assert DOUBT not in await window.page.evaluate(STORED)


async def test_the_candidates_page_opens_again(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client)
    window = await windows.new()
    await window.open(manage_url(raised, site.settings.base_url))
    await window.page.reload()
    await window.reads("Waiting for answers")
    assert raised["manage_token"] not in window.page.url


@pytest.mark.usefixtures("libsodium")
async def test_a_blind_round_keeps_receipt_and_draft(windows: Windows, site: Running) -> None:
    raised = await raised_blind(site)
    window = await windows.new(PHONE)
    await window.open(url_of(raised))
    await window.fill({"part": "yes"})
    receipt = await window.page.get_by_label("Your receipt").first.input_value()
    # Somebody may have kept it by now: after a reload it must be the same.
    await window.page.reload()
    await window.reads("Your receipt")
    assert await window.page.get_by_label("Your receipt").first.input_value() == receipt
    await window.fill({"part": "yes", "kept": "yes"})
    await window.press("claim")
    await window.reads("You take part")
    assert await window.page.evaluate(STORED) == '[{},{},""]'
    site.clock.advance(days=2)
    window = await windows.new(PHONE)
    await come_back(window, common_link(raised), receipt)
    await window.fill(WRITTEN)
    await window.page.reload()
    await stays(window)
    await window.press("send")
    await window.reads("It is sealed")
    assert json.loads(await window.page.evaluate(STORED)) == [{}, {}, ""]
    assert receipt not in posted(window)
