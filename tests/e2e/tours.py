"""Walks through all pages and their main states: whatever must hold for each page is checked at every stop."""

from collections.abc import AsyncIterator, Callable
from typing import Any

from playwright.async_api import expect

from tests.delivery.post import Mailbox
from tests.e2e.people import SHORTEST, SIGNED, Window, manage_url, url_of
from tests.exchange.story import concerns, mailed
from tests.support.app import ADA, OMAR, Running, codes, manager_code, raise_request, round_id, send, tick
from tests.vocabulary.builders import a_sealed_answer

WORRY = {"text": "You may think that I only write for engineers", "link": "https://example.test/columns/" + "long" * 15}
CLUMSY = "The candidate was a good fit, but I (a woman) felt that he was too old for Omar's team."

Tour = Callable[[Window, Running], AsyncIterator[str]]


async def asking(window: Window, site: Running) -> AsyncIterator[str]:
    """Raise requests of each kind; read what is there for everyone."""
    base = site.settings.base_url
    for name, path in (("employers", "/for-employers"), ("reference", "/docs"), ("lost", "/nothing/here")):
        await window.page.goto(base + path)
        yield name
    await window.page.goto(base)
    yield "first"
    await window.page.get_by_role("button", name="Get my link").click()
    await window.reads("Please look at this once more")
    yield "first-problems"
    for to, more in (("one", {}), ("several", {"people": "Omar Haddad\nLin Mei\nCleo Brandt"}), ("manager", {})):
        await window.page.goto(base)
        await window.fill({"name": "Ben Ode", "company": "Acme", "role_title": "Technical writer", "to": to, **more})
        yield f"first-{to}"
        await window.page.get_by_role("button", name="Get my link").click()
        await window.reads("Ready to send")
        yield f"raised-{to}"


async def answering(window: Window, site: Running) -> AsyncIterator[str]:
    """Answer without names: with faults, with advice, put off, declined, too late."""
    raised = await raise_request(site.client, worries=[WORRY], own_question="What would you read first?")
    address = url_of(raised).partition("#")[0]
    await window.page.goto(address)
    yield "answer-entrance"
    await window.page.get_by_label("The code from your link").fill("0" * 26)
    await window.press("open")
    yield "answer-unknown"
    await window.open(url_of(raised, 0))
    yield "answer"
    await window.check()
    yield "answer-problems"
    await window.fill({"worry.0.played": "decisive", "reasons": ["not_about_you", "working_style"]})
    await window.fill({"concern.0.statement": CLUMSY, "concern.0.source": "papers", "concern.0.asked": "unknown"})
    await window.fill({"if_too_few": "codes_only"})
    yield "answer-filled"
    await window.check()
    await expect(window.page.locator(".hints li").first).to_be_visible()
    yield "answer-check"
    await window.button("change").click()
    await window.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    yield "answer-unfolded"
    await window.open(url_of(raised, 0))
    await window.unfold("I can’t answer")
    await window.check("check_decline")
    yield "answer-decline-problems"
    await window.fill({"reason": "no_time"})
    yield "answer-decline-check"
    await window.press("decline")
    yield "answer-declined"
    await window.open(url_of(raised, 1))
    await window.fill(SHORTEST)
    await window.press("send")
    yield "answer-sealed"
    site.clock.advance(days=9)
    await tick(site)
    await window.open(url_of(raised, 2))
    yield "answer-over"


async def signing(window: Window, site: Running) -> AsyncIterator[str]:
    """Answer by name, and take it back; then be asked before the decision."""
    raised = await raise_request(site.client, invitees=[OMAR])
    await window.open(url_of(raised))
    yield "signed"
    await window.fill(SIGNED)
    await window.press("send")
    yield "signed-sent"
    await window.press("take_back")
    yield "signed-taken-back"
    early = await raise_request(site.client, stage="after_interview", worries=[WORRY], anonymity={"mode": "sealed"})
    await window.open(url_of(early))
    yield "before-decision"


async def managing(window: Window, site: Running) -> AsyncIterator[str]:
    """Go each of the manager's ways."""
    raised = await raise_request(site.client, manager=ADA, invitees=None, worries=[WORRY])
    await window.page.goto(url_of(raised).partition("#")[0])
    yield "manager-entrance"
    await window.open(url_of(raised))
    yield "manager"
    for way in ("not_yet", "ask_first", "cannot", "panel", "team"):
        if way == "ask_first":
            await window.press("not_yet")
        await window.press(way)
        yield f"manager-{way}"
        wrong = {"not_yet": "calendar", "cannot": "decline", "panel": "open_panel"}.get(way)
        await (window.press(wrong) if wrong else window.check())
        yield f"manager-{way}-problems"
        await window.press("open")
    await window.press("panel")
    await window.fill({"people": "3"})
    await window.press("open_panel")
    yield "manager-opened"
    await window.press("open")
    yield "manager-collecting"
    close = await window.page.locator("button[value^='close:']").get_attribute("value") or ""
    await window.press(close)
    yield "manager-close-problems"
    await window.fill({close.replace("close:", "everyone."): "yes"})
    await window.press(close)
    yield "manager-closed"
    await window.press("open")
    await window.press("team")
    await window.fill(SIGNED)
    await window.press("send")
    yield "manager-sent"
    await window.press("open")
    await window.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    yield "manager-pending"


