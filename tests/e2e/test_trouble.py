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
    await window.check()
    await window.reads(DOUBT)

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
    await window.reads(DOUBT)
    await window.button("change").click()
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
    await window.check()
    await window.button("send").dblclick()
    await window.reads("It is sealed")
    assert len(nonces(window)) == 1
    assert await answers(site, raised) == 3


async def test_two_presses_without_scripts_are_one_answer(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client)
    window = await windows.new(PHONE, scripts=False)
    await window.open(url_of(raised))
    await window.fill(SHORTEST)
    await window.check()
    await window.button("send").dblclick()
    await window.reads("It is sealed")
    assert len(set(nonces(window))) == 1


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


async def test_two_taps_on_check_do_not_send(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client)
    window = await windows.new(PHONE)
    await window.open(url_of(raised))
    await window.fill(SHORTEST)
    await window.button("check").click()
    # Whatever stands in its place on the next page is pressed at once.
    await window.button("send").evaluate("(one) => { one.click(); one.click(); }")
    await window.reads("Ben Ode will read")
    assert nonces(window) == []
    await window.page.wait_for_timeout(450)
    await window.press("send")
    await window.reads("It is sealed")


async def test_the_check_is_what_the_candidate_reads(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client, invitees=[OMAR], worries=[{"text": "Only engineers"}])
    omar = await windows.new(PHONE)
    await omar.open(url_of(raised))
    await omar.fill({"worry.0.played": "some", **SIGNED, **DOUBTS})
    await omar.fill({"detail.interview_answers": "Few <b>examples</b>."})
    await omar.unfold("Add more")
    await omar.fill({"strength.0.competency": "communication", "reapply": "encouraged"})
    await omar.fill({"advice": "Bring one text for beginners."})
    await omar.check()
    letter = omar.page.locator(".letter")
    await expect(letter).to_contain_text("Bring one text for beginners.")
    promised = (await letter.inner_text()).split("\n")
    await omar.press("send")
    await omar.reads("reads it in a few minutes")
    site.clock.advance(minutes=16)
    ben = await windows.new(PHONE)
    await ben.open(manage_url(raised, site.settings.base_url))
    shown = (await ben.page.locator("article").inner_text()).split("\n")
    assert [line for line in promised if line not in shown] == []
    assert "Few <b>examples</b>." in "".join(promised)


async def test_advice_stands_beside_the_text_and_goes_with_it(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client)
    window = await windows.new(PHONE)
    await window.open(url_of(raised))
    await window.fill(WRITTEN | {"concern.0.statement": "The candidate was a good fit."})
    await window.check()
    await expect(window.page.locator(".hints")).to_contain_text(["“The candidate”"])
    await window.button("change").click()
    await expect(window.page.get_by_role("heading", name="Ben Ode would like your feedback")).to_be_focused()
    await window.fill({"concern.0.statement": "You asked few questions."})
    await window.check()
    await expect(window.page.locator(".hints")).to_have_count(0)
    await expect(window.page.locator(".letter")).to_contain_text("You asked few questions.")


async def test_all_that_is_missing_is_said_at_once_and_goes_when_it_is_mended(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client)
    window = await windows.new(PHONE)
    await window.open(url_of(raised))
    await window.fill({"reasons": "other", "concern.0.statement": DOUBT})
    await window.button("check").click()
    links = window.page.locator("#problems li")
    await expect(links).to_have_text(
        [
            "Say in your own words what it was.",
            "Say where the doubt came from, or choose “Not sure”.",
            "Say whether Ben was asked about it, or choose “Not sure”.",
            "Choose what happens if too few people answer.",
        ]
    )
    assert len(window.posts) == 1
    for number, field in enumerate((DOUBTS, {"if_too_few": "withhold"}, {"detail.other": "The budget went away."})):
        await window.fill(field)
        await expect(links).to_have_count((2, 1, 0)[number])
    await expect(window.page.locator("#problems, .fault, [aria-invalid]")).to_have_count(0)
    await window.press("send")
    await window.reads("It is sealed")
