"""The candidate's page of a request: the same bytes whatever was answered, until the release shows everything."""

from datetime import timedelta
from typing import Any

import pytest

from tests.pages.browsing import Browser, Page
from tests.support.app import Running, codes, raise_request, round_id, send, tick

ANSWER = {
    "reasons": [{"code": "experience_level", "detail": "The role needs somebody who has led a team."}],
    "concerns": [{"statement": "=1+1 was in your sample.", "source": "task", "asked": "never_asked"}],
    "if_too_few": "withhold",
}


async def a_request(app: Running, **over: Any) -> tuple[dict[str, Any], Browser]:
    raised = await raise_request(app.client, **over)
    return raised, Browser(app.client, f"/requests/{raised['id']}")


async def mine(browser: Browser, raised: dict[str, Any]) -> Page:
    return await browser.enter(raised["manage_token"], "token")


async def test_waiting_looks_the_same_whatever_was_answered(app: Running) -> None:
    raised, browser = await a_request(app)
    before = await mine(browser, raised)
    assert "Asked 20 November 2026" in before.text
    assert "opens after 27 November 2026" in before.text
    assert "You can read the answers on 28 November 2026." in before.text
    for code in codes(raised):
        await send(app.client, round_id(raised), code, ANSWER)
    after = await mine(browser, raised)
    assert after.response.content == before.response.content
    assert after.response.headers == before.response.headers


async def test_feedback_is_shown_and_downloaded(app: Running) -> None:
    raised, browser = await a_request(app)
    for code in codes(raised):
        await send(app.client, round_id(raised), code, ANSWER)
    await tick(app, days=8)
    page = await mine(browser, raised)
    assert page.text.count("You were never asked about it.") == 3
    assert "3 asked" in page.text
    assert "3 answered" in page.text
    table = await browser.submit(page, "table")
    assert table.headers["content-disposition"] == 'attachment; filename="feedback.csv"'
    assert table.text.count("'=1+1") == 3


async def test_too_few(app: Running) -> None:
    raised, browser = await a_request(app)
    await send(app.client, round_id(raised), codes(raised)[0], ANSWER)
    await tick(app, days=9)
    page = await mine(browser, raised)
    assert "That says nothing about you." in page.text
    assert "led a team" not in page.text
    assert 'class="letter"' not in page.response.text


async def test_only_the_manager_was_asked(app: Running) -> None:
    raised, browser = await a_request(app, invitees=None, manager={"name": "Ada Ruiz"})
    assert "The hiring manager has a link" in (await mine(browser, raised)).text


async def test_the_reminder_note_is_the_same_for_everybody(app: Running) -> None:
    raised, browser = await a_request(app)
    page = await mine(browser, raised)
    assert "works until 27 November 2026" in page.text
    reminder = page.response.text.partition('id="reminder"')[2].partition("</details>")[0]
    assert "works until" in reminder
    assert not [code for code in codes(raised) if code in reminder]
    file = await browser.submit(page, "calendar")
    assert "DTSTART;VALUE=DATE:20261128" in file.text
    assert raised["manage_token"] not in file.text


async def test_more_time(app: Running) -> None:
    raised, browser = await a_request(app)
    page = await mine(browser, raised)
    assert "Choose the day." in (await browser.press(page, "extend")).text
    early = await browser.press(page, "extend", {"closes_on": str(app.clock.now().date())})
    assert "can be moved to a later day only" in early.text
    later = str(app.clock.now().date() + timedelta(days=20))
    moved = await browser.press(page, "extend", {"closes_on": later})
    assert "Answers are taken until 10 December 2026 now." in moved.text


@pytest.mark.parametrize(("what", "told"), [("withdraw", "Withdrawn. All links"), ("erase", "Erased")])
async def test_irreversible_acts_need_a_confirmation(app: Running, what: str, told: str) -> None:
    raised, browser = await a_request(app)
    page = await mine(browser, raised)
    refused = await browser.press(page, what)
    assert refused.response.status_code == 422
    assert "Please confirm this first." in refused.text
    done = await browser.press(refused, what, {f"{what}_understood": "yes"})
    assert told in done.text
    link = await Browser(app.client, f"/r/{round_id(raised)}").enter(codes(raised)[0])
    assert link.response.status_code == 410


async def test_wrong_keys_all_look_the_same(app: Running) -> None:
    raised, _ = await a_request(app)
    other, browser = await a_request(app)
    foreign = await browser.enter(raised["manage_token"], "token")
    nobody = await Browser(app.client, "/requests/nothing").enter(raised["manage_token"], "token")
    assert foreign.response.status_code == nobody.response.status_code == 404
    assert foreign.response.content == nobody.response.content
    assert (await browser.enter("dm_mistyped", "token")).response.status_code == 404
    assert "Acme" in (await mine(browser, other)).text


async def test_closing_date_can_move_before_anybody_was_asked(app: Running) -> None:
    raised, browser = await a_request(app, invitees=None, manager={"name": "Ada Ruiz"})
    moved = await browser.press(await mine(browser, raised), "extend", {"closes_on": "2026-12-24"})
    assert moved.response.status_code == 200
    assert "If the hiring manager asks the team, answers are taken until 24 December 2026 at least." in moved.text


async def test_notes_and_links_are_there_again_until_the_round_closes(app: Running) -> None:
    raised, browser = await a_request(app, manager={"name": "Ada Ruiz"})
    page = await mine(browser, raised)
    for link in raised["links"]:
        assert f"To {link['name']}" in page.text
        assert link["url"] in page.response.text
    assert f"/requests/{raised['id']}#m={raised['manage_token']}" in page.response.text
    app.clock.advance(days=30)
    await tick(app)
    page = await mine(browser, raised)
    urls = [link["url"] for link in raised["links"] if link["url"] in page.response.text]
    assert urls == [link["url"] for link in raised["links"] if link["role"] == "manager"]


async def test_after_a_round_that_is_not_shown_one_person_can_be_asked(app: Running) -> None:
    raised, browser = await a_request(app, worries=[{"text": "my accent", "says": "It is fine."}])
    assert "ask_one" not in (await mine(browser, raised)).buttons
    app.clock.advance(days=9)
    await tick(app)
    page = await browser.press(await mine(browser, raised), "ask_one")
    assert page.response.status_code == 200
    assert page.chosen("to") == ["one"]
    assert [page.value(name) for name in ("name", "company", "role_title", "worry", "says")] == [
        *("Ben Ode", "Acme", "Technical writer", "my accent", "It is fine.")
    ]
    asked = await Browser(app.client, "/").press(page, None)
    assert "15 minutes later, signed" in asked.text
