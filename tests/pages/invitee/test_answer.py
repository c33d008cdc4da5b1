"""The page of a one-time link by plain forms: input is never lost, and the API's rules apply."""

from typing import Any

import httpx
import pytest

from app.pages.rendering import ROUND_LENGTH
from tests.pages.browsing import Browser, Page, read
from tests.pages.invitee.forms import FULL, HOSTILE, SHORTEST, WORRY, a_round
from tests.support.app import OMAR, Running, codes, dump, raise_request, read_feedback, round_id, send, tick


async def answers(app: Running, raised: dict[str, Any]) -> list[Any]:
    """Close the round, and return the feedback."""
    await tick(app, days=9)
    found: list[Any] = (await read_feedback(app.client, raised))["rounds"][0].get("answers", [])
    return found


async def test_the_promise_stands_above_the_first_question(app: Running) -> None:
    raised, browser = await a_round(app)
    form = await app.client.post(f"/v1/rounds/{round_id(raised)}/form", json={"code": codes(raised)[0]})
    consent, anonymity = form.json()["consent"], form.json()["anonymity"]
    text = (await browser.enter(codes(raised)[0])).text
    said = [*(one["text"] for one in anonymity["caveats"]), *anonymity["in_short"], anonymity["statement"]]
    said += [consent["how_it_works"], f"Ben worries: {WORRY} Did it count?"]
    said += [one["text"] for one in consent["too_few"]]
    places = [text.index(sentence) for sentence in said]
    assert places == sorted(places)


async def test_three_taps_are_an_answer(app: Running) -> None:
    raised, browser = await a_round(app)
    for code in codes(raised):
        done = await browser.press(await browser.enter(code), "send", SHORTEST)
        assert done.response.status_code == 200
        assert "It is sealed" in done.text
    found = await answers(app, raised)
    assert [one["reasons"][0]["code"] for one in found] == ["closer_match_elsewhere"] * 3


async def test_every_field_of_the_form_arrives(app: Running) -> None:
    raised, browser = await a_round(app)
    for code in codes(raised)[1:]:
        await send(
            app.client, round_id(raised), code, {"reasons": [{"code": "experience_level"}], "if_too_few": "withhold"}
        )
    await browser.press(await browser.enter(codes(raised)[0]), "send", FULL)
    found = next(one for one in await answers(app, raised) if one["advice"])
    assert found["advice"] == "Bring one text for beginners.\nA short one."
    assert [one["code"] for one in found["reasons"]] == ["not_about_you", "other"]
    assert found["reasons"][0]["circumstance"] == "internal"
    assert found["reasons"][1]["detail"] == FULL["detail.other"]
    assert [one["statement"] for one in found["concerns"]] == [
        WORRY,
        FULL["concern.0.statement"],
        FULL["concern.1.statement"],
    ]
    assert [one["source"] for one in found["concerns"]] == ["conversation", "papers", "task"]
    assert found["concerns"][1]["weight"] == "minor"
    assert found["strengths"] == [{"competency": "communication", "note": "You asked how we work."}]
    assert found["ratings"] == {"role_knowledge": "met"}
    assert found["hired_profile"]["closer_match_in"] == ["communication", "learning_adaptability"]
    assert [found["could_do_job"], found["reapply"]] == ["yes", "encouraged"]


async def test_the_follow_ups_of_a_worry_that_counted_arrive(app: Running) -> None:
    raised, browser = await a_round(app, invitees=[OMAR])
    typed = {"worry.0.played": "decisive", "reasons": "interview_answers", "understood": "yes"}
    typed |= {"worry.0.source": "conversation", "worry.0.asked": "never_asked"}
    await browser.press(await browser.enter(codes(raised)[0]), "send", typed)
    (found,) = await answers(app, raised)
    (concern,) = found["concerns"]
    assert [concern["statement"], concern["source"], concern["asked"]] == [WORRY, "conversation", "never_asked"]


