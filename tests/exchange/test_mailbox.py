"""The mailbox of a receipt, and what an observer of it cannot tell."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select

from app.answers.models import MailboxRow
from app.blinding.receipt import Receipt, new_receipt
from app.rounds.rules import RoundState
from tests.faults.storage import dump
from tests.support.app import (
    Running,
    an_app,
    as_candidate,
    codes,
    nonce,
    raise_request,
    read_feedback,
    round_id,
    send,
    tick,
)
from tests.vocabulary.builders import a_full_answer, a_sealed_answer, a_signed_answer


def tag_in(raised: dict[str, Any], receipt: Receipt) -> str:
    return receipt.tag(UUID(round_id(raised)))


async def opened(app: Running, raised: dict[str, Any], receipt: Receipt) -> httpx.Response:
    body = {"round_id": round_id(raised), "receipt_tag": tag_in(raised, receipt)}
    response = await app.client.post("/v1/mailbox", json=body)
    assert response.status_code == 200
    return response


async def withdraw(app: Running, raised: dict[str, Any], receipt: Receipt) -> httpx.Response:
    body = {"round_id": round_id(raised), "receipt_tag": tag_in(raised, receipt)}
    return await app.client.post("/v1/mailbox/withdrawal", json=body)


async def answered(app: Running, **over: Any) -> tuple[dict[str, Any], list[Receipt]]:
    raised = await raise_request(app.client, **over)
    receipts = [new_receipt() for _ in codes(raised)]
    for number, (code, receipt) in enumerate(zip(codes(raised), receipts, strict=True)):
        given = a_sealed_answer(advice=f"word {number}")
        sent = await send(app.client, round_id(raised), code, given, receipt_tag=tag_in(raised, receipt))
        assert sent.status_code == 201
    return raised, receipts


async def test_a_receipt_leads_to_its_own_answer(app: Running) -> None:
    raised, receipts = await answered(app)
    app.clock.advance(days=8)
    await tick(app)
    shown = {one["id"]: one for one in (await read_feedback(app.client, raised))["rounds"][0]["answers"]}
    for number, receipt in enumerate(receipts):
        found = (await opened(app, raised, receipt)).json()
        assert found["answer"]["advice"] == f"word {number}"
        assert shown[found["answer"]["id"]]["advice"] == f"word {number}"
        assert found["in_words"]


async def test_unknown_empty_and_unreleased_are_the_same_bytes(app: Running) -> None:
    raised, receipts = await answered(app)
    withheld = await raise_request(app.client)
    alone = new_receipt()
    sent = await send(
        app.client, round_id(withheld), codes(withheld)[0], a_sealed_answer(), receipt_tag=tag_in(withheld, alone)
    )
    assert sent.status_code == 201
    unknown = await opened(app, raised, new_receipt())
    assert (await opened(app, raised, receipts[0])).content == unknown.content
    app.clock.advance(days=8)
    await tick(app)
    assert (await opened(app, withheld, alone)).content == unknown.content
    full = await opened(app, raised, receipts[0])
    assert full.content != unknown.content
    assert len(full.content) == len(unknown.content)
    assert [name for name in full.headers if name != "date"] == [name for name in unknown.headers if name != "date"]
    assert (await app.client.delete(f"/v1/feedback-requests/{raised['id']}", headers=as_candidate(raised))).is_success
    assert (await opened(app, raised, receipts[0])).content == unknown.content


async def test_the_largest_answer_has_the_length_of_none(app: Running) -> None:
    raised = await raise_request(app.client, worries=[{"text": f"worry {number}"} for number in range(3)])
    receipt = new_receipt()
    for code in codes(raised):
        tag = {"receipt_tag": tag_in(raised, receipt)} if code == codes(raised)[0] else {}
        assert (await send(app.client, round_id(raised), code, a_full_answer(), **tag)).status_code == 201
    empty = await opened(app, raised, receipt)
    app.clock.advance(days=8)
    await tick(app)
    assert len((await opened(app, raised, receipt)).content) == len(empty.content)


async def test_answer_can_be_withdrawn_until_the_round_closes(app: Running) -> None:
    raised, receipts = await answered(app)
    assert (await withdraw(app, raised, receipts[1])).json() == {"status": "withdrawn"}
    assert (await withdraw(app, raised, receipts[1])).status_code == 404
    # Its link stays used, and two are too few.
    again = await send(app.client, round_id(raised), codes(raised)[1], a_sealed_answer())
    assert again.status_code == 409
    app.clock.advance(days=8)
    assert (await tick(app)).ended == {RoundState.WITHHELD: 1}
    assert (await withdraw(app, raised, receipts[0])).status_code == 410


async def test_withdrawal_looks_like_any_other_write(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path) as app:
        raised, receipts = await answered(app)
        before = (await dump(database_url))["boxes"]
        assert (await withdraw(app, raised, new_receipt())).status_code == 404
        assert [row[-1] for row in (await dump(database_url))["boxes"]] == [row[-1] for row in before]
        assert (await withdraw(app, raised, receipts[0])).status_code == 200
        after = (await dump(database_url))["boxes"]
        assert [len(row[-1]) for row in after] == [len(row[-1]) for row in before]
        assert after != before


async def test_whoever_is_missing_does_not_count(app: Running) -> None:
    """With k independent people only those count; an answer that was taken back may have been one of theirs."""
    people = [{"role": "interviewer", "email": f"p{number}@acme.example"} for number in range(3)]
    raised = await raise_request(
        app.client,
        candidate={"name": "Ben Ode", "email": "ben@example.test"},
        company_domain="acme.example",
        delivery="mail",
        invitees=people,
    )
    assert raised["rounds"][0]["anonymity"]["candidate_held"] == "none"


@pytest.mark.parametrize("tag", ["", "A" * 42, "A" * 44, "!" * 43, None])
async def test_malformed_tag_is_refused(app: Running, tag: str | None) -> None:
    response = await app.client.post("/v1/mailbox", json={"round_id": str(uuid4()), "receipt_tag": tag})
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/receipt_tag"


async def test_signed_answers_have_no_receipts(app: Running) -> None:
    raised = await raise_request(app.client, invitees=[{"role": "interviewer", "name": "Omar Haddad"}])
    refused = await send(
        app.client, round_id(raised), codes(raised)[0], a_signed_answer(), receipt_tag=tag_in(raised, new_receipt())
    )
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/receipt_tag"]


async def test_one_receipt_used_twice_harms_nobody_else(app: Running) -> None:
    raised = await raise_request(app.client)
    receipt = new_receipt()
    for number, code in enumerate(codes(raised)):
        given = a_sealed_answer(advice=f"word {number}")
        assert (
            await send(app.client, round_id(raised), code, given, receipt_tag=tag_in(raised, receipt))
        ).status_code == 201
    other = await raise_request(app.client)
    for code in codes(other):
        sent = await send(app.client, round_id(other), code, a_sealed_answer(), receipt_tag=tag_in(other, receipt))
        assert sent.status_code == 201
    app.clock.advance(days=8)
    assert (await tick(app)).ended == {RoundState.RELEASED: 2}
    assert (await opened(app, raised, receipt)).json()["answer"] is not None


async def test_one_receipt_leaves_nothing_in_common_in_two_rounds(app: Running) -> None:
    """Not even where another client sends one tag to both: the stored tag is a hash of tag and round."""
    receipt = new_receipt()
    raised = [await raise_request(app.client) for _ in range(2)]
    assert tag_in(raised[0], receipt) != tag_in(raised[1], receipt)
    shared = tag_in(raised[0], receipt)
    for one in raised:
        for number, code in enumerate(codes(one)):
            tag = {"receipt_tag": shared} if number == 0 else {}
            given = a_sealed_answer(advice=f"the first {number == 0}")
            assert (await send(app.client, round_id(one), code, given, **tag)).status_code == 201
    app.clock.advance(days=8)
    assert (await tick(app)).ended == {RoundState.RELEASED: 2}
    for one in raised:
        body = {"round_id": round_id(one), "receipt_tag": shared}
        found = (await app.client.post("/v1/mailbox", json=body)).json()
        assert found["answer"]["advice"] == "the first True"
    # Two rows of one tag would be one.
    stored = await app.ctx.db.read(lambda session: session.scalars(select(MailboxRow.tag)).all())
    assert len(stored) == 6
    body = {"round_id": str(uuid4()), "receipt_tag": shared}
    assert (await app.client.post("/v1/mailbox", json=body)).json()["answer"] is None


async def test_a_repetition_with_another_receipt_is_no_repetition(app: Running) -> None:
    raised = await raise_request(app.client)
    once = nonce()
    for receipt, status in ((None, 201), (None, 200), (new_receipt(), 409)):
        tag = {"receipt_tag": tag_in(raised, receipt)} if receipt else {}
        sent = await send(app.client, round_id(raised), codes(raised)[0], a_sealed_answer(), once, **tag)
        assert sent.status_code == status
