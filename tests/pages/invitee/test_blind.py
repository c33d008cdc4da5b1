"""The pages of a blind round without scripts: their texts, and what the server must not accept from a plain form."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from app.blinding.client import Token
from app.blinding.messages import TokenUse
from app.blinding.receipt import new_receipt
from app.pages.rendering import ROUND_LENGTH
from tests.pages.browsing import Browser, Page, read
from tests.rounds.blind_people import claim, claimed_by_all, raised_blind, token_of
from tests.support.app import Running, codes, dump, read_feedback, round_id, tick

pytestmark = pytest.mark.usefixtures("libsodium")

SHORTEST = {"reasons": "closer_match_elsewhere", "if_too_few": "withhold"}


async def with_a_token(app: Running, **claimed: Any) -> tuple[dict[str, Any], Browser, Token]:
    """Return a round in its days of answers, and the holder of a token."""
    raised, path, receipts = await claimed_by_all(app)
    return raised, Browser(app.client, f"/r/{round_id(raised)}"), await token_of(app, path, receipts[0])


async def post(browser: Browser, token: Token, do: str, fields: Mapping[str, str] | None = None) -> httpx.Response:
    shown = token.shown_for(TokenUse.FORM)
    return await browser.post([*shown.items(), *(fields or {}).items(), ("do", do)])


def checked(page: Page) -> Any:
    """Return the exact answer that the server read from the form, for the script to authenticate."""
    found = [given["data-answer"] for _, given in page.tags if "data-answer" in given]
    return json.loads(found[0] or "") if found else None


async def test_the_promise_and_the_way_stand_above_the_choice(app: Running) -> None:
    raised, path = await raised_blind(app)
    form = (await app.client.post(f"{path}/form", json={"code": codes(raised)[0]})).json()
    page = await Browser(app.client, f"/r/{round_id(raised)}").enter(codes(raised)[0])
    said = [*form["anonymity"]["in_short"], form["anonymity"]["statement"], form["consent"]["how_it_works"]]
    said += [
        "through 21 November 2026",
        "From 22 November 2026",
        "needs",
        "Will you take part?",
        form["blind"]["words"],
    ]
    places = [page.text.index(sentence) for sentence in said if sentence != "needs"]
    assert places == sorted(places)
    assert "need JavaScript, or the command debrief answer" in page.text
    # Nothing is preselected, and there is nothing to write yet.
    assert [name for name, _ in page.fields] == ["code", "nonce"]
    assert set(page.buttons) == {"check"}
    assert len(page.response.content) % ROUND_LENGTH == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Choose whether you take part."),
        ({"part": "yes"}, "Keep your receipt first, and say so."),
        ({"part": "yes", "kept": "yes"}, "Taking part needs JavaScript"),
        ({"part": "no"}, "Choose a reason."),
        ({"part": "no", "decline_understood": "yes"}, "Choose a reason."),
        ({"part": "maybe", "kept": "yes", "reason": "no_time", "decline_understood": "yes"}, "Choose whether"),
    ],
)
async def test_a_plain_form_claims_nothing(app: Running, typed: dict[str, str], said: str) -> None:
    raised, path = await raised_blind(app)
    browser = Browser(app.client, f"/r/{round_id(raised)}")
    before = await dump(app)
    page = await browser.press(await browser.enter(codes(raised)[0]), "check", typed)
    assert page.response.status_code == 422
    assert said in page.text
    assert await dump(app) == before
    # Buttons of other kinds of rounds do nothing either.
    for do in ("send", "decline", "take_back", "check", "check_decline", "claim", "change", "open", ""):
        fields = [("code", codes(raised)[0]), ("nonce", "n" * 22), ("do", do), *SHORTEST.items()]
        assert (await browser.post(fields)).status_code in {200, 422}
    forged = {"part": "yes", "kept": "yes", "blinded": "A" * 43, "do": "claim"}
    page = read(await browser.submit(page, None, forged))
    assert "Taking part needs JavaScript" in page.text
    assert await dump(app) == before
    assert (await claim(app, path, codes(raised)[0], new_receipt())).status_code == 201


async def test_a_decline_is_one(app: Running) -> None:
    raised, path = await raised_blind(app)
    browser = Browser(app.client, f"/r/{round_id(raised)}")
    typed = {"part": "no", "reason": "company_policy"}
    checked = await browser.press(await browser.enter(codes(raised)[0]), "check", typed)
    assert "This closes your link." in checked.text
    assert "Your link is closed" in (await browser.press(checked, "decline")).text
    assert (await claim(app, path, codes(raised)[0], new_receipt())).status_code == 409


async def test_a_code_that_was_used_looks_like_one_that_was_not(app: Running) -> None:
    raised, path = await raised_blind(app)
    browser = Browser(app.client, f"/r/{round_id(raised)}")
    assert (await claim(app, path, codes(raised)[0], new_receipt())).status_code == 201

    async def seen(index: int) -> bytes:
        fields = [("code", codes(raised)[index]), ("nonce", "n" * 22), ("do", "open")]
        return (await browser.post(fields)).content.replace(codes(raised)[index].encode(), b"")

    for _ in range(2):
        assert await seen(0) == await seen(1)
        app.clock.advance(days=2)


async def test_when_codes_have_had_their_time_the_page_asks_for_a_receipt(app: Running) -> None:
    raised, _ = await raised_blind(app)
    app.clock.advance(days=2)
    browser = Browser(app.client, f"/r/{round_id(raised)}")
    page = await browser.enter(codes(raised)[0])
    assert page.response.status_code == 200
    assert "you told the server that it is you" in page.text
    assert page.fields == []
    # The field of the receipt has no name, so a form cannot send it.
    fields = [given for tag, given in page.templates if tag == "input"]
    assert len(fields) == 1
    assert "name" not in fields[0]
    before = await dump(app)
    declined = [("code", codes(raised)[0]), ("nonce", "n" * 22), ("do", "decline"), ("part", "no")]
    await browser.post([*declined, ("reason", "no_time"), ("decline_understood", "yes")])
    assert await dump(app) == before


async def test_a_token_opens_the_form_and_sends_what_it_vouches_for(app: Running) -> None:
    raised, browser, token = await with_a_token(app)
    page = read(await post(browser, token, "open"))
    assert "What made Ben less competitive?" in page.text
    assert [name for name, _ in page.fields if name in {"x", "mac", "code", "nonce"}] == ["x", "mac"]
    assert set(page.buttons) == {"check"}
    text = "„A“ & <b>'\"\nzwei ganze Sätze 😀"
    typed = {"reasons": "other", "detail.other": text, "if_too_few": "withhold"}
    found = read(await post(browser, token, "check", typed))
    assert "zwei ganze Sätze 😀" in found.text
    assert set(found.buttons) == {"send", "change"}
    answer = checked(found)
    assert answer == {"reasons": [{"code": "other", "detail": text}], "if_too_few": "withhold"}
    shown = token.shown_for(TokenUse.ANSWER, answer)
    proof = {"answer_mac": shown["mac"], "receipt_tag": shown["receipt_tag"]}
    sent = await post(browser, token, "send", typed | proof)
    again = await post(browser, token, "send", typed | proof)
    assert "It is sealed" in read(sent).text
    assert sent.content == again.content
    assert {len(one.response.content) % ROUND_LENGTH for one in (page, found, read(sent))} == {0}
    other = token.shown_for(TokenUse.ANSWER, {**answer, "if_too_few": "release"})
    rival = typed | {"if_too_few": "release", "answer_mac": other["mac"], "receipt_tag": other["receipt_tag"]}
    refused = read(await post(browser, token, "send", rival))
    assert refused.response.status_code == 409
    assert "This was not sent" in refused.text
    # The MAC in the form still opens it.
    assert refused.value("mac") == token.shown_for(TokenUse.FORM)["mac"]
    app.clock.advance(days=9)
    await tick(app)
    assert (await read_feedback(app.client, raised))["rounds"][0]["state"] == "withheld"


async def test_a_token_vouches_for_nothing_else(app: Running) -> None:
    _, browser, token = await with_a_token(app)
    before = await dump(app)
    answer = checked(read(await post(browser, token, "check", SHORTEST)))
    shown = token.shown_for(TokenUse.ANSWER, answer)
    good = {"answer_mac": shown["mac"], "receipt_tag": shown["receipt_tag"]}
    form = token.shown_for(TokenUse.FORM)
    preview = token.shown_for(TokenUse.PREVIEW, answer)["mac"]
    for forged in (
        SHORTEST | good | {"if_too_few": "release"},
        SHORTEST | good | {"receipt_tag": "A" * 43},
        SHORTEST | good | {"answer_mac": form["mac"]},
        SHORTEST | good | {"answer_mac": preview},
    ):
        assert (await post(browser, token, "send", forged)).status_code == 403
    assert (await post(browser, token, "send", SHORTEST)).status_code == 422
    for fields in ({"x": form["x"], "mac": "A" * 43}, {"x": form["x"], "mac": preview}, {"x": "A" * 43, **good}):
        for do in ("open", "check", "change", "send"):
            response = await browser.post([*fields.items(), *SHORTEST.items(), ("do", do)])
            assert response.status_code in {403, 422}
            assert "What made" not in response.text
    assert await dump(app) == before


async def test_what_is_missing_is_said_before_anything_is_vouched_for(app: Running) -> None:
    _, browser, token = await with_a_token(app)
    for typed in ({}, {"reasons": "other"}, SHORTEST | {"concern.0.statement": "A doubt."}):
        page = read(await post(browser, token, "check", typed))
        assert page.response.status_code == 422
        assert checked(page) is None
        assert "Please look at this once more" in page.text


async def test_who_can_not_be_read_is_told_first(app: Running) -> None:
    raised, path = await raised_blind(app)
    receipt = new_receipt()
    assert (await claim(app, path, codes(raised)[0], receipt)).status_code == 201
    app.clock.advance(days=2)
    token = await token_of(app, path, receipt)
    page = read(await post(Browser(app.client, f"/r/{round_id(raised)}"), token, "open"))
    assert page.text.index("Fewer people take part") < page.text.index("What made Ben less competitive?")


async def test_a_token_is_good_only_in_the_days_of_answers(app: Running) -> None:
    _, browser, token = await with_a_token(app)
    app.clock.advance(days=-2)
    assert (await post(browser, token, "open")).status_code == 409
    app.clock.advance(days=12)
    over = await post(browser, token, "open")
    assert over.status_code == 410
    assert "This is over" in read(over).text
    elsewhere = Browser(app.client, f"/r/{token.receipt_tag[:8]}")
    assert (await post(elsewhere, token, "open")).status_code == 404
