"""Where the secret of a link goes: into bodies of one length to one host and nowhere else, however the link comes."""

import json
from collections.abc import Callable

import pytest
from playwright.async_api import Request, expect

from tests.e2e.people import SHORTEST, Window, Windows, manage_url, url_of
from tests.support.app import ADA, Running, codes, manager_code, raise_request

pytestmark = pytest.mark.asyncio(loop_scope="session")

LENGTH = 32 * 1024
MANGLED: dict[str, Callable[[str], str]] = {
    "as it is": lambda link: link,
    "%23": lambda link: link.replace("#", "%23"),
    "%2523": lambda link: link.replace("#", "%2523"),
    "slash": lambda link: link.replace("#", "/#"),
    "tracked": lambda link: link.replace("#", "?utm_source=mail#"),
    "lower case": lambda link: link.lower(),
    "full stop": lambda link: f"{link}.",
    "odd hyphens": lambda link: f"{link[:-20]}–{link[-20:-10]}\u2011{link[-10:]}",
    "no mark": lambda link: link.replace("#c=", "#"),
}
STORED = """async () => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, history.length,
    (await indexedDB.databases()).length, (await caches.keys()).length])"""


async def nowhere_else(window: Window, secret: str, base_url: str, *, drafted: bool = True, history: int = 3) -> None:
    """Check every place where a secret could be left behind."""
    assert secret not in window.page.url
    for request in window.requests:
        assert request.url.startswith(f"{base_url}/")
        assert secret not in request.url
        headers = await request.all_headers()
        assert "referer" not in headers
        assert "cookie" not in headers
        assert secret not in json.dumps(headers)
    assert secret not in await window.page.title()
    # The history holds the empty page, the one before, this one, and the form behind its check.
    stored = json.loads(await window.page.evaluate(STORED))
    assert stored == [{}, stored[1] if drafted else {}, "", history, 0, 0]
    assert await window.page.context.cookies() == []


def length(request: Request) -> int:
    return len(request.post_data_buffer or b"")


@pytest.mark.parametrize("arrives", ["as it is", "slash", "tracked", "lower case", "full stop"])
async def test_the_secret_of_a_link_stays_in_the_page(windows: Windows, site: Running, arrives: str) -> None:
    raised = await raise_request(site.client)
    window = await windows.new()
    # Somebody comes from another page: "back" must not lead to an address with the secret.
    await window.page.goto(f"{site.settings.base_url}/livez")
    window.requests.clear()
    await window.open(MANGLED[arrives](url_of(raised)))
    await window.fill(SHORTEST)
    await window.press("send")
    await window.reads("It is sealed")
    code = codes(raised)[0]
    for spelling in (code, code.lower()):
        await nowhere_else(window, spelling, site.settings.base_url, drafted=False, history=4)
    assert all(code.lower() in (request.post_data or "").lower() for request in window.posts)
    assert window.page.url.endswith(f"/r/{raised['rounds'][0]['id']}")
    assert len(window.posts) == 3
    assert {length(request) for request in window.posts} == {LENGTH}


@pytest.mark.parametrize("arrives", ["odd hyphens", "no mark"])
async def test_a_damaged_link_opens_and_leaves_the_address(windows: Windows, site: Running, arrives: str) -> None:
    raised = await raise_request(site.client)
    window = await windows.new()
    await window.open(MANGLED[arrives](url_of(raised)))
    await window.reads("What made Ben less competitive?")
    assert window.page.url == url_of(raised).partition("#")[0]


