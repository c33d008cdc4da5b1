"""People in a blind round, each with a link and a receipt."""

from typing import Any
from uuid import UUID

import httpx

from app.blinding import client as blind
from app.blinding.messages import TokenUse
from app.blinding.receipt import Receipt, new_receipt
from tests.support.app import Running, codes, raise_request, round_id
from tests.vocabulary.builders import a_sealed_answer

PEOPLE = 3
BLIND = {"mode": "blind", "k": 3}


def an_answer(**over: Any) -> dict[str, Any]:
    return a_sealed_answer(**over).model_dump(mode="json", exclude_none=True)


async def claim(app: Running, path: str, code: str, receipt: Receipt, **over: Any) -> httpx.Response:
    blinded = blind.blinded(receipt, UUID(path.rpartition("/")[2]))
    return await app.client.post(f"{path}/claims", json={"code": code, "blinded": blinded, "understood": True, **over})


async def token_of(app: Running, path: str, receipt: Receipt) -> blind.Token:
    """Find one's own evaluation among all, as a client does that has nothing but its receipt and its link."""
    id_ = UUID(path.rpartition("/")[2])
    key = (await app.client.get(f"{path}/key")).json()
    listed = (await app.client.get(f"{path}/evaluations")).json()
    mine = next(one for one in listed["evaluations"] if one["blinded"] == blind.blinded(receipt, id_))
    return blind.unblind(
        receipt,
        id_,
        evaluated=mine["evaluated"],
        proof=mine["proof"],
        public_key=listed["public_key"],
        commitment=key["commitment"],
    )


async def answer(app: Running, path: str, token: blind.Token, given: dict[str, Any], **over: Any) -> httpx.Response:
    body = {**token.shown_for(TokenUse.ANSWER, given), "answer": given, **over}
    return await app.client.post(f"{path}/answers", json=body)


async def raised_blind(app: Running, **over: Any) -> tuple[dict[str, Any], str]:
    raised = await raise_request(app.client, anonymity=BLIND, **over)
    return raised, f"/v1/rounds/{round_id(raised)}"


async def claimed_by_all(app: Running) -> tuple[dict[str, Any], str, list[Receipt]]:
    raised, path = await raised_blind(app)
    receipts = [new_receipt() for _ in range(PEOPLE)]
    for code, receipt in zip(codes(raised), receipts, strict=True):
        assert (await claim(app, path, code, receipt)).status_code == 201
    app.clock.advance(days=2)
    return raised, path, receipts
