"""What goes wrong on real devices: no network, a broken server, a double tap, "back", "reload"; what is foreseen."""

from urllib.parse import parse_qs

import pytest
from playwright.async_api import Route, expect

from tests.e2e.people import PHONE, SHORTEST, SIGNED, Window, Windows, manage_url, url_of
from tests.support.app import OMAR, Running, codes, raise_request, read_feedback, round_id, send, tick
from tests.vocabulary.builders import a_sealed_answer

pytestmark = pytest.mark.asyncio(loop_scope="session")

DOUBT = "We were not sure that you would like to write for beginners."
UNSENT = "That did not arrive. Nothing is lost: please try again."
DOUBTS = {"concern.0.statement": DOUBT, "concern.0.source": "papers", "concern.0.asked": "never_asked"}
WRITTEN = SHORTEST | DOUBTS


def nonces(window: Window) -> list[str]:
    """Return the nonce of every press of Send."""
    forms = [parse_qs(request.post_data or "") for request in window.posts]
    return [form["nonce"][0] for form in forms if form["do"] == ["send"]]


async def answers(site: Running, raised: dict[str, object]) -> int:
    """Let the others answer and the round open; return how many answers came."""
    site.clock.advance(days=9)
    await tick(site)
    return len((await read_feedback(site.client, raised))["rounds"][0].get("answers", []))


@pytest.mark.parametrize("trouble", ["offline", "500", "proxy", "answer lost"])
async def test_nothing_is_lost_when_sending_fails(windows: Windows, site: Running, trouble: str) -> None:
    raised = await raise_request(site.client)
    for code in codes(raised)[1:]:
        assert (await send(site.client, round_id(raised), code, a_sealed_answer())).status_code == 201
    window = await windows.new(PHONE)
    await window.open(url_of(raised))
    await window.fill(WRITTEN)
    await expect(window.page.locator("#preview")).to_contain_text(DOUBT)

    async def fail(route: Route) -> None:
        match trouble:
            case "offline":
                await route.abort("internetdisconnected")
            case "500":
                body = '<main id="main"><h1>Sorry</h1><p>Please try again.</p></main>'
                await route.fulfill(status=500, content_type="text/html", body=body)
            case "proxy":
                await route.fulfill(status=502, content_type="text/plain", body="Bad gateway")
            case _:
                # It arrived, and was stored; what came back did not.
                await route.fetch()
                await route.abort("connectionreset")

    await window.page.route("**/r/**", fail)
    await window.button("send").click()
    said = {"500": "Nothing is lost. Please try again."}.get(trouble, UNSENT)
    await expect(window.page.locator("#status")).to_have_text(said)
    await expect(window.page.locator("[name='concern.0.statement']")).to_have_value(DOUBT)
    await expect(window.page.locator("[name=if_too_few]:checked")).to_have_value("withhold")
    await window.page.unroute("**/r/**")
    await window.press("send")
    await window.reads("It is sealed")
    await expect(window.page.locator("#status")).to_have_text("")
    first, second = nonces(window)
    assert first == second
    assert await answers(site, raised) == 3


async def test_two_presses_are_one_answer(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client)
    for code in codes(raised)[1:]:
        assert (await send(site.client, round_id(raised), code, a_sealed_answer())).status_code == 201
    window = await windows.new(PHONE, has_touch=True)
    await window.open(url_of(raised))
    await window.fill(SHORTEST)
    await window.button("send").dblclick()
    await window.reads("It is sealed")
    assert len(nonces(window)) == 1
    assert await answers(site, raised) == 3


async def test_two_presses_without_scripts_are_one_answer(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client)
    window = await windows.new(PHONE, scripts=False)
    await window.open(url_of(raised))
    await window.fill(SHORTEST)
    await window.button("send").dblclick()
    await window.reads("It is sealed")
    assert len(set(nonces(window))) == 1


async def test_back_and_reload_show_nothing_of_it(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client)
    code = codes(raised)[0]
    for leave in ("elsewhere", "reload"):
        window = await windows.new()
        await window.open(url_of(raised))
        await window.fill(WRITTEN)
        if leave == "elsewhere":
            await window.page.get_by_role("link", name="For employers").click()
            await window.reads("A candidate whom you met")
            await window.page.go_back()
        else:
            await window.page.reload()
        await window.reads("The code from your link")
        await expect(window.page.get_by_label("The code from your link")).to_have_value("")
        content = await window.page.content()
        assert code not in content
        assert DOUBT not in content
        # The answer was not sent, and the link goes on working.
        assert code not in window.page.url


async def test_a_page_that_is_kept_for_back_is_empty(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client)
    for link in (url_of(raised), manage_url(raised, site.settings.base_url)):
        window = await windows.new()
        await window.open(link)
        # Whether a browser keeps the page is its own choice: what it would keep is what stands after this event.
        left = await window.page.evaluate(
            """() => {
                dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
                return document.querySelector("main").innerHTML;
            }"""
        )
        assert left == ""
        async with window.page.expect_navigation():
            await window.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")


async def test_the_preview_is_what_the_candidate_reads(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client, invitees=[OMAR], worries=[{"text": "Only engineers"}])
    omar = await windows.new(PHONE)
    await omar.open(url_of(raised))
    await omar.fill({"worry.0.played": "some", **SIGNED, **DOUBTS})
    await omar.fill({"detail.interview_answers": "Few <b>examples</b>."})
    await omar.unfold("Add more")
    await omar.fill({"strength.0.competency": "communication", "reapply": "encouraged"})
    await omar.fill({"advice": "Bring one text for beginners."})
    letter = omar.page.locator("#preview .letter")
    await expect(letter).to_contain_text("Bring one text for beginners.")
    await expect(omar.page.locator("#preview .missing")).to_have_count(0)
    promised = (await letter.inner_text()).split("\n")
    await omar.press("send")
    site.clock.advance(minutes=16)
    ben = await windows.new(PHONE)
    await ben.open(manage_url(raised, site.settings.base_url))
    assert (await ben.page.locator("article").inner_text()).split("\n") == promised
    assert "Few <b>examples</b>." in "".join(promised)


async def test_advice_stands_beside_the_preview_while_writing(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client)
    window = await windows.new(PHONE)
    await window.open(url_of(raised))
    await window.fill({"reasons": "working_style", "concern.0.statement": "The candidate was a good fit."})
    await expect(window.page.locator(".hints")).to_contain_text("“The candidate”")
    await window.fill({"concern.0.statement": "You asked few questions."})
    await expect(window.page.locator(".hints")).to_have_count(0)
    await expect(window.page.locator("#preview .letter")).to_contain_text("You asked few questions.")
