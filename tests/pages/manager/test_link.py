"""The page of the manager's link: four ways to react, by plain forms, on a link that is never spent."""

import re
from datetime import timedelta
from typing import Any

from app.pages.rendering import ROUND_LENGTH
from tests.pages.browsing import Browser, Page
from tests.support.app import Running, manager_code, raise_request, read_feedback, send, tick

WORRY = "You may think that I only write for engineers"
SHORTEST = {"reasons": "closer_match_elsewhere", "understood": "yes"}


async def asked(app: Running, **over: Any) -> tuple[dict[str, Any], Browser, Page]:
    manager = {"invitees": None, "manager": {"name": "Ada Ruiz"}, "worries": [{"text": WORRY}]}
    raised = await raise_request(app.client, **manager | over)
    browser = Browser(app.client, f"/q/{raised['id']}")
    return raised, browser, await browser.enter(manager_code(raised))


async def test_the_first_screen_says_who_asks_and_that_nothing_is_sent(app: Running) -> None:
    _, _, page = await asked(app)
    assert "Ben Ode asks what counted" in page.text
    assert "Nothing is sent until you press Send." in page.text
    assert WORRY in page.text
    assert list(page.buttons) == ["team", "panel", "not_yet", "cannot"]


async def test_answering_for_the_team(app: Running) -> None:
    raised, browser, page = await asked(app)
    form = await browser.press(page, "team")
    assert form.value("signature") == "The hiring team at Acme"
    assert "will take it as yours" in form.text
    typed = SHORTEST | {"worry.0.played": "none"}
    assert (
        "Please confirm that your answer is shown with your name."
        in (await browser.press(form, "check", SHORTEST | {"understood": ""})).text
    )
    assert "what you feared did not count" in (await browser.press(form, "check", typed)).text
    sent = await browser.press(form, "send", typed)
    assert "12:15 UTC" in sent.text
    again = await browser.press(form, "send", typed)
    assert again.response.content == sent.response.content
    assert (await read_feedback(app.client, raised))["rounds"] == []
    app.clock.advance(minutes=16)
    (round_,) = (await read_feedback(app.client, raised))["rounds"]
    assert round_["answers"][0]["signature"] == "The hiring team at Acme"
    home = await browser.press(sent, "open")
    assert "has what you answered for the team" in home.text


async def test_a_team_answer_can_be_taken_back_and_sent_again(app: Running) -> None:
    raised, browser, page = await asked(app)
    form = await browser.press(page, "team")
    sent = await browser.press(form, "send", SHORTEST | {"advice": "Kept."})
    back = await browser.press(sent, "take_back")
    assert back.value("advice") == "Kept."
    app.clock.advance(minutes=16)
    assert (await read_feedback(app.client, raised))["rounds"] == []
    again = await browser.press(back, "send")
    assert "Thank you." in again.text


async def test_what_is_missing_is_said_and_nothing_is_lost(app: Running) -> None:
    _, browser, page = await asked(app)
    form = await browser.press(page, "team")
    refused = await browser.press(form, "send", {"advice": "Kept."})
    assert refused.response.status_code == 422
    assert "Choose one to three reasons." in refused.text
    home = await browser.press(refused, "open")
    again = await browser.press(await browser.press(home, "cannot"), "open")
    assert (await browser.press(again, "team")).value("advice") == "Kept."


async def test_letting_the_team_answer(app: Running) -> None:
    raised, browser, page = await asked(app)
    screen = await browser.press(page, "panel")
    assert "Say how many of you there are." in (await browser.press(screen, "open_panel")).text
    assert "Must be at least 2." in (await browser.press(screen, "open_panel", {"people": "1"})).text
    opened = await browser.press(screen, "open_panel", {"people": "3"})
    again = await browser.press(screen, "open_panel", {"people": "3"})
    assert opened.response.content == again.response.content
    ((panel, code),) = set(re.findall(r"/r/([0-9a-f-]+)#c=(\w+)", opened.text))
    assert any(href.startswith("mailto:?subject=Ben%20Ode") and code in href for href in opened.links)
    for _ in range(3):
        answer = {"reasons": [{"code": "experience_level"}], "if_too_few": "withhold"}
        assert (await send(app.client, panel, code, answer)).status_code == 201
    home = await browser.press(opened, "open")
    assert "panel" not in home.buttons
    # The message is there again, until the answers open.
    assert any(code in href for href in home.links)
    (close,) = (button for button in home.buttons if button.startswith("close:"))
    refused = await browser.press(home, close)
    assert "Please confirm that today is the last day." in refused.text
    closed = await browser.press(refused, close, {close.replace("close:", "everyone."): "yes"})
    assert "The last day is 20 November 2026." in closed.text
    app.clock.advance(days=1)
    await tick(app)
    assert (await read_feedback(app.client, raised))["state"] == "released"
    assert code not in (await browser.enter(manager_code(raised))).response.text


