"""Entrance pages of secret links: a GET spends nothing, changes nothing, and reveals nothing."""

from uuid import uuid4

import pytest
import structlog

from tests.pages.browsing import HTML, Browser, read
from tests.support.app import Running, codes, dump, manager_code, raise_request, round_id

ENTRANCES = ["/r/", "/q/", "/requests/", "/offer/"]


@pytest.mark.parametrize("entrance", ENTRANCES)
async def test_every_address_shows_the_same_bytes(app: Running, entrance: str) -> None:
    raised = await raise_request(app.client, manager={"name": "Ada Ruiz"})
    known = {"/r/": round_id(raised)}.get(entrance, raised["id"])
    code = codes(raised)[0]
    tails = [known, str(uuid4()), "", "nonsense", f"{known}%23c={code}", f"{known}%2523c={code}", f"{known}/more?x=1"]
    shown = {(await app.client.get(entrance + tail, headers=HTML)).content for tail in tails}
    assert len(shown) == 1
    assert code.encode() not in shown.pop()


async def test_get_changes_nothing(app: Running) -> None:
    raised = await raise_request(app.client, manager={"name": "Ada Ruiz"})
    before = await dump(app)
    for method in ("GET", "HEAD", "OPTIONS"):
        for address in (f"/r/{round_id(raised)}", f"/q/{raised['id']}", f"/requests/{raised['id']}", "/"):
            assert (await app.client.request(method, address)).status_code in {200, 405}
    assert await dump(app) == before


async def test_scanner_that_presses_every_button_spends_nothing(app: Running) -> None:
    raised = await raise_request(app.client, manager={"name": "Ada Ruiz"})
    links = [(f"/r/{round_id(raised)}", codes(raised)[0]), (f"/q/{raised['id']}", manager_code(raised))]
    before = await dump(app)
    for address, code in links:
        browser = Browser(app.client, address)
        for shown in (await browser.open(), await browser.enter(code)):
            for button in shown.buttons:
                response = await browser.submit(shown, button, {"code": shown.value("code"), "detail.other": "test"})
                assert response.status_code < 500
    assert await dump(app) == before


@pytest.mark.parametrize("entrance", ENTRANCES)
async def test_headers_keep_the_secret_in_the_page(app: Running, entrance: str) -> None:
    for response in (
        await app.client.get(f"{entrance}{uuid4()}", headers=HTML),
        await Browser(app.client, f"{entrance}{uuid4()}").post([("code", "x")]),
        await app.client.post(f"{entrance}{uuid4()}", json={}, headers=HTML),
    ):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["x-robots-tag"] == "noindex, nofollow"
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in response.headers["content-security-policy"]
        assert "set-cookie" not in response.headers


async def test_a_wrong_code_looks_like_an_unknown_round(app: Running) -> None:
    raised = await raise_request(app.client)
    other = await raise_request(app.client)
    wrong = codes(other)[0]
    answers = [
        await Browser(app.client, f"/r/{address}").post([("code", wrong), ("do", "open")])
        for address in (round_id(raised), uuid4(), "nonsense")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert read(answers[0]).value("code") == wrong


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        # A proxy may send another Host, or one that the client invented.
        {"Origin": "https://evil.example", "Host": "evil.example"},
    ],
)
async def test_a_form_from_another_site_is_refused(app: Running, headers: dict[str, str]) -> None:
    raised = await raise_request(app.client)
    browser = Browser(app.client, f"/r/{round_id(raised)}")
    fields = [("code", codes(raised)[0]), ("do", "open")]
    assert (await browser.post(fields, **headers)).status_code == 400
    own = {"Origin": app.settings.base_url}
    for good in (
        own,
        own | {"Host": "debrief:8000"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ):
        assert (await browser.post(fields, **good)).status_code == 200


@pytest.mark.parametrize("body", [b"\xff\xfe", b"&".join(b"a=1" for _ in range(600)), b"code=%ff"])
async def test_other_content_than_a_form_is_refused(app: Running, body: bytes) -> None:
    headers = HTML | {"Content-Type": "application/x-www-form-urlencoded"}
    response = await app.client.post(f"/r/{uuid4()}", content=body, headers=headers)
    assert response.status_code == 400
    assert "can't be read" in read(response).text


async def test_logs_do_not_show_which_page_was_opened(app: Running) -> None:
    raised = await raise_request(app.client, manager={"name": "Ada Ruiz"})
    secrets = [codes(raised)[0], manager_code(raised), raised["manage_token"], raised["id"], round_id(raised)]
    with structlog.testing.capture_logs() as logged:
        for address, name, secret in (
            (f"/r/{round_id(raised)}", "code", codes(raised)[0]),
            (f"/q/{raised['id']}", "code", manager_code(raised)),
            (f"/requests/{raised['id']}", "token", raised["manage_token"]),
        ):
            await app.client.get(f"{address}%23c={secret}", headers=HTML)
            await Browser(app.client, address).enter(secret, name)
    assert [line["route"] for line in logged] == ["/requests/{rest}"] * 3
    assert [secret for secret in secrets if secret in str(logged)] == []