async def test_a_fragment_never_stays_in_the_address(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client)
    address = url_of(raised).partition("#")[0]
    window = await windows.new()
    for page, fragment in (
        *((address, fragment) for fragment in ("#c=", "#x=1", "#c%3D", "#%", "#dm_1", "#main")),
        (f"{site.settings.base_url}/", f"#c={codes(raised)[0]}"),
        (f"{site.settings.base_url}/for-employers", "#m=dm_x"),
    ):
        await window.page.goto("about:blank")
        await window.page.goto(page + fragment)
        await expect(window.page.get_by_text("Opening your link")).to_be_hidden()
        assert window.page.url == page
    # So is one that somebody pastes over the address of an open page; what leads to a place in the page may stay.
    await window.page.goto(address)
    await window.page.evaluate("location.hash = 'c:ABC'")
    await expect(window.page).to_have_url(address)
    await window.page.evaluate("location.hash = 'main'")
    assert window.page.url == f"{address}#main"


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_whole_link_may_be_pasted_into_the_field(windows: Windows, site: Running, scripts: bool) -> None:
    raised = await raise_request(site.client)
    code, manage = codes(raised)[0], manage_url(raised, site.settings.base_url)
    for link, label, shown in (
        (url_of(raised), "The code from your link", "What made Ben less competitive?"),
        (manage, "The key from your link", "Waiting for answers"),
    ):
        window = await windows.new(scripts=scripts)
        await window.page.goto(link.partition("#")[0])
        await window.page.get_by_label(label).fill(f"Please open <{link}>.")
        await window.press("open")
        await window.reads(shown)
        secret = window.page.locator("main [name=code], main [name=token]").first
        assert await secret.get_attribute("value") in {code, raised["manage_token"]}


@pytest.mark.parametrize("arrives", ["%23", "%2523"])
async def test_a_mangled_link_works(windows: Windows, site: Running, arrives: str) -> None:
    raised = await raise_request(site.client, manager=ADA)
    for link in raised["links"]:
        window = await windows.new()
        await window.open(MANGLED[arrives](link["url"]))
        await window.reads("Let the team answer" if link["role"] == "manager" else "What made Ben less competitive?")
        assert window.page.url.partition("//")[2].count("/") == 2
        assert "%" not in window.page.url
        # The path as it came is all that the server ever saw of the secret, and it is not logged.
        assert sum("%23" in request.url or "%2523" in request.url for request in window.requests) == 1


async def test_the_managers_link_keeps_its_secret_too(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client, manager=ADA, invitees=None)
    window = await windows.new()
    await window.page.goto(f"{site.settings.base_url}/livez")
    window.requests.clear()
    await window.open(url_of(raised))
    for pressed in ("panel", "open", "not_yet", "open", "cannot", "open", "team"):
        await window.press(pressed)
    await window.fill({"reasons": "skill_or_knowledge"})
    await nowhere_else(window, manager_code(raised), site.settings.base_url)
    assert len(window.posts) == 8
    assert {length(request) for request in window.posts} == {LENGTH}


async def test_the_candidates_own_link_keeps_its_secret_too(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client)
    window = await windows.new()
    await window.page.goto(f"{site.settings.base_url}/livez")
    window.requests.clear()
    await window.open(manage_url(raised, site.settings.base_url))
    await window.reads("Waiting for answers")
    await nowhere_else(window, raised["manage_token"], site.settings.base_url)
    # Pasted once more over the address of the open page, it leaves the address again.
    await window.page.evaluate("(link) => { location.href = link; }", manage_url(raised, site.settings.base_url))
    await expect(window.page).to_have_url(manage_url(raised, site.settings.base_url).partition("#")[0])
    await window.reads("Waiting for answers")


async def test_the_longest_answer_has_the_same_length(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client, worries=[{"text": "x" * 200}], own_question="Why?" * 20)
    window = await windows.new()
    await window.open(url_of(raised))
    await window.page.evaluate(
        """() => {
            document.querySelectorAll('details').forEach((one) => { one.open = true; });
            document.querySelectorAll('form.answer textarea, form.answer input[type=text]').forEach((one) => {
                one.value = '界'.repeat(one.maxLength);
            });
            document.querySelectorAll('form.answer :is([type=checkbox], [type=radio])').forEach((one) => {
                one.checked = true;
            });
        }"""
    )
    await window.button("check").click()
    await expect(window.page.locator("#problems")).to_be_visible()
    assert length(window.posts[-1]) in {LENGTH, 2 * LENGTH}