async def test_input_is_kept_when_something_is_missing(app: Running) -> None:
    raised, browser = await a_round(app)
    typed = {name: value for name, value in FULL.items() if name not in {"if_too_few", "concern.1.source"}}
    for button in ("check", "check_decline"):
        page = await browser.press(await browser.enter(codes(raised)[0]), button, typed)
        assert page.response.status_code == 422
        for name, value in typed.items():
            assert page.chosen(name) == ([value] if isinstance(value, str) else value)
    page = await browser.press(await browser.enter(codes(raised)[0]), "send", typed)
    assert "Say where the doubt came from" in page.text
    assert "#concern.1.source" in page.links
    ids = {given["id"] for _, given in page.tags if given.get("id")}
    pointed = [given["aria-describedby"] for _, given in page.tags if given.get("aria-invalid") == "true"]
    assert pointed
    assert {identifier for names in pointed for identifier in (names or "").split()} <= ids
    assert {link[1:] for link in page.links if link.startswith("#")} <= ids


async def test_a_worry_that_did_not_count_has_no_follow_ups(app: Running) -> None:
    raised, browser = await a_round(app, invitees=[OMAR])
    typed = {"worry.0.played": "none", "reasons": "interview_answers", "understood": "yes"}
    typed |= {"worry.0.source": "conversation", "worry.0.asked": "never_asked"}
    await browser.press(await browser.enter(codes(raised)[0]), "send", typed)
    (found,) = await answers(app, raised)
    assert found["concerns"] == []


async def test_a_used_code_looks_like_an_unused_one(app: Running) -> None:
    raised, browser = await a_round(app)
    used, unused = codes(raised)[:2]
    await send(
        app.client, round_id(raised), used, {"reasons": [{"code": "experience_level"}], "if_too_few": "withhold"}
    )

    async def looks(code: str) -> list[bytes]:
        seen = []
        for what in ("open", "check", "send", "check_decline", "decline"):
            fields = [("code", code), ("nonce", "n" * 22), ("reasons", "other"), ("do", what)]
            seen.append((await browser.post(fields)).content.replace(code.encode(), b"CODE"))
        return seen

    assert await looks(used) == await looks(unused)
    late = await browser.press(await browser.enter(used), "send", SHORTEST | {"advice": "Kept."})
    assert late.response.status_code == 409
    assert "This link was used already" in late.text
    assert late.value("advice") == "Kept."


async def test_pressing_twice_sends_once(app: Running) -> None:
    raised, browser = await a_round(app)
    page = await browser.enter(codes(raised)[0])
    first, second = [await browser.press(page, "send", SHORTEST) for _ in range(2)]
    assert first.response.content == second.response.content
    stored = await dump(app)
    await browser.press(page, "send", SHORTEST)
    assert await dump(app) == stored


async def test_a_signed_answer_can_be_taken_back_with_all_that_was_typed(app: Running) -> None:
    raised, browser = await a_round(app, invitees=[OMAR])
    page = await browser.enter(codes(raised)[0])
    assert page.value("signature") == "Omar Haddad"
    assert "if_too_few" not in page.response.text
    refused = await browser.press(page, "send", {"reasons": "other", "detail.other": "Too little time on both sides."})
    assert "Please confirm that your answer is shown with your name." in refused.text
    sent = await browser.press(refused, "send", {"understood": "yes"})
    back = await browser.press(sent, "take_back")
    assert "Taken back" in back.text
    assert back.value("detail.other") == "Too little time on both sides."
    assert back.value("nonce") != page.value("nonce")
    again = await browser.press(back, "send")
    app.clock.advance(minutes=16)
    late = await browser.press(again, "take_back")
    assert late.response.status_code == 409
    assert "It stays as it is" in late.text


