"""All pages: no external or inline resources, one audience each, readable errors, accessible markup."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from app.accounts.auth import Audience, anyone, code_holder, token_holder
from app.core.settings import load_settings
from app.main import create_app
from tests.contract.guide import PAGE, rendered
from tests.pages.browsing import HTML, Browser, Page, read
from tests.support.app import Running, an_app, codes, raise_request, round_id

PAGES = [
    "/",
    "/r/x",
    "/q/x",
    "/requests/x",
    "/confirm",
    "/dev/mail",
    "/for-employers",
    "/docs",
    "/docs/integrating",
    "/nowhere",
]
AUDIENCES = {
    anyone: {
        *("page_raise", "page_raise_act", "page_answer", "page_manager", "page_request"),
        "page_requests",
        *("page_for_employers", "page_reference", "page_guide", "page_static_file", "page_offer"),
    },
    code_holder: {"page_answer_act", "page_manager_act", "page_offer_act"},
    token_holder: {"page_request_act", "page_requests_act"},
}


@pytest.mark.parametrize("address", PAGES)
async def test_nothing_comes_from_elsewhere_and_nothing_is_inline(app: Running, address: str) -> None:
    page = await Browser(app.client, address).open()
    sources = [given.get("src") or given.get("href") for tag, given in page.tags if tag in {"script", "link", "img"}]
    assert len(sources) == (7 if address == "/docs" else 3)
    # The icon is a data URL in the page.
    icon = [source for source in sources if (source or "").startswith("data:image/svg+xml,")]
    assert len(icon) == 1
    assert all((source or "").startswith("/static/") for source in sources if source not in icon)
    everything = page.tags + page.templates
    assert all((given.get("src") or "/static/").startswith("/static/") for _, given in everything)
    assert not [tag for tag, given in everything if tag == "style" or any(name[:2] == "on" for name in given)]
    assert not [given for _, given in everything if "style" in given]
    assert page.response.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("address", PAGES)
async def test_a_page_can_be_read_aloud(app: Running, address: str) -> None:
    page = await Browser(app.client, address).open()
    tags = [tag for tag, _ in page.tags]
    assert tags.count("h1") == tags.count("main") == tags.count("title") == 1
    assert ("html", {"lang": "en"}) in page.tags
    assert page.links[0] == "#main"
    assert unlabelled(page) == []


async def test_the_form_can_be_read_aloud(app: Running) -> None:
    raised = await raise_request(app.client, worries=[{"text": "One"}, {"text": "Two"}], own_question="Three?")
    page = await Browser(app.client, f"/r/{round_id(raised)}").enter(codes(raised)[0])
    assert unlabelled(page) == []
    ids = [given["id"] for _, given in page.tags if "id" in given]
    assert len(ids) == len(set(ids))
    assert [tag for tag, _ in page.tags].count("fieldset") == [tag for tag, _ in page.tags].count("legend")


def unlabelled(page: Page) -> list[str | None]:
    """Return the fields without a label."""
    named = {given.get("for") for tag, given in page.tags if tag == "label"}
    return [
        given.get("name") or given.get("id")
        for tag, given in page.tags
        if tag in {"input", "select", "textarea"}
        and given.get("type") not in {"hidden", "radio", "checkbox"}
        and given.get("id") not in named
    ]


async def test_the_form_is_small(app: Running) -> None:
    raised = await raise_request(app.client, worries=[{"text": "One"}, {"text": "Two"}], own_question="Three?")
    browser = Browser(app.client, f"/r/{round_id(raised)}")
    entrance = await browser.open()
    form = await browser.enter(codes(raised)[0])
    assets = [given.get("src") or given.get("href") for tag, given in form.tags if tag in {"script", "link"}]
    files = [(await app.client.get(str(source))).content for source in assets]
    parts = [entrance.response.content, form.response.content, *files]
    assert sum(len(gzip.compress(part)) for part in parts) < 30_000


async def test_assets_are_cached_only_under_their_own_version(app: Running) -> None:
    page = await Browser(app.client, "/").open()
    script = str(next(given["src"] for tag, given in page.tags if tag == "script"))
    fresh = await app.client.get(script)
    assert fresh.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert fresh.headers["content-encoding"] == "gzip"
    plain = await app.client.get(script, headers={"Accept-Encoding": "identity"})
    assert plain.content == fresh.content
    assert "content-encoding" not in plain.headers
    old = await app.client.get(f"{script}0")
    assert old.headers["cache-control"] == "no-cache"
    for nowhere in ("/static/nothing.js", "/static/..%2fsite.py", "/static/"):
        assert (await app.client.get(nowhere)).status_code == 404


async def test_errors_are_pages_for_people_and_problems_for_machines(app: Running) -> None:
    for address, status in (("/nowhere", 404), (f"/r/{uuid4()}", 405), ("/docs", 405)):
        method = "DELETE" if status == 405 else "GET"
        page = await app.client.request(method, address, headers=HTML)
        problem = await app.client.request(method, address)
        assert page.status_code == problem.status_code == status
        assert problem.headers["content-type"] == "application/problem+json"
        assert problem.json()["detail"] in read(page).text
    api = await app.client.get("/v1/nowhere", headers=HTML)
    assert api.headers["content-type"] == "application/problem+json"
    large = await Browser(app.client, "/").post([("name", "x" * 70_000)])
    assert large.status_code == 413
    assert "At most 64 KiB" in read(large).text


async def test_rate_limit_shows_an_error_page(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path, raise_rate=1) as app:
        browser = Browser(app.client, "/")
        await browser.post([])
        late = await browser.post([])
        assert late.status_code == 429
        assert int(late.headers["retry-after"]) > 0
        assert "Please wait a little." in read(late).text


async def test_the_foot_names_the_operator(sqlite_url: str, tmp_path: Path) -> None:
    given: dict[str, Any] = {"operator_name": "<b>Acme</b>", "operator_contact": "a@b.test"}
    given["privacy_url"] = "https://b.test/p"
    async with an_app(sqlite_url, tmp_path, **given) as app:
        page = await Browser(app.client, "/").open()
        assert "<b>Acme</b>" in page.text
        assert {"mailto:a@b.test", "https://b.test/p", "/for-employers", "/docs"} <= set(page.links)
    async with an_app(sqlite_url, tmp_path, privacy_url="javascript:alert(1)") as app:
        page = await Browser(app.client, "/for-employers").open()
        assert "has given no contact" in page.text
        assert not [link for link in page.links if link.startswith("javascript:")]


async def test_the_reference_says_without_a_script_where_the_contract_is(app: Running) -> None:
    page = await Browser(app.client, "/docs").open()
    assert {"/openapi.json", "/docs/integrating", "/v1/vocabulary"} <= set(page.links)
    assert ("noscript", {}) in page.tags


async def test_the_guide_that_is_served_is_the_one_in_docs(app: Running) -> None:
    assert PAGE.read_text() == rendered()
    page = await Browser(app.client, "/docs/integrating").open()
    assert "Start here: one PUT" in page.text


def test_each_page_has_the_audience_that_was_decided(tmp_path: Path) -> None:
    found: dict[Audience, set[str]] = {}
    for route in iter_route_contexts(create_app(load_settings(_env_file=None, data_dir=tmp_path)).routes):
        name = str(getattr(route, "operation_id", ""))
        audiences = list(_audiences(getattr(route, "dependant", None)))
        if name.startswith("page_"):
            (audience,) = audiences
            found.setdefault(audience, set()).add(name)
    assert found == AUDIENCES


def _audiences(dependant: Dependant | None) -> Iterator[Audience]:
    if dependant is None:
        return
    call: object = dependant.call
    if isinstance(call, Audience):
        yield call
    for below in dependant.dependencies:
        yield from _audiences(below)
