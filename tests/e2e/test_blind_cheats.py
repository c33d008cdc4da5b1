"""Servers that cheat in a blind round, and what happens to them: the page stops before anything is sent."""

import re
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Page, Route, expect

from app.blinding import voprf
from app.blinding.encoding import base64url, read_base64url
from tests.e2e.blind_people import common_link, raised_blind, take_part
from tests.e2e.people import PHONE, Windows, url_of
from tests.support.app import Running, codes, raise_request, round_id, send
from tests.vocabulary.builders import a_sealed_answer

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("libsodium")]


async def cheat(page: Page, raised: dict[str, Any], *, in_the_open: bool) -> None:
    """Give whoever sits at `page` a key of their own: admit it, or claim to have used the common one."""
    keys = voprf.round_key_pair(b"\x01" * 32, UUID(round_id(raised)))

    async def exchange(route: Route) -> None:
        response = await route.fetch()
        body = await response.json()
        for one in body.get("evaluations", []):
            evaluated, proof = voprf.evaluate_and_prove(keys, read_base64url(one["blinded"], 32))
            one |= {"evaluated": base64url(evaluated), "proof": base64url(proof)}
        if in_the_open:
            body["public_key"] = base64url(keys.public)
        await route.fulfill(response=response, json=body)

    async def exchange_claim(route: Route) -> None:
        response = await route.fetch()
        html = await response.text()
        hidden = re.search(r"blinded=([\w-]+)", route.request.post_data or "")
        if hidden and "data-evaluated" in html:
            evaluated, proof = voprf.evaluate_and_prove(keys, read_base64url(hidden[1], 32))
            html = re.sub('data-evaluated="[^"]*"', f'data-evaluated="{base64url(evaluated)}"', html)
            html = re.sub('data-proof="[^"]*"', f'data-proof="{base64url(proof)}"', html)
            if in_the_open:
                shown = f'id="claimed" data-public-key="{base64url(keys.public)}"'
                html = re.sub('id="claimed" data-public-key="[^"]*"', shown, html)
        await route.fulfill(response=response, body=html)

    await page.route("**/r/*", exchange_claim)
    await page.route("**/evaluations", exchange)


@pytest.mark.parametrize("in_the_open", [True, False])
async def test_a_server_with_a_key_for_each_person_is_refused(
    windows: Windows, site: Running, in_the_open: bool
) -> None:
    raised = await raised_blind(site)
    said = "another key than the one that your link" if in_the_open else "did not prove that it used the key"
    receipt = await take_part(await windows.new(), url_of(raised))
    window = await windows.new(PHONE)
    await cheat(window.page, raised, in_the_open=in_the_open)
    await window.open(url_of(raised, 1))
    await window.page.get_by_text("Yes, I will answer later").click()
    await window.page.get_by_text("I have kept my receipt.").click()
    await window.check()
    await window.button("claim").click()
    await window.reads("Please do not go on", said)
    site.clock.advance(days=2)
    window = await windows.new(PHONE)
    await cheat(window.page, raised, in_the_open=in_the_open)
    await window.page.goto(common_link(raised))
    if not in_the_open:
        await window.page.get_by_label("The receipt that you kept").fill(receipt)
        await window.page.get_by_role("button", name="Open", exact=True).click()
    await window.reads("Please do not go on", said)
    assert window.posts == []


async def test_a_page_with_another_key_than_the_link_is_refused(windows: Windows, site: Running) -> None:
    raised = await raised_blind(site)
    window = await windows.new()
    await window.page.goto(url_of(raised)[:-4] + "AAAA")
    await window.reads("Please do not go on", "another key than the one that your link")
    assert not [request for request in window.requests if request.url.endswith("/claims")]


async def test_a_round_that_is_not_blind_after_all_is_refused(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client)
    window = await windows.new()
    await window.page.goto(f"{url_of(raised)}&k={'A' * 22}")
    await window.reads("Please do not go on", "of another kind")
    assert window.posts == []
    assert (await send(site.client, round_id(raised), codes(raised)[0], a_sealed_answer())).status_code == 201


async def test_a_script_that_was_exchanged_does_not_run(windows: Windows, site: Running) -> None:
    raised = await raised_blind(site)
    window = await windows.new()
    for name in ("blind.js", "blind_page.js"):
        await window.page.route(
            f"**/{name}*", lambda route: route.fulfill(body="alert(1)", content_type="text/javascript")
        )
    await window.page.goto(url_of(raised))
    await expect(window.page.locator("#status")).to_contain_text("did not arrive whole")
    assert window.posts == []
    assert any("integrity" in complaint for complaint in window.complaints)
    window.complaints.clear()
