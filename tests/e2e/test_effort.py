"""What an answer costs: taps on a phone, bytes on the way, and whether it can be given with the keyboard alone."""

import gzip
from collections.abc import Mapping

import pytest
from playwright.async_api import Page, expect

from tests.e2e.people import PHONE, SHORTEST, Window, Windows, url_of
from tests.support.app import OMAR, Running, raise_request, read_feedback, tick

pytestmark = pytest.mark.asyncio(loop_scope="session")

WORRY = "You may think that I only write for engineers"
SENTENCE = "We were not sure that you would like to write for beginners."


class Thumb:
    """A thumb on a phone, which counts."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.taps = 0

    async def tap(self, question: str, chip: str, *, last: bool = False) -> None:
        """Tap a chip of a question; of the last, if several are called alike."""
        groups = self.window.page.get_by_role("group", name=question)
        group = groups.last if last else groups.first
        await group.get_by_text(chip, exact=True).tap()
        self.taps += 1

    async def write(self, field: str, sentence: str) -> None:
        """Tap a field, and write into it what the keyboard of the phone offers."""
        await self.window.page.get_by_label(field).tap()
        self.taps += 1
        await self.window.page.keyboard.type(sentence)

    async def press(self, name: str) -> None:
        """Tap a button."""
        await self.window.page.get_by_role("button", name=name, exact=True).tap()
        self.taps += 1

    async def send(self) -> None:
        """Check the answer, and send it."""
        await self.press("Check your answer")
        await self.read("Ben Ode will read")
        await self.press("Send to Ben")

    async def read(self, heading: str) -> None:
        """Wait for a heading, and for as long as a second tap of the same would be ignored."""
        await expect(self.window.page.get_by_role("heading", name=heading)).to_be_visible()
        await self.window.page.wait_for_timeout(450)


async def a_phone(windows: Windows, link: str) -> Thumb:
    window = await windows.new(PHONE, has_touch=True, is_mobile=True)
    await window.open(link)
    return Thumb(window)


async def test_a_doubt_takes_nine_taps_and_one_sentence(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client, worries=[{"text": WORRY}])
    thumb = await a_phone(windows, url_of(raised))
    await thumb.tap("Ben worries", "It counted")
    await thumb.tap("less competitive", "The job changed, or went to somebody inside")
    await thumb.tap("Who got the job?", "Somebody from inside")
    # Nothing is copied: whoever has a doubt writes it.
    await expect(thumb.window.page.get_by_label("One doubt about Ben")).to_have_value("")
    await thumb.write("One doubt about Ben", SENTENCE)
    await thumb.tap("Where did it come from?", "Papers", last=True)
    await thumb.tap("asked about it?", "Never asked", last=True)
    await thumb.tap("When may Ben read this?", "In any case; I know “Ben” may guess it is me")
    await thumb.send()
    await thumb.window.reads("It is sealed")
    assert thumb.taps == 9


async def test_a_worry_that_counted_opens_its_two_follow_ups_below(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client, worries=[{"text": WORRY}])
    thumb = await a_phone(windows, url_of(raised))
    follow = thumb.window.page.locator(".follow").first
    await expect(follow).to_be_hidden()
    await thumb.tap("Ben worries", "It counted")
    await expect(follow).to_be_visible()
    await thumb.tap("Where did it come from?", "Papers")
    await thumb.tap("asked about it?", "Never asked")
    await thumb.window.fill(SHORTEST)
    await thumb.press("Check your answer")
    await thumb.window.reads(WORRY, "It came from your papers", "You were never asked about it.")


async def test_four_taps_are_the_shortest_answer(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client)
    thumb = await a_phone(windows, url_of(raised))
    await thumb.tap("less competitive", "Somebody matched more closely")
    await thumb.tap("When may Ben read this?", "If fewer: only what I ticked, not my words")
    await thumb.send()
    await thumb.window.reads("It is sealed")
    assert thumb.taps == 4


async def test_a_decline_takes_three_taps(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client)
    thumb = await a_phone(windows, url_of(raised))
    await thumb.window.page.get_by_text("I can’t answer", exact=True).tap()
    thumb.taps += 1
    await thumb.tap("Why not?", "Company policy")
    await thumb.read("Decline?")
    await thumb.press("Decline")
    await thumb.window.reads("Your link is closed")
    assert thumb.taps == 3


async def test_the_keyboard_passes_over_reasons_to_decline(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client)
    window = await windows.new()
    await window.open(url_of(raised))
    await window.unfold("I can’t answer")
    keys = window.page.keyboard
    await reach(window.page, "reason")
    for key in ("Space", "ArrowDown", "ArrowDown"):
        await keys.press(key)
    await expect(window.page.locator("[name=reason]:checked")).to_have_count(1)
    assert len(window.posts) == 1
    await reach(window.page, "check_decline")
    await keys.press("Enter")
    await window.reads("This closes your link")


async def test_the_page_is_light(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client, worries=[{"text": WORRY}])
    window = await windows.new(PHONE)
    sizes: dict[str, int] = {}
    await window.open(url_of(raised))
    await window.page.wait_for_load_state("networkidle")
    for request in window.requests:
        response = await request.response()
        assert response is not None
        sizes[f"{request.method} {request.url}"] = len(gzip.compress(await response.body()))
    assert len(window.requests) <= 4, sizes
    assert sum(sizes.values()) < 30_000, sizes


async def reach(page: Page, name: str) -> None:
    """Press Tab until the focus is on a field or button of this name or value, wherever it begins."""
    for _ in range(150):
        await page.keyboard.press("Tab")
        if await page.evaluate("(n) => [document.activeElement.name, document.activeElement.value].includes(n)", name):
            shown = "document.activeElement.matches(':focus-visible')"
            assert await page.evaluate(shown)
            return
    raise AssertionError(name)


async def test_the_keyboard_alone_is_enough(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client, invitees=[OMAR], worries=[{"text": WORRY}])
    window = await windows.new()
    await window.open(url_of(raised))
    keys = window.page.keyboard
    await reach(window.page, "worry.0.played")
    await keys.press("ArrowDown")  # From the first chip to the second.
    await reach(window.page, "experience_level")
    await keys.press("Space")
    await reach(window.page, "detail.experience_level")
    await keys.type("Five years were asked for.")
    await keys.press("Enter")
    await keys.type("You have two.")
    await reach(window.page, "hired.selection_result")
    await keys.press("Space")
    await reach(window.page, "concern.0.statement")
    await keys.type(SENTENCE)
    for name in ("concern.0.source", "concern.0.asked"):
        await reach(window.page, name)
        await keys.press("Space")
    await reach(window.page, "signature")
    # Enter in a field sends nothing by accident.
    await keys.press("Enter")
    await reach(window.page, "understood")
    await keys.press("Space")
    assert len(window.posts) == 1
    await reach(window.page, "check")
    await keys.press("Enter")
    await window.reads("Ben Ode will read")
    await window.page.wait_for_timeout(450)
    await reach(window.page, "send")
    await keys.press("Enter")
    await window.reads("reads it in a few minutes")
    # A reader of screens goes on from what has just appeared.
    focused: Mapping[str, str] = await window.page.evaluate("({tag: document.activeElement.tagName})")
    assert focused["tag"] == "H1"
    site.clock.advance(minutes=16)
    await tick(site)
    (answer,) = (await read_feedback(site.client, raised))["rounds"][0]["answers"]
    (reason,) = answer["reasons"]
    assert [reason["code"], reason["detail"]] == ["experience_level", "Five years were asked for.\nYou have two."]
    assert [one["statement"] for one in answer["concerns"]] == [WORRY, SENTENCE]


# The visible words above the first question, with those of the promise or without.
WORDS = """(promised) => {
    const main = document.querySelector("main"), first = main.querySelector("fieldset.step legend");
    const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT), said = [];
    while (walker.nextNode()) {
        const node = walker.currentNode, at = node.parentElement;
        if (first.contains(node)) break;
        if (!at.checkVisibility() || at.closest(".unseen")) continue;
        if (promised || !at.closest(".promise")) said.push(node.data);
    }
    return said.join(" ").split(/\\s+/).filter(Boolean).length;
}"""


async def test_the_first_question_stands_in_the_first_screen(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client, worries=[{"text": WORRY}])
    window = await windows.new({"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    await window.open(url_of(raised))
    question = await window.page.locator("fieldset.step legend").first.bounding_box()
    assert question is not None
    assert question["y"] + question["height"] < 844
    # What stands there besides the promise: who asks, about what, and the way out.
    assert await window.page.evaluate(WORDS, False) <= 15
