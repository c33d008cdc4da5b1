"""Answers to a sealed round over HTTP: each is stored once, and released unchanged."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.sealing.models import BoxRow
from app.vocabulary.answer import Answer
from tests.support.app import (
    ADA,
    LIN,
    OMAR,
    Running,
    codes,
    dump,
    nonce,
    raise_request,
    read_feedback,
    round_id,
    send,
    tick,
)
from tests.vocabulary.builders import a_full_answer, a_sealed_answer, open_questions_answer

WORRIES = [
    {"text": "You may think that I only write for engineers", "says": "My column:", "link": "https://ben.example"}
]


async def test_the_form_says_everything_that_a_page_needs(app: Running) -> None:
    raised = await raise_request(
        app.client, worries=WORRIES, own_question="Was it my portfolio?", interviewed_on="2026-11-10"
    )

    response = await app.client.post(
        f"/v1/rounds/{round_id(raised)}/form", json={"code": codes(raised)[2], "pad": "x" * 99}
    )

    form = response.json()
    assert response.status_code == 200
    assert form["request"] == {
        "candidate_name": "Ben Ode",
        "company": "Acme",
        "role_title": "Technical writer",
        "stage": "after_decision",
        "interviewed_on": "2026-11-10",
        "worries": WORRIES,
        "own_question": "Was it my portfolio?",
    }
    assert form["you"] == {"role": "recruiter", "signature": None}
    assert form["anonymity"] == raised["rounds"][0]["anonymity"]
    assert form["anonymity"]["statement"].startswith("No name is kept with any answer. “Ben Ode” reads them all")
    assert [caveat["code"] for caveat in form["anonymity"]["caveats"]] == ["links_handed_over"]
    assert [choice["code"] for choice in form["consent"]["too_few"]] == ["withhold", "codes_only", "release"]
    assert form["consent"]["understood"] is None
    assert form["closes_on"] == "2026-11-27"
    # Colleagues' names are nobody's business.
    assert "Omar" not in response.text
    assert "Cleo" not in response.text


async def test_an_answer_is_accepted_once_however_often_it_is_sent(app: Running) -> None:
    raised = await raise_request(app.client)
    code, mine, answer = codes(raised)[0], nonce(), a_sealed_answer(advice="Write shorter.")

    first = await send(app.client, round_id(raised), code, answer, mine)
    stored = await dump(app)
    again = [
        await send(app.client, round_id(raised), code, answer, mine),
        await send(app.client, round_id(raised), code.lower(), answer, mine, pad="p" * 1000),
        # The same answer in another spelling of JSON and of Unicode is the same answer.
        await send(app.client, round_id(raised), code, {**_json(answer), "advice": " Write shorter.\n"}, mine),
    ]

    assert first.status_code == 201
    assert first.json() == {
        "status": "sealed",
        "closes_on": "2026-11-27",
        "closes_at": "2026-11-28T12:00:00Z",
        "shows_at": None,
    }
    assert {response.status_code for response in again} == {200}
    assert {response.content for response in again} == {first.content}
    assert await dump(app) == stored


async def test_a_rival_is_refused_and_what_came_first_is_kept(app: Running) -> None:
    raised = await raise_request(app.client, invitees=[OMAR, LIN], anonymity={"mode": "sealed", "k": 2})
    code, mine = codes(raised)[0], nonce()
    await send(app.client, round_id(raised), code, a_sealed_answer(advice="the first"), mine)
    stored = await dump(app)

    rivals = [
        await send(app.client, round_id(raised), code, a_sealed_answer(advice="the second"), mine),
        await send(app.client, round_id(raised), code, a_sealed_answer(advice="the first")),
        await app.client.post(
            f"/v1/rounds/{round_id(raised)}/declines",
            json={"code": code, "nonce": mine, "reason": "no_time", "understood": True},
        ),
    ]

    assert {(rival.status_code, rival.json()["code"]) for rival in rivals} == {(409, "already_answered")}
    assert len({rival.content for rival in rivals}) == 1
    assert await dump(app) == stored
    await send(app.client, round_id(raised), codes(raised)[1], a_sealed_answer(advice="a colleague's"))
    await tick(app, days=8)
    answers = (await read_feedback(app.client, raised))["rounds"][0]["answers"]
    assert sorted(answer["advice"] for answer in answers) == ["a colleague's", "the first"]


async def test_every_accepted_write_rewrites_the_box_at_one_length(app: Running) -> None:
    raised = await raise_request(app.client, worries=[{"text": f"worry {index}"} for index in range(3)])
    path, (one, two, _) = f"/v1/rounds/{round_id(raised)}", codes(raised)
    decline = {"code": two, "nonce": nonce(), "reason": "conflict", "understood": True}
    writes: list[Callable[[], Awaitable[httpx.Response]]] = [
        lambda: send(app.client, round_id(raised), one, a_full_answer()),
        lambda: app.client.post(f"{path}/declines", json=decline),
    ]

    boxes = [await app.ctx.db.look(_only_box)]
    for write in writes:
        assert (await write()).is_success
        boxes.append(await app.ctx.db.look(_only_box))

    assert len(set(boxes)) == 3
    assert {len(box) for box in boxes} == {64 * 1024 + 33}


async def test_a_decline_spends_the_link_and_is_repeatable(app: Running) -> None:
    raised = await raise_request(app.client)
    path, body = f"/v1/rounds/{round_id(raised)}/declines", {"code": codes(raised)[0], "nonce": nonce()}
    decline: dict[str, Any] = {**body, "reason": "company_policy", "understood": True}

    first, again = await app.client.post(path, json=decline), await app.client.post(path, json=decline)
    other = await app.client.post(path, json={**decline, "reason": "no_time"})

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.content == again.content
    assert first.json() == {"status": "declined"}
    assert (await send(app.client, round_id(raised), codes(raised)[0], a_sealed_answer())).status_code == 409


async def test_a_preview_is_what_the_candidate_will_read(app: Running) -> None:
    raised = await raise_request(app.client, worries=[{"text": f"worry {index}"} for index in range(3)])
    answer = _json(a_full_answer())

    preview = await app.client.post(
        f"/v1/rounds/{round_id(raised)}/preview", json={"code": codes(raised)[0], "answer": answer}
    )
    for code in codes(raised):
        await send(app.client, round_id(raised), code, answer)
    await tick(app, days=8)
    released = (await read_feedback(app.client, raised))["rounds"][0]["answers"]

    assert preview.status_code == 200
    assert preview.json()["missing"] == []
    assert [_without_ids(one) for one in released] == [_without_ids(preview.json()["candidate_reads"])] * 3


async def test_a_preview_of_something_unfinished_says_what_is_missing(app: Running) -> None:
    raised = await raise_request(app.client)
    path = f"/v1/rounds/{round_id(raised)}/preview"

    response = await app.client.post(path, json={"code": codes(raised)[0], "answer": {"advice": "Ask Omar Haddad."}})

    assert response.status_code == 200
    assert [missing["pointer"] for missing in response.json()["missing"]] == ["/answer/reasons", "/answer/if_too_few"]
    assert response.json()["candidate_reads"]["advice"] == "Ask Omar Haddad."
    assert "/answer/advice" in [finding["pointer"] for finding in response.json()["findings"]]


async def test_before_the_decision_only_open_questions_are_taken(app: Running) -> None:
    raised = await raise_request(app.client, stage="after_interview")
    here, one = round_id(raised), codes(raised)[0]
    assert raised["rounds"][0]["closes_on"] == "2026-11-22"

    verdict = await send(app.client, here, one, a_sealed_answer())
    nothing_open = await send(app.client, here, one, open_questions_answer())
    with_question = await send(
        app.client,
        here,
        codes(raised)[1],
        open_questions_answer(open_questions=[{"question": "Can you start in May?"}]),
    )

    assert verdict.status_code == 422
    assert [error["pointer"] for error in verdict.json()["errors"]] == ["/answer/reasons", "/answer/open_questions"]
    assert (nothing_open.status_code, with_question.status_code) == (201, 201)
    await send(app.client, here, codes(raised)[2], open_questions_answer())
    await tick(app, days=8)
    answers = (await read_feedback(app.client, raised))["rounds"][0]["answers"]
    asked = [question["question"] for answer in answers for question in answer["open_questions"]]
    assert asked == ["Can you start in May?"]


async def test_answers_are_taken_through_the_end_of_the_last_day(app: Running) -> None:
    raised = await raise_request(app.client, closes_on="2026-11-20")
    app.clock.at = app.clock.at.replace(day=21, hour=11, minute=59, second=59)
    assert (await send(app.client, round_id(raised), codes(raised)[0], a_sealed_answer())).status_code == 201

    app.clock.advance(seconds=1)
    assert (await send(app.client, round_id(raised), codes(raised)[1], a_sealed_answer())).status_code == 410


def _json(answer: Answer) -> dict[str, Any]:
    return answer.model_dump(mode="json", exclude_none=True)


def _without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        # How many share a concern is known only when all answers are there.
        return {key: _without_ids(inner) for key, inner in value.items() if key not in {"id", "agreement"}}
    return [_without_ids(inner) for inner in value] if isinstance(value, list) else value


def _only_box(session: Session) -> bytes:
    return session.scalars(select(BoxRow.ct)).one()


async def test_a_preview_knows_no_names_but_one_s_own_and_the_manager_s(app: Running) -> None:
    raised = await raise_request(app.client, manager=ADA)
    advice = "Omar Haddad, Lin Mei, Cleo Brandt, Ada Ruiz, Dan Roe"
    answer = {"reasons": [{"code": "not_about_you"}], "advice": advice}

    async def found(code: str) -> set[str]:
        body = {"code": code, "answer": answer}
        preview = (await app.client.post(f"/v1/rounds/{round_id(raised)}/preview", json=body)).json()
        spans = [finding["span"] for finding in preview["findings"] if finding["code"] == "names_a_person"]
        return {advice[start:end] for start, end in spans}

    omar, lin, _ = [await found(code) for code in codes(raised)]

    # With the others' names a list of the staff would tell who else was asked.
    assert omar == {"Omar Haddad", "Ada Ruiz"}
    assert lin == {"Lin Mei", "Ada Ruiz"}
