"""What an observer of the network sees of people in browsers: one length up, one length down, whatever they do."""

from collections.abc import Mapping, Sequence

import pytest

from app.pages.rendering import ROUND_LENGTH
from tests.e2e.people import SHORTEST, Window, Windows, url_of
from tests.pages.test_lengths import LETTER, LONGEST, WORRIES
from tests.support.app import Running, raise_request

pytestmark = pytest.mark.asyncio(loop_scope="session")

UP = 32 * 1024
UNFOLD = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"


async def lengths(window: Window) -> set[tuple[int, int]]:
    """Return the lengths of all that a window has sent, each with that of the answer."""
    found = set()
    for request in window.posts:
        response = await request.response()
        assert response is not None
        found.add((len(request.post_data_buffer or b""), len(await response.body())))
    return found


async def test_the_shortest_and_the_longest_answer_and_a_decline_look_alike(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client, worries=WORRIES, own_question=LETTER * 280)
    seen: set[tuple[int, int]] = set()
    sent: list[int] = []
    answers: list[Mapping[str, str | Sequence[str]]] = [SHORTEST, LONGEST]
    for index, filled in enumerate(answers):
        window = await windows.new()
        await window.open(url_of(raised, index))
        await window.page.evaluate(UNFOLD)
        # The preview is asked for when nobody has typed for half a second.
        async with window.page.expect_response(lambda answer: "do=preview" in (answer.request.post_data or "")):
            await window.fill(filled)
        await window.press("send")
        await window.reads("It is sealed")
        sent.append(len((window.posts[-1].post_data or "").partition("&pad=")[0].encode()))
        seen |= await lengths(window)
    window = await windows.new()
    await window.open(url_of(raised, 2))
    await window.unfold("I can’t answer")
    await window.fill({"reason": "company_policy", "decline_understood": "yes"})
    await window.press("decline")
    await window.reads("Your link is closed")
    seen |= await lengths(window)
    assert seen == {(UP, ROUND_LENGTH)}
    # They were not alike: what was filled up was little, and much.
    assert sent[0] < 2 * 1024
    assert sent[1] > 12 * 1024