async def reading(window: Window, site: Running) -> AsyncIterator[str]:
    """Wait, read, give more time, withdraw, erase."""
    base = site.settings.base_url
    alone = await raise_request(site.client, manager=ADA, invitees=None)
    await window.page.goto(manage_url(alone, base).partition("#")[0])
    yield "own-entrance"
    await window.open(manage_url(alone, base))
    yield "own-no-round"
    refusal = {"code": manager_code(alone), "nonce": "n" * 22, "reason": "company_policy", "understood": True}
    await site.client.post(f"/v1/manager/{alone['id']}/declines", json=refusal)
    await window.open(manage_url(alone, base))
    yield "own-manager-declined"
    raised = await raise_request(site.client)
    few = await raise_request(site.client)
    await window.open(manage_url(raised, base))
    await window.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    yield "own-waiting"
    for button in ("extend", "withdraw", "erase"):
        await window.press(button)
        yield f"own-{button}-problems"
        await window.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    for code in codes(raised):
        assert (await send(site.client, round_id(raised), code, _answer())).status_code == 201
    site.clock.advance(days=9)
    await tick(site)
    await window.open(manage_url(raised, base))
    await window.reads("What they answered")
    yield "own-released"
    await window.open(manage_url(few, base))
    await window.reads("says nothing about you")
    yield "own-withheld"
    await window.press("ask_one")
    yield "own-ask-one"
    await window.open(manage_url(few, base))
    await window.unfold("Withdraw")
    await window.fill({"withdraw_understood": "yes"})
    await window.press("withdraw")
    yield "own-withdrawn"
    await window.unfold("Erase everything")
    await window.fill({"erase_understood": "yes"})
    await window.press("erase")
    yield "own-erased"


def _answer() -> dict[str, Any]:
    return a_sealed_answer().model_dump(mode="json", exclude_none=True)


async def answering_blind(window: Window, site: Running) -> AsyncIterator[str]:
    """Take part in a blind round, come back with the receipt, answer; stop where a server cheats."""
    raised = await raise_request(site.client, anonymity={"mode": "blind", "k": 3}, worries=[WORRY])
    link, page = url_of(raised), window.page
    await window.open(link)
    yield "blind-claim"
    await window.check()
    yield "blind-claim-problems"
    await window.fill({"part": "no"})
    yield "blind-decline"
    await window.open(link.partition("&k=")[0])
    await window.fill({"part": "yes", "kept": "yes"})
    yield "blind-receipt"
    receipt = await page.locator("#receipt").input_value()
    await window.check()
    yield "blind-claim-check"
    await window.press("claim")
    await window.reads("You take part")
    yield "blind-claimed"
    site.clock.advance(days=2)
    await window.open(link.partition("&k=")[0])
    await expect(page.get_by_label("The receipt that you kept")).to_be_visible()
    yield "blind-late-code"
    await page.goto(f"{link.partition('#')[0]}#k={link.partition('&k=')[2]}")
    await page.get_by_label("The receipt that you kept").fill("0000")
    await page.get_by_role("button", name="Open", exact=True).click()
    yield "blind-entrance"
    await page.get_by_label("The receipt that you kept").fill(receipt)
    await page.get_by_role("button", name="Open", exact=True).click()
    await window.reads("Fewer people take part")
    yield "blind-answer"
    await window.check()
    yield "blind-answer-problems"
    await window.fill({"reasons": "working_style", "if_too_few": "release"})
    await window.press("send")
    yield "blind-sent"
    await page.goto(f"{link[:-4]}AAAA")
    await window.reads("Please do not go on")
    yield "blind-stopped"


async def exchanging(window: Window, site: Running) -> AsyncIterator[str]:
    """Reply to a doubt, read it by link, and say what it changed: as one of the panel, and as the manager."""
    story = await mailed(site, Mailbox())
    base, own = site.settings.base_url, manage_url(story.raised, site.settings.base_url)
    concern = next(one["id"] for one in await concerns(site, story.raised) if one["worry"] is None)
    form, effect = f"reply.{concern}", f"effect.{concern}"
    await window.open(own)
    await window.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    yield "reply-forms"
    await window.press(f"check_reply:{concern}")
    yield "reply-problems"
    await window.fill({f"{form}.kind": "correct_fact", f"{form}.text": "I have written for everyone for years."})
    await window.fill({f"{form}.link0": "https://example.test/columns/" + "long" * 15})
    await window.press(f"check_reply:{concern}")
    await window.reads("They will read:")
    yield "reply-check"
    await window.press(f"send_reply:{concern}")
    await window.reads("Sent. Everyone who was asked can read it now")
    yield "reply-sent"
    await window.open(f"{base}/r/{round_id(story.raised)}#c={story.links[0]}")
    await window.reads("Ben Ode replied")
    await window.unfold("What does it change?")
    yield "replied"
    await window.press(f"effect:{concern}")
    yield "replied-problems"
    await window.fill({f"{effect}.effect": "would_have_mattered", f"{effect}.question": "For whom do you write?"})
    await window.press(f"effect:{concern}")
    await window.reads("Recorded.")
    yield "replied-recorded"
    await window.open(f"{base}/q/{story.raised['id']}#c={story.manager}")
    await window.unfold("What does it change?")
    yield "manager-replied"
    await window.fill({f"{effect}.effect": "reopened", f"{effect}.next_step": "Let us talk."})
    await window.press(f"effect:{concern}")
    yield "manager-replied-problems"
    await window.fill({f"{effect}.signature": "Ada Ruiz"})
    await window.press(f"effect:{concern}")
    await window.reads("can read it now")
    site.clock.advance(days=1)
    await tick(site)
    await window.open(own)
    await window.reads("Signed: Ada Ruiz", "For whom do you write?")
    yield "effects"


TOURS: tuple[Tour, ...] = (asking, answering, answering_blind, signing, managing, reading, exchanging)
