"""A blind round as people play it: three in browsers, one at a command line; and servers that cheat."""

import json
from pathlib import Path

import pytest
from playwright.async_api import Request, expect

from app.blinding.receipt import new_receipt, read_receipt
from tests.e2e.blind_people import come_back, common_link, posted, raised_blind, take_part
from tests.e2e.machines import BUTTONS, arrive, press_everything
from tests.e2e.people import DESK, PHONE, Windows, url_of
from tests.e2e.serving import serving
from tests.rounds.blind_people import an_answer, claim
from tests.support.app import Running, codes, read_feedback, round_id, tick
from tests.terminal.people import answer

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("libsodium")]

LENGTH = 32 * 1024
WORRY = "You may think that I only write for engineers"


def length(request: Request) -> int:
    return len(request.post_data_buffer or b"")


async def test_three_in_browsers_and_one_at_a_command_line(
    windows: Windows, postgresql_url: str, tmp_path: Path
) -> None:
    async with serving(postgresql_url, tmp_path) as site:
        raised = await raised_blind(site, worries=[{"text": WORRY}])
        receipts = [await take_part(await windows.new(PHONE), url_of(raised, index)) for index in range(3)]
        kept = await answer("-", "--claim", "--understood", typed=url_of(raised, 3), folder=tmp_path)
        assert kept.code == 0
        site.clock.advance(days=2)
        for index in (1, 2, 0):
            # A code, its answer, and who is who: no window has sent two of them.
            window = await windows.new(DESK)
            await come_back(window, common_link(raised), receipts[index])
            await window.fill({"reasons": "other", "if_too_few": "withhold", "worry.0.played": "some"})
            await window.fill({"detail.other": f"Text {index}: „für alle“ & 100 % 😀\nzwei"})
            await window.press("send")
            await window.reads("It is sealed")
            assert {length(request) for request in window.posts} == {LENGTH}
            sent = posted(window)
            assert not any(secret in sent for secret in (receipts[index], receipts[index].replace("-", ""), "code="))
            assert not any(code in sent for code in codes(raised))
        given = tmp_path / "answer.json"
        given.write_text(json.dumps(an_answer(advice="by hand", worry_replies=[{"worry": 0, "played": "none"}])))
        typed = f"{common_link(raised)}\n{kept.receipt}\n"
        by_hand = ("-", "--receipt", "-", "--answer", str(given), "--understood")
        assert (await answer(*by_hand, typed=typed, folder=tmp_path)).code == 0
        await tick(site, days=7)
        (read,) = (await read_feedback(site.client, raised))["rounds"]
        assert read["state"] == "released"
        texts = {one["reasons"][0].get("detail") or one["advice"] for one in read["answers"]}
        assert texts == {f'Text {index}: "für alle" & 100 % 😀\nzwei' for index in range(3)} | {"by hand"}


async def test_the_receipt_is_shown_kept_and_never_sent(windows: Windows, site: Running) -> None:
    raised = await raised_blind(site)
    window = await windows.new(PHONE, accept_downloads=True)
    await window.open(url_of(raised))
    words = raised["rounds"][0]["blind"]["words"]
    await window.page.get_by_text("Yes, I will answer later").click()
    await window.reads(words)
    await expect(window.page.locator("#unpinned")).to_be_hidden()
    receipt = await window.page.get_by_label("Your receipt").first.input_value()
    assert read_receipt(receipt)
    # Sent too early, it comes back with the same receipt.
    await window.check()
    await window.reads("Keep your receipt first, and say so.")
    assert await window.page.get_by_label("Your receipt").first.input_value() == receipt
    async with window.page.expect_download() as downloading:
        await window.page.get_by_role("button", name="Download").click()
    file = Path(await (await downloading.value).path()).read_text()
    assert receipt in file
    assert common_link(raised) in file
    assert codes(raised)[0] not in file
    await window.page.get_by_text("I have kept my receipt.").click()
    await window.press("claim")
    await expect(window.page.get_by_role("heading", name="You take part")).to_be_focused()
    assert await window.page.locator("#return").input_value() == common_link(raised)
    sent = posted(window)
    assert receipt not in sent
    assert receipt.replace("-", "")[:26] not in sent
    assert common_link(raised).partition("#k=")[2] not in sent
    assert {length(request) for request in window.posts} == {LENGTH}
    stored = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    assert await window.page.evaluate(stored) == '[{},{},""]'


async def test_a_mangled_link_keeps_its_key(windows: Windows, site: Running) -> None:
    raised = await raised_blind(site)
    address, _, secrets = url_of(raised).partition("#c=")
    code, _, key = secrets.partition("&k=")
    for mangled in ("%23c={c}%26k={k}", "%2523c={c}%2526k={k}", "#c={c}&amp;k={k}", "?x=1#c={c}&k={k}"):
        window = await windows.new()
        await window.open(address + mangled.format(c=code, k=key))
        assert window.page.url == address
        assert await window.page.evaluate("debrief.key") == key
        await window.page.get_by_text("Yes, I will answer later").click()
        await expect(window.page.locator("#unpinned")).to_be_hidden()


async def test_a_link_that_was_pasted_into_the_field_keeps_its_key(windows: Windows, site: Running) -> None:
    raised = await raised_blind(site)
    address, _, secrets = url_of(raised).partition("#")
    key = secrets.partition("&k=")[2]
    window = await windows.new()
    await window.page.goto(address)
    await window.page.get_by_label("The code from your link").fill(f"<{url_of(raised)}>")
    await window.press("open")
    assert await window.page.evaluate("debrief.key") == key
    await window.page.get_by_text("Yes, I will answer later").click()
    await expect(window.page.locator("#unpinned")).to_be_hidden()
    assert key not in posted(window)


