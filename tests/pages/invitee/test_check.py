"""The check before something is sent, by plain forms, and the page after it."""

import re
from urllib.parse import unquote

from tests.pages.browsing import Browser, read
from tests.pages.invitee.forms import FULL, SHORTEST, a_round
from tests.support.app import OMAR, Running, codes, dump, raise_request, round_id


async def test_all_that_is_missing_is_said_at_once_in_the_order_of_the_form(app: Running) -> None:
    raised, browser = await a_round(app)
    typed = {"worry.0.note": "Once.", "concern.0.statement": "A doubt.", "strength.0.note": "You asked much."}
    page = await browser.press(await browser.enter(codes(raised)[0]), "check", typed)
    said = [
        "Say whether it counted, or choose “Cannot say”.",
        "Choose one to three reasons.",
        "Say where the doubt came from, or choose “Not sure”.",
        "Say whether Ben was asked about it, or choose “Not sure”.",
        "Choose what happens if too few people answer.",
        "Choose what the example is about.",
    ]
    places = [page.text.index(sentence) for sentence in said]
    assert places == sorted(places)
    signed = await raise_request(app.client, invitees=[OMAR])
    browser = Browser(app.client, f"/r/{round_id(signed)}")
    page = await browser.press(await browser.enter(codes(signed)[0]), "check", {"signature": ""})
    assert "Choose one to three reasons." in page.text
    assert "Please give your name." in page.text
    assert "Please confirm that your answer is shown with your name." in page.text


async def test_the_check_shows_what_the_candidate_reads(app: Running) -> None:
    raised, browser = await a_round(app, invitees=[OMAR])
    typed = FULL | {"understood": "yes"}
    shown = await browser.press(await browser.enter(codes(raised)[0]), "check", typed)
    assert set(shown.buttons) == {"send", "change"}
    await browser.press(shown, "send")
    app.clock.advance(minutes=16)
    mine = await Browser(app.client, f"/requests/{raised['id']}").enter(raised["manage_token"], "token")
    letter = shown.text[shown.text.index("Ben Ode, this is what counted.") :].partition("Signed: Omar Haddad")[0]
    # The feedback page has a form for a reply between two doubts.
    sentences = re.split(r"[.”] ", letter)
    assert len(sentences) > 10
    missing = [sentence for sentence in sentences if sentence not in mine.text]
    assert missing == []


async def test_advice_stands_beside_the_text_that_it_is_about(app: Running) -> None:
    raised, browser = await a_round(app)
    typed = SHORTEST | {"concern.0.source": "papers", "concern.0.asked": "unknown", "advice": "Bring one text."}
    typed |= {"concern.0.statement": "The candidate was a good fit."}
    shown = await browser.press(await browser.enter(codes(raised)[0]), "check", typed)
    assert shown.response.status_code == 200
    places = [shown.text.index(words) for words in ("was a good fit", "“The candidate” Write to the", "Bring one text")]
    assert places == sorted(places)


async def test_change_brings_back_all_that_was_typed(app: Running) -> None:
    raised, browser = await a_round(app)
    before = await dump(app)
    shown = await browser.press(await browser.enter(codes(raised)[0]), "check", FULL)
    back = await browser.press(shown, "change")
    for name, value in FULL.items():
        assert back.chosen(name) == ([value] if isinstance(value, str) else value)
    assert await dump(app) == before


async def test_the_finished_page_says_what_happens_next(app: Running) -> None:
    raised, browser = await a_round(app)
    done = await browser.press(await browser.enter(codes(raised)[0]), "send", SHORTEST)
    assert "Thank you" in done.text
    assert "Ben reads all answers together on 28 November 2026" in done.text
    assert "Get feedback after your own interviews" in done.text
    (entry,) = [unquote(link) for link in done.links if link.startswith("data:text/calendar")]
    assert "DTSTART;VALUE=DATE:20261128" in entry
    assert "BEGIN:VALARM" in entry
    # Calendars are read by others: the entry names nobody and leads nowhere.
    assert not any(word in entry for word in ("Ben", "Acme", "http", codes(raised)[0], round_id(raised)))


async def test_the_last_day_can_be_taken_into_a_calendar(app: Running) -> None:
    raised, browser = await a_round(app)
    page = await browser.enter(codes(raised)[0])
    (entry,) = [unquote(link) for link in page.links if link.startswith("data:text/calendar")]
    assert "DTSTART;VALUE=DATE:20261127" in entry
    assert "Your link works through 27 November 2026." in page.text


async def test_a_decline_needs_a_reason_and_a_check(app: Running) -> None:
    raised, browser = await a_round(app)
    page = await browser.enter(codes(raised)[0])
    assert "I would rather call" not in page.text
    assert "Choose a reason." in (await browser.press(page, "check_decline")).text
    before = await dump(app)
    # Whoever skips the check is shown it.
    skipped = read(await browser.submit(page, None, {"do": "decline", "reason": "no_time"}))
    checked = await browser.press(page, "check_decline", {"reason": "no_time"})
    assert skipped.text == checked.text
    assert "This closes your link. Ben learns only that someone declined, and this reason." in checked.text
    assert await dump(app) == before
    done = await browser.press(checked, "decline")
    assert "Your link is closed" in done.text
    over = await browser.press(page, "send", SHORTEST)
    assert over.response.status_code == 409