async def test_pending_answer_can_be_taken_back_on_a_later_visit(app: Running) -> None:
    raised, browser, page = await asked(app)
    await browser.press(await browser.press(page, "team"), "send", SHORTEST)
    later = await browser.enter(manager_code(raised))
    assert "Your answer for the team is on its way: Ben Ode reads it at 12:15 UTC" in later.text
    back = await browser.press(later, "take_back:after_decision")
    assert "Taken back: nobody has read it." in back.text
    again = await browser.press(later, "take_back:after_decision")
    assert (again.response.status_code, "no answer for the team" in again.text) == (409, True)
    home = await browser.press(back, "open")
    assert "on its way" not in home.text
    assert (await browser.press(await browser.press(home, "team"), "send", SHORTEST)).response.status_code == 200
    app.clock.advance(minutes=16)
    assert len((await read_feedback(app.client, raised))["rounds"]) == 1
    shown = await browser.enter(manager_code(raised))
    assert "take_back:after_decision" not in shown.buttons
    assert (await browser.post([("code", manager_code(raised)), ("do", "take_back:nonsense")])).status_code == 409


async def test_one_link_each(app: Running) -> None:
    _, browser, page = await asked(app)
    screen = await browser.press(page, "panel")
    opened = await browser.press(screen, "open_panel", {"people": "4", "shape": "single"})
    assert len(set(re.findall(r"/r/[0-9a-f-]+#c=\w+", opened.text))) == 4


async def test_not_decided_yet(app: Running) -> None:
    raised, browser, page = await asked(app)
    screen = await browser.press(page, "not_yet")
    assert "is not told that you have looked" in screen.text
    until = (app.clock.now().date() + timedelta(days=5)).isoformat()
    file = await browser.submit(screen, "calendar", {"until": until})
    assert file.headers["content-disposition"] == 'attachment; filename="reminder.ics"'
    assert "DTSTART;VALUE=DATE:20261125" in file.text
    assert (await browser.press(screen, "calendar")).response.status_code == 422
    form = await browser.press(screen, "ask_first")
    assert "What made" not in form.text
    await browser.press(form, "send", {"question.0.question": "Who were your readers?", "understood": "yes"})
    app.clock.advance(minutes=16)
    (round_,) = (await read_feedback(app.client, raised))["rounds"]
    assert round_["stage"] == "after_interview"
    # The same page also works after the decision.
    sent = await browser.press(await browser.press(page, "team"), "send", SHORTEST)
    assert "Thank you." in sent.text


async def test_rather_calling(app: Running) -> None:
    raised, browser, page = await asked(app)
    screen = await browser.press(page, "cannot")
    refused = await browser.press(screen, "decline", {"reason": "will_contact_directly"})
    assert "Please confirm this first." in refused.text
    done = await browser.press(refused, "decline", {"decline_understood": "yes"})
    assert "Your link stays open" in done.text
    assert (await read_feedback(app.client, raised))["manager_declined"] == "will_contact_directly"
    home = await browser.press(done, "open")
    assert "You can still change your mind." in home.text
    other = await browser.press(await browser.press(home, "cannot"), "decline", {"reason": "no_time"})
    assert "That is fine." in other.text


async def test_wrong_and_dead_links(app: Running) -> None:
    raised, browser, _ = await asked(app)
    wrong = await browser.enter("0" * 26)
    assert wrong.response.status_code == 404
    token = {"Authorization": f"Bearer {raised['manage_token']}"}
    await app.client.post(f"/v1/feedback-requests/{raised['id']}/withdrawal", headers=token)
    over = await browser.enter(manager_code(raised))
    assert over.response.status_code == 410


async def test_every_screen_has_one_length(app: Running) -> None:
    _, browser, page = await asked(app)
    lengths = {len((await browser.submit(page, button)).content) for button in page.buttons}
    assert lengths == {ROUND_LENGTH}
