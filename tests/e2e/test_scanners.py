"""Machines that open every link in a real browser, run its scripts, write dummies and press every button."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.app import Running, as_candidate, codes, manager_code, raise_request, read_feedback, round_id, send, tick
from tests.e2e.people import Window, Windows, url_of
from tests.vocabulary.builders import a_sealed_answer

pytestmark = pytest.mark.asyncio(loop_scope="session")

BUTTONS = "main button:visible"
WRITTEN = "input:visible:not([type=radio], [type=checkbox], [readonly]), textarea:visible:not([readonly])"
DUMMIES = {"number": "1", "date": "2026-11-25", "email": "test@example.test", "url": "https://example.test"}


async def arrive(window: Window, link: str, *pressed: int) -> int:
    """Open the link anew, press a row of buttons, write into all fields; return how many buttons there are then."""
    await window.page.goto("about:blank")
    await window.page.goto(link)
    await write_dummies(window.page)
    for index in pressed:
        await window.page.locator(BUTTONS).nth(index).evaluate("(one) => one.click()")
        await write_dummies(window.page)
    return await window.page.locator(BUTTONS).count()


async def write_dummies(page: Page) -> None:
    """Wait until nothing is under way, unfold all that is folded, and write something into every field."""
    await expect(page.locator("form.enter, main[aria-busy]")).to_have_count(0)
    await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    for one in await page.locator(WRITTEN).all():
        kind = await one.get_attribute("type") or "text"
        await one.fill(DUMMIES.get(kind, "test test test test test"))


async def press_everything(window: Window, link: str, *, deep: int) -> int:
    """Press every button of every screen, `deep` screens down; return how often something was pressed."""
    rows: list[tuple[int, ...]] = [()]
    done = 0
    while rows:
        row = rows.pop()
        for index in range(await arrive(window, link, *row)):
            if len(row) + 1 < deep:
                rows.append((*row, index))
            else:
                await arrive(window, link, *row, index)
            done += 1
    return done


async def every_link_still_works(site: Running, raised: dict[str, Any]) -> None:
    view = await site.client.post(f"/v1/manager/{raised['id']}/view", json={"code": manager_code(raised)})
    assert view.json()["declined"] is None
    assert len(view.json()["rounds"]) == 1
    for code in codes(raised):
        assert (await send(site.client, round_id(raised), code, a_sealed_answer())).status_code == 201
    site.clock.advance(days=9)
    await tick(site)
    assert len((await read_feedback(site.client, raised))["rounds"][0]["answers"]) == 3


async def test_no_link_is_spent(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client, manager={"name": "Ada Ruiz"}, worries=[{"text": "Only engineers"}])
    window = await windows.new(accept_downloads=True)
    for link in (url_of(raised, 0), url_of(raised, 1).replace("#", "%23")):
        assert await press_everything(window, link, deep=1) >= 3
    manager = next(link["url"] for link in raised["links"] if link["role"] == "manager")
    assert await press_everything(window, manager, deep=2) >= 12
    await every_link_still_works(site, raised)


async def test_no_panel_is_closed(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client, manager={"name": "Ada Ruiz"}, invitees=None)
    asked = {"code": manager_code(raised), "nonce": "n" * 22, "stage": "after_decision", "people": 3, "shape": "team"}
    panel = (await site.client.post(f"/v1/manager/{raised['id']}/panels", json=asked)).json()
    assert await press_everything(await windows.new(), url_of(raised), deep=1) == 4
    site.clock.advance(days=1)
    await tick(site, early=True)
    for _ in range(3):
        code = panel["links"][0]["code"]
        assert (await send(site.client, panel["round"]["id"], code, a_sealed_answer())).status_code == 201
    shown = await site.client.get(f"/v1/feedback-requests/{raised['id']}", headers=as_candidate(raised))
    assert shown.json()["rounds"][0]["state"] == "collecting"
