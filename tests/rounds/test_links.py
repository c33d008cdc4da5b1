"""Invalid codes all get the same response, so that nobody learns which links exist or were used."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.core.tokens import new_code
from tests.support.app import Running, as_candidate, codes, dump, raise_request, round_id, send, tick
from tests.vocabulary.builders import a_sealed_answer

ANSWER = {"reasons": [{"code": "not_about_you"}], "if_too_few": "withhold"}
BODIES: dict[str, dict[str, Any]] = {
    "form": {},
    "preview": {"answer": ANSWER},
    "answers": {"nonce": "n" * 22, "answer": ANSWER},
    "declines": {"nonce": "n" * 22, "reason": "no_time", "understood": True},
    "retractions": {"nonce": "n" * 22},
}
MALFORMED = ["", "nonsense", "x" * 80, "U" * 26, "\x00", "Ω" * 26]
OVER = {
    "type": "/problems/round_over",
    "title": "This is over",
    "status": 410,
    "code": "round_over",
    "detail": "This round is over: answers are no longer taken.",
    "errors": [],
}
UNKNOWN = {
    "type": "/problems/unknown_link",
    "title": "Not found",
    "status": 404,
    "code": "unknown_link",
    "detail": "This link is not known here. Please check that it was copied whole.",
    "errors": [],
}


async def ask(app: Running, round_: str, route: str, code: str, **over: Any) -> httpx.Response:
    return await app.client.post(f"/v1/rounds/{round_}/{route}", json={**BODIES[route], "code": code, **over})


@pytest.mark.parametrize("route", BODIES)
async def test_all_that_opens_nothing_gets_the_404_of_an_unknown_round(app: Running, route: str) -> None:
    raised, other = await raise_request(app.client), await raise_request(app.client)
    here = round_id(raised)
    before = await dump(app)

    answers = [
        await ask(app, here, route, new_code()),
        await ask(app, here, route, codes(other)[0]),
        *[await ask(app, here, route, code) for code in MALFORMED],
        await ask(app, str(uuid4()), route, codes(raised)[0]),
        await ask(app, raised["id"], route, codes(raised)[0]),
        await ask(app, "00000000-0000-0000-0000-000000000000", route, codes(raised)[0]),
        *[await ask(app, path, route, codes(raised)[0]) for path in ("1", "nonsense", here[:-1], f"{here}x", "%00")],
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1
    assert answers[0].json() == UNKNOWN
    assert await dump(app) == before


async def closed_by_date(app: Running, raised: dict[str, Any]) -> None:
    app.clock.advance(days=8)


async def released(app: Running, raised: dict[str, Any]) -> None:
    for code in codes(raised):
        await send(app.client, round_id(raised), code, a_sealed_answer())
    await tick(app, days=8)


async def withheld(app: Running, raised: dict[str, Any]) -> None:
    app.clock.advance(days=8)
    await tick(app)


async def withdrawn(app: Running, raised: dict[str, Any]) -> None:
    path = f"/v1/feedback-requests/{raised['id']}/withdrawal"
    assert (await app.client.post(path, headers=as_candidate(raised))).status_code == 204


async def erased(app: Running, raised: dict[str, Any]) -> None:
    path = f"/v1/feedback-requests/{raised['id']}"
    assert (await app.client.delete(path, headers=as_candidate(raised))).status_code == 204


@pytest.mark.parametrize("end", [closed_by_date, released, withheld, withdrawn, erased])
async def test_a_round_that_is_over_says_so_whatever_the_code(
    app: Running, end: Callable[[Running, dict[str, Any]], Awaitable[None]]
) -> None:
    raised, other = await raise_request(app.client), await raise_request(app.client, closes_on="2026-12-20")
    await end(app, raised)
    before = await dump(app)

    answers = [
        await ask(app, round_id(raised), route, code)
        for route in BODIES
        for code in (codes(raised)[0], codes(raised)[2], new_code(), codes(other)[0], "nonsense")
    ]

    assert {answer.status_code for answer in answers} == {410}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json() == OVER
    assert await dump(app) == before


async def test_a_code_works_however_it_was_copied(app: Running) -> None:
    raised = await raise_request(app.client)
    code = codes(raised)[0]
    typed = "-".join(code[at : at + 4] for at in range(0, 26, 4)).lower().replace("0", "o").replace("1", "l")

    assert (await ask(app, round_id(raised), "form", f"  {typed} ")).status_code == 200


@pytest.mark.parametrize(
    ("route", "over", "pointer"),
    [
        ("answers", {"answer": {"reasons": [{"code": "not_about_you"}]}}, "/answer/if_too_few"),
        ("answers", {"answer": {"if_too_few": "withhold"}}, "/answer/reasons"),
        ("answers", {"answer": {**ANSWER, "signature": "Ada Ruiz"}}, "/answer/signature"),
        ("answers", {"understood": True}, "/understood"),
        ("answers", {"nonce": "short"}, "/nonce"),
        ("declines", {"reason": "will_contact_directly"}, "/reason"),
        ("declines", {"understood": False}, "/understood"),
    ],
)
async def test_the_body_is_looked_at_before_the_code(
    app: Running, route: str, over: dict[str, Any], pointer: str
) -> None:
    raised = await raise_request(app.client)
    used = codes(raised)[0]
    await send(app.client, round_id(raised), used, a_sealed_answer(), "u" * 22)
    before = await dump(app)

    answers = [await ask(app, round_id(raised), route, code, **over) for code in (codes(raised)[1], used, new_code())]

    assert {answer.status_code for answer in answers} == {422}
    assert len({answer.content for answer in answers}) == 1
    assert [error["pointer"] for error in answers[0].json()["errors"]] == [pointer]
    assert await dump(app) == before


async def test_only_a_complete_submission_learns_that_a_code_was_used(app: Running) -> None:
    raised = await raise_request(app.client)
    used, fresh = codes(raised)[:2]
    await send(app.client, round_id(raised), used, a_sealed_answer(), "u" * 22)

    for route in ("form", "preview"):
        spent, unspent = await ask(app, round_id(raised), route, used), await ask(app, round_id(raised), route, fresh)
        assert spent.status_code == unspent.status_code == 200
        assert spent.headers == unspent.headers
        mine, theirs = (answer.content for answer in (spent, unspent))
        # A preview has ids of its own each time; nothing else differs.
        assert len(mine) == len(theirs) if route == "preview" else mine == theirs
    for route in ("answers", "declines"):
        conflict = await ask(app, round_id(raised), route, used)
        assert (conflict.status_code, conflict.json()["code"]) == (409, "already_answered")


async def test_a_holder_s_view_is_the_same_bytes_before_and_after_it_was_used(app: Running) -> None:
    raised = await raise_request(app.client)
    code = codes(raised)[0]
    before = (await ask(app, round_id(raised), "form", code)).content

    assert (await send(app.client, round_id(raised), code, a_sealed_answer())).status_code == 201
    assert (await ask(app, round_id(raised), "form", code)).content == before
    assert (await ask(app, round_id(raised), "declines", codes(raised)[1])).status_code == 201
    assert (await ask(app, round_id(raised), "form", code)).content == before


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_nothing_but_post_does_anything(app: Running, method: str) -> None:
    raised = await raise_request(app.client)
    before = await dump(app)

    for route, bare in BODIES.items():
        body = {**bare, "code": codes(raised)[0]}
        response = await app.client.request(method, f"/v1/rounds/{round_id(raised)}/{route}", json=body)
        assert response.status_code == 405
    assert await dump(app) == before


async def test_looking_changes_nothing(app: Running) -> None:
    raised = await raise_request(app.client)
    before = await dump(app)

    for route in ("form", "preview"):
        assert (await ask(app, round_id(raised), route, codes(raised)[0])).status_code == 200

    assert await dump(app) == before


async def test_a_round_whose_key_is_missing_is_not_available_and_others_are(app: Running) -> None:
    lost, kept = await raise_request(app.client), await raise_request(app.client)
    (app.settings.data_dir / "keys" / f"round-{round_id(lost).replace('-', '')}").unlink()

    for route in BODIES:
        for code in (codes(lost)[0], new_code()):
            response = await ask(app, round_id(lost), route, code)
            assert (response.status_code, response.json()["code"]) == (503, "key_missing")
    assert (await ask(app, round_id(kept), "answers", codes(kept)[0])).status_code == 201
    # A tick reports it, never makes a new key, and goes on with the others.
    app.clock.advance(days=8)
    report = await tick(app)
    assert [str(unreadable) for unreadable in report.unreadable] == [round_id(lost)]
    assert sum(report.ended.values()) == 1
    assert (await ask(app, round_id(lost), "form", codes(lost)[0])).status_code == 410


_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
}


async def test_every_answer_to_a_holder_carries_the_headers(app: Running) -> None:
    raised = await raise_request(app.client)
    code, path = codes(raised)[0], f"/v1/rounds/{round_id(raised)}"
    sent = await send(app.client, round_id(raised), code, a_sealed_answer())
    responses = {
        200: await ask(app, round_id(raised), "form", code),
        201: sent,
        400: await app.client.post(f"{path}/form", content=b"{", headers={"content-type": "application/json"}),
        404: await ask(app, round_id(raised), "form", "nonsense"),
        405: await app.client.get(f"{path}/form"),
        409: await ask(app, round_id(raised), "answers", code),
        413: await app.client.post(f"{path}/form", json={"code": code, "pad": "x" * 70_000}),
        415: await app.client.post(f"{path}/form", content=b"{}", headers={"content-type": "text/plain"}),
        422: await app.client.post(f"{path}/form", json={}),
    }
    app.clock.advance(days=8)
    responses[410] = await ask(app, round_id(raised), "form", code)

    for status, response in responses.items():
        assert response.status_code == status
        assert {name: response.headers.get(name) for name in _HEADERS} == _HEADERS
        policy = response.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "frame-ancestors 'none'" in policy
        assert "set-cookie" not in response.headers
        assert "etag" not in response.headers
        assert "last-modified" not in response.headers