async def test_without_its_key_a_link_asks_to_compare_the_words(windows: Windows, site: Running) -> None:
    raised = await raised_blind(site)
    window = await windows.new()
    await window.open(url_of(raised).partition("&k=")[0])
    await window.page.get_by_text("Yes, I will answer later").click()
    await expect(window.page.locator("#unpinned")).to_be_visible()
    await window.reads(raised["rounds"][0]["blind"]["words"])


async def test_declining_takes_a_reason_and_a_check(windows: Windows, site: Running) -> None:
    for scripts in (True, False):
        raised = await raised_blind(site)
        window = await windows.new(PHONE, scripts=scripts)
        await window.open(url_of(raised).partition("&k=")[0])
        await window.fill({"part": "no"})
        await window.check()
        await window.reads("Choose a reason.")
        await window.fill({"reason": "company_policy"})
        if not scripts:
            await window.check()
        await window.press("decline")
        await window.reads("Your link is closed")
        refused = await claim(site, f"/v1/rounds/{round_id(raised)}", codes(raised)[0], new_receipt())
        assert refused.json()["code"] == "already_answered"


async def test_without_scripts_the_page_says_why_it_needs_them(windows: Windows, site: Running) -> None:
    raised = await raised_blind(site)
    window = await windows.new(scripts=False)
    await window.page.goto(url_of(raised))
    await window.reads("debrief answer", "must not know it")
    await expect(window.page.get_by_label("The receipt that you kept")).to_have_count(0)
    await window.open(url_of(raised).partition("&k=")[0])
    await window.reads("need JavaScript, or the command debrief answer")
    await expect(window.page.locator("#receipt-block")).to_be_hidden()
    await window.fill({"part": "yes"})
    await window.check()
    await window.reads("Keep your receipt first")
    site.clock.advance(days=2)
    await window.check()
    await window.reads("answer, with their receipt", "need JavaScript")


async def test_a_machine_that_presses_everything_claims_nothing(windows: Windows, site: Running) -> None:
    raised = await raised_blind(site)
    window = await windows.new(accept_downloads=True)
    assert await press_everything(window, url_of(raised), deep=2) >= 2
    assert await press_everything(window, url_of(raised, 1).replace("#", "%23").replace("&", "%26"), deep=1) >= 1
    # One that goes as far as to choose, but does not tick.
    await arrive(window, url_of(raised, 2))
    await window.fill({"part": "yes"})
    for index in range(await window.page.locator(BUTTONS).count()):
        await window.page.locator(BUTTONS).nth(index).evaluate("(one) => one.click()")
    await window.reads("Keep your receipt first")
    assert not [request for request in window.posts if "do=claim" in (request.post_data or "")]
    path = f"/v1/rounds/{round_id(raised)}"
    for code in codes(raised):
        assert (await claim(site, path, code, new_receipt())).status_code == 201


async def test_in_the_days_of_answers_the_code_of_a_link_is_not_sent(windows: Windows, site: Running) -> None:
    raised = await raised_blind(site)
    receipt = await take_part(await windows.new(), url_of(raised))
    site.clock.advance(days=2)
    window = await windows.new(PHONE)
    await come_back(window, url_of(raised), receipt.lower().replace("-", " "))
    assert codes(raised)[0] not in posted(window)
    # A link that has lost its key can't do so: it is told what that means.
    window = await windows.new(PHONE)
    await window.open(url_of(raised).partition("&k=")[0])
    await window.reads("you told the server that it is you", raised["rounds"][0]["blind"]["words"])
    await window.page.get_by_label("The receipt that you kept").fill(receipt)
    await window.page.get_by_role("button", name="Open", exact=True).click()
    await expect(window.page.locator("form.answer")).to_be_visible()


async def test_a_receipt_can_be_typed_where_only_the_address_is_known(windows: Windows, site: Running) -> None:
    raised = await raised_blind(site)
    receipt = await take_part(await windows.new(), url_of(raised))
    site.clock.advance(days=2)
    window = await windows.new(PHONE)
    await window.page.goto(url_of(raised).partition("#")[0])
    await window.page.get_by_role("button", name="I have a receipt").click()
    field = window.page.get_by_label("The receipt that you kept")
    for wrong, said in ((receipt[:-1] + "0", "two of them check the others"), (str(new_receipt()), "nobody took part")):
        await field.fill(wrong if wrong != receipt else receipt[:-1] + "1")
        await window.page.get_by_role("button", name="Open", exact=True).click()
        await window.reads(said)
        await expect(field).to_be_focused()
    assert window.posts == []
    await field.fill(receipt)
    await field.press("Enter")
    await expect(window.page.locator("form.answer")).to_be_visible()
    # Three of four did not take part: said before anything is written.
    await window.reads("Fewer people take part")
    # What is missing is said as in any round, and then it can be sent, once.
    await window.check()
    await expect(window.page.get_by_role("alert")).to_be_visible()
    await window.fill({"reasons": "closer_match_elsewhere", "if_too_few": "release"})
    await window.press("send")
    await window.reads("It is sealed")
    other = await windows.new()
    await come_back(other, common_link(raised), receipt)
    await other.fill({"reasons": "working_style", "if_too_few": "release"})
    await other.press("send")
    await other.reads("This was not sent")


async def test_too_early_the_common_link_says_so(windows: Windows, site: Running) -> None:
    raised = await raised_blind(site)
    window = await windows.new()
    await window.page.goto(common_link(raised))
    await expect(window.page.locator("#status")).to_contain_text("Answers are taken when")
    assert window.posts == []
