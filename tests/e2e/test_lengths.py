"""What an observer of the network sees of people in browsers: one length up, one length down, whatever they do."""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

import pytest
from playwright.async_api import expect

from app.pages.rendering import ROUND_LENGTH
from tests.e2e.blind_people import come_back, common_link, raised_blind, take_part
from tests.e2e.people import SHORTEST, SIGNED, Window, Windows, url_of
from tests.pages.test_lengths import LETTER, LONGEST, WORRIES
from tests.support.app import OMAR, Running, raise_request

pytestmark = pytest.mark.asyncio(loop_scope="session")

UP = 32 * 1024
UNFOLD = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"


async def visits(window: Window) -> list[tuple[str, int, int]]:
    """Return what a network sees of a visit: the order of the requests, and both lengths of each."""
    found = []
    for request in window.posts:
        response = await request.response()
        assert response is not None
        found.append(
            (request.url, len(request.post_data_buffer or b""), int(await response.header_value("content-length") or 0))
        )
    return found


def do(window: Window) -> list[str]:
    return [parse_qs(request.post_data or "")["do"][0] for request in window.posts]


async def test_the_shortest_and_the_longest_answer_and_a_decline_look_alike(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client, worries=WORRIES, own_question=LETTER * 280)
    seen: list[list[tuple[str, int, int]]] = []
    sent: list[int] = []
    answers: list[Mapping[str, str | Sequence[str]]] = [SHORTEST, LONGEST]
    for index, filled in enumerate(answers):
        window = await windows.new()
        await window.open(url_of(raised, index))
        await window.page.evaluate(UNFOLD)
        # While somebody writes nothing goes out, however long it takes.
        await window.fill(filled)
        await window.page.wait_for_timeout(1_000)
        assert len(window.posts) == 1
        await window.press("send")
        await window.reads("It is sealed")
        assert do(window) == ["open", "check", "send"]
        sent.append(len((window.posts[-1].post_data or "").partition("&pad=")[0].encode()))
        seen.append(await visits(window))
    window = await windows.new()
    await window.open(url_of(raised, 2))
    await window.unfold("I can’t answer")
    await window.fill({"reason": "company_policy"})
    await window.press("decline")
    await window.reads("Your link is closed")
    assert do(window) == ["open", "check_decline", "decline"]
    seen.append(await visits(window))
    address = url_of(raised).partition("#")[0]
    assert seen == [[(address, UP, ROUND_LENGTH)] * 3] * 3
    # They were not alike: what was filled up was little, and much.
    assert sent[0] < 2 * 1024
    assert sent[1] > 12 * 1024


async def test_a_signed_answer_and_what_is_mended_first_look_like_them(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client, invitees=[OMAR])
    window = await windows.new()
    await window.open(url_of(raised))
    # What is missing is found without asking the server.
    await window.button("check").click()
    await expect(window.page.locator("#problems")).to_be_visible()
    await window.fill(SIGNED)
    await window.press("send")
    await window.reads("reads it in a few minutes")
    assert await visits(window) == [(url_of(raised).partition("#")[0], UP, ROUND_LENGTH)] * 3


@pytest.mark.usefixtures("libsodium")
async def test_a_claim_and_a_decline_of_a_blind_round_look_alike(windows: Windows, site: Running) -> None:
    raised = await raised_blind(site)
    claiming = await windows.new()
    receipt = await take_part(claiming, url_of(raised))
    declining = await windows.new()
    await declining.open(url_of(raised, 1))
    await declining.fill({"part": "no", "reason": "company_policy"})
    await declining.press("decline")
    await declining.reads("Your link is closed")
    address = url_of(raised).partition("#")[0]
    assert await visits(claiming) == await visits(declining) == [(address, UP, ROUND_LENGTH)] * 3
    # One request comes before them: the list that is the same for everybody.
    assert [
        [request.method for request in window.requests if "evaluations" in request.url]
        for window in (claiming, declining)
    ] == [["GET"], ["GET"]]
    site.clock.advance(days=2)
    answering = await windows.new()
    await come_back(answering, common_link(raised), receipt)
    await answering.fill(SHORTEST)
    await answering.press("send")
    await answering.reads("It is sealed")
    assert await visits(answering) == [(address, UP, ROUND_LENGTH)] * 3


async def test_without_scripts_there_are_three_requests_too(windows: Windows, site: Running) -> None:
    """A browser without scripts can't fill up what it sends: what comes back has one length all the same."""
    raised = await raise_request(site.client)
    seen = []
    for index, (what, filled) in enumerate((("send", SHORTEST), ("decline", {"reason": "company_policy"}))):
        window = await windows.new(scripts=False)
        await window.open(url_of(raised, index))
        if what == "decline":
            await window.unfold("I can’t answer")
        await window.fill(filled)
        await window.press(what)
        await window.reads("Thank you" if what == "send" else "Your link is closed")
        seen.append([(address, down) for address, _, down in await visits(window)])
    assert seen == [[(url_of(raised).partition("#")[0], ROUND_LENGTH)] * 3] * 2