async def test_before_the_decision_there_are_questions_and_no_verdicts(app: Running) -> None:
    raised, browser = await a_round(app, stage="after_interview")
    page = await browser.enter(codes(raised)[0])
    assert "What made" not in page.text
    missing = await browser.press(page, "send", {"if_too_few": "release"})
    assert "Name what is still open, or say that nothing is." in missing.text
    done = await browser.press(missing, "send", {"question.1.question": "Who were your readers?"})
    assert "It is sealed" in done.text
    other = await browser.press(
        await browser.enter(codes(raised)[1]), "send", {"nothing_open": "yes", "if_too_few": "release"}
    )
    assert "It is sealed" in other.text
    found = await answers(app, raised)
    assert sorted(len(one["open_questions"]) for one in found) == [0, 1]


@pytest.mark.parametrize("what", ["open", "check", "send", "check_decline", "change"])
async def test_the_length_of_a_page_tells_nothing(app: Running, what: str) -> None:
    raised, browser = await a_round(app)
    page = await browser.enter(codes(raised)[0])
    texts = dict.fromkeys(("concern.0.statement", "advice", "detail.other", "strength.0.note"), "“ä”" * 90)
    shortest = await browser.submit(page, None, {"do": what})
    longest = await browser.submit(page, None, FULL | texts | {"do": what, "if_too_few": ""})
    assert len(shortest.content) == len(longest.content) == ROUND_LENGTH


async def test_hostile_text_stays_text(app: Running) -> None:
    raised = await raise_request(
        app.client,
        candidate={"name": f"Ben {HOSTILE}"},
        company=HOSTILE,
        worries=[{"text": HOSTILE, "says": HOSTILE}],
        own_question=HOSTILE,
    )
    browser = Browser(app.client, f"/r/{round_id(raised)}")
    page = await browser.enter(codes(raised)[0])
    typed = {"advice": HOSTILE, "reasons": ["other", HOSTILE], f"detail.{HOSTILE}": HOSTILE, "detail.other": HOSTILE}
    for shown in (page, await browser.press(page, "check", typed)):
        assert [given.get("src") for tag, given in shown.tags if tag == "script"] == [_script(page)]
        assert f"Ben {HOSTILE}" in shown.text.replace("  ", " ")
    assert shown.value("advice") == HOSTILE


def _script(page: Page) -> str | None:
    return next(given["src"] for tag, given in page.tags if tag == "script")


async def test_a_code_can_be_typed_as_people_type(app: Running) -> None:
    raised, browser = await a_round(app)
    code = codes(raised)[0]
    typed = "-".join(code[place : place + 4] for place in range(0, 26, 4)).lower()
    page = await browser.enter(f"  {typed} ")
    assert "would like your feedback" in page.text


async def test_a_script_may_send_the_same_form_padded(app: Running) -> None:
    raised, browser = await a_round(app)
    page = await browser.enter(codes(raised)[0])
    fields = [*page.fields, *SHORTEST.items(), ("do", "send"), ("pad", "x" * 30000)]
    response: httpx.Response = await browser.post(fields)
    assert "It is sealed" in response.text
    assert "xxx" not in response.text


@pytest.mark.parametrize("minutes", [6, 15])
async def test_answer_sent_before_the_end_of_the_round_can_be_taken_back_after(app: Running, minutes: int) -> None:
    raised = await raise_request(app.client, invitees=[OMAR], closes_on="2026-11-20")
    browser = Browser(app.client, f"/r/{round_id(raised)}")
    app.clock.at = app.clock.at.replace(day=21, hour=11, minute=55)
    typed = {"reasons": "not_about_you", "signature": "Omar Haddad", "understood": "yes"}
    sent = await browser.press(await browser.enter(codes(raised)[0]), "send", typed)
    assert sent.response.status_code == 200
    app.clock.advance(minutes=minutes)
    taken = read(await browser.submit(sent, "take_back"))
    expected = (200, "This round is over") if minutes < 15 else (409, "It stays as it is")
    assert (taken.response.status_code, expected[1] in taken.text) == (expected[0], True)
    assert (await browser.enter(codes(raised)[0])).response.status_code == 410
