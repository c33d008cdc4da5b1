"""Replies on the candidate's page, and what the links of others then open, without a script."""

from tests.delivery.post import Mailbox
from tests.exchange.story import DOUBT, concerns, mailed, released, reply, signed
from tests.pages.browsing import Browser
from tests.support.app import ADA, Running, codes, manager_code, round_id, tick

TEXT = "I write <em> for everyone."


async def test_a_reply_is_shown_before_it_is_sent(app: Running) -> None:
    raised = await released(app, manager=ADA)
    concern = next(one for one in await concerns(app, raised) if one["worry"] is None)["id"]
    browser = Browser(app.client, f"/requests/{raised['id']}")
    own = await browser.enter(raised["manage_token"], "token")
    assert f"check_reply:{concern}" in own.buttons
    form = f"reply.{concern}"
    empty = await browser.press(own, f"check_reply:{concern}", {f"{form}.text": TEXT})
    assert empty.response.status_code == 422
    assert "Choose what you would like to say." in empty.text
    assert empty.value(f"{form}.text") == TEXT
    check = await browser.press(empty, f"check_reply:{concern}", {f"{form}.kind": "correct_fact"})
    assert check.response.status_code == 200
    assert "They will read:" in check.text
    assert TEXT in check.text
    assert "To a doubt about: explaining and listening" in check.text
    assert DOUBT not in check.text
    assert all(one["reply"] is None for one in await concerns(app, raised))
    changed = await browser.press(check, f"change_reply:{concern}")
    assert changed.value(f"{form}.text") == TEXT
    sent = await browser.press(check, f"send_reply:{concern}")
    assert "Sent. Everyone who was asked can read it now" in sent.text
    assert "Tell them that you replied" in sent.text
    assert f"check_reply:{concern}" not in sent.buttons
    # Pressed again, as after a reload: the same success. Another text: the first is kept.
    again = await browser.press(check, f"send_reply:{concern}")
    assert again.response.status_code == 200
    other = await browser.press(check, f"send_reply:{concern}", {f"{form}.text": "Else"})
    assert other.response.status_code == 409
    assert "The first reply is kept." in other.text

    shown = [await Browser(app.client, f"/r/{round_id(raised)}").enter(code) for code in codes(raised)]
    assert all("Ben Ode replied" in page.text and TEXT in page.text for page in shown)
    assert all(DOUBT not in page.text for page in shown)
    assert len({len(page.response.content) for page in shown}) == 1
    manager = await Browser(app.client, f"/q/{raised['id']}").enter(manager_code(raised))
    assert "Ben Ode replied" in manager.text
    assert TEXT in manager.text
    assert DOUBT not in manager.text


async def test_without_a_reply_the_link_is_over(app: Running) -> None:
    raised = await released(app)
    page = await Browser(app.client, f"/r/{round_id(raised)}").enter(codes(raised)[0])
    assert page.response.status_code == 410
    assert "This is over" in page.text


async def test_signed_author_reads_the_reply_while_the_round_is_open(app: Running) -> None:
    raised = await signed(app)
    (concern,) = await concerns(app, raised)
    browser = Browser(app.client, f"/requests/{raised['id']}")
    own = await browser.enter(raised["manage_token"], "token")
    form = f"reply.{concern['id']}"
    month = {f"{form}.kind": "will_improve", f"{form}.text": TEXT, f"{form}.by_month": "2027-03"}
    check = await browser.press(own, f"check_reply:{concern['id']}", month)
    assert "2027-03" in check.text
    assert (await browser.press(check, f"send_reply:{concern['id']}")).response.status_code == 200
    link = Browser(app.client, f"/r/{round_id(raised)}")
    shown = await link.enter(codes(raised)[0])
    assert "Ben Ode replied" in shown.text
    assert "check" in (await link.press(shown, "form")).buttons


async def test_after_30_days_there_is_no_form(app: Running) -> None:
    raised = await released(app)
    browser = Browser(app.client, f"/requests/{raised['id']}")
    app.clock.advance(days=30)
    own = await browser.enter(raised["manage_token"], "token")
    assert any(button.startswith("check_reply:") for button in own.buttons)
    app.clock.advance(days=1)
    late = await browser.enter(raised["manage_token"], "token")
    assert not any(button.startswith("check_reply:") for button in late.buttons)


async def test_panel_and_manager_say_what_a_reply_changed(app: Running) -> None:
    story = await mailed(app, Mailbox())
    concern = next(one for one in await concerns(app, story.raised) if one["worry"] is None)["id"]
    await reply(app, story.raised, concern)
    form, send = f"effect.{concern}", f"effect:{concern}"
    link = Browser(app.client, f"/r/{round_id(story.raised)}")
    shown = await link.enter(story.links[0])
    nothing = await link.press(shown, send)
    assert nothing.response.status_code == 422
    assert "Choose what the reply changed." in nothing.text
    chosen = {f"{form}.effect": "would_have_mattered", f"{form}.question": "Do you write for children?"}
    assert "Recorded. Ben Ode reads it tomorrow or later" in (await link.press(nothing, send, chosen)).text
    second = await link.press(nothing, send, {f"{form}.effect": "no_change"})
    assert second.response.status_code == 409
    assert "The first one is kept." in second.text

    manager = Browser(app.client, f"/q/{story.raised['id']}")
    view = await manager.enter(story.manager)
    unsigned = await manager.press(view, send, {f"{form}.effect": "reopened"})
    assert "Say what happens next" in unsigned.text
    assert "Sign it with your name." in unsigned.text
    step = {f"{form}.next_step": "Let us talk on Monday.", f"{form}.signature": "Ada Ruiz"}
    done = await manager.press(unsigned, send, {f"{form}.effect": "reopened", **step})
    assert "Sent. Ben Ode can read it now." in done.text
    back = await manager.press(done, "open")
    assert "You told Ben Ode: We would like to talk again" in back.text
    assert send not in back.buttons

    app.clock.advance(days=1)
    await tick(app)
    own = await Browser(app.client, f"/requests/{story.raised['id']}").enter(story.raised["manage_token"], "token")
    assert "They would like to talk with you again." in own.text
    assert "Let us talk on Monday." in own.text
    assert "Signed: Ada Ruiz" in own.text
    assert "Do you write for children?" in own.text


async def test_links_that_were_handed_over_show_no_form_for_effects(app: Running) -> None:
    raised = await released(app)
    await reply(app, raised, (await concerns(app, raised))[0]["id"])
    shown = await Browser(app.client, f"/r/{round_id(raised)}").enter(codes(raised)[0])
    assert not any(button.startswith("effect:") for button in shown.buttons)
