"""A released round with doubts, and the calls of the exchange about them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from app.blinding.receipt import Receipt, new_receipt
from tests.delivery.post import ADA, CLEO, LIN, OMAR, Mailbox, code_in, raised_and_confirmed, work
from tests.support.app import Running, as_candidate, codes, raise_request, read_feedback, round_id, send, tick
from tests.vocabulary.builders import a_sealed_answer, a_signed_answer

DOUBT = "You only write for engineers"
WORRY = {"text": "You may think that my English is weak"}
REPLY = {"kind": "correct_fact", "text": "I have written for general audiences for years."}


def a_doubt(statement: str = DOUBT, **over: Any) -> dict[str, Any]:
    return {"statement": statement, "source": "papers", "asked": "never_asked", "about": "communication", **over}


async def released(app: Running, links: list[str] | None = None, **over: Any) -> dict[str, Any]:
    """Raise a request, let everyone answer with a doubt and a worry that counted, and release the round."""
    raised = await raise_request(app.client, **{"worries": [WORRY], **over})
    await answer_all(app, raised, links or codes(raised))
    return raised


async def answer_all(app: Running, raised: dict[str, Any], links: list[str]) -> list[Receipt]:
    """Let everyone answer with a receipt, and release the round; return the receipts."""
    receipts = [new_receipt() for _ in links]
    for number, (code, receipt) in enumerate(zip(links, receipts, strict=True)):
        given = a_sealed_answer(
            concerns=[a_doubt(f"{DOUBT} ({number})")], worry_replies=[{"worry": 0, "played": "some"}]
        )
        sent = await send(app.client, round_id(raised), code, given, receipt_tag=receipt.tag(UUID(round_id(raised))))
        assert sent.status_code == 201
    app.clock.advance(days=8)
    await tick(app)
    return receipts


@dataclass(frozen=True)
class Mailed:
    """A released request of which Debrief mailed the links, with the codes and receipts of those asked."""

    raised: dict[str, Any]
    links: list[str]
    receipts: list[Receipt]
    manager: str


async def mailed(app: Running, mailbox: Mailbox, **over: Any) -> Mailed:
    """Raise a request by mail, let everyone answer, and release; forget what was mailed until then."""
    mailbox.sent.clear()
    raised = await raised_and_confirmed(
        app, mailbox, **{"manager": {"name": "Ada Ruiz", "email": ADA}, "worries": [WORRY], **over}
    )
    links = [code_in(mailbox.to(address)[0]) for address in (OMAR, LIN, CLEO)]
    manager = code_in(mailbox.to(ADA)[0])
    receipts = await answer_all(app, raised, links)
    await work(app, mailbox)
    mailbox.sent.clear()
    return Mailed(raised, links, receipts, manager)


async def signed(app: Running, **over: Any) -> dict[str, Any]:
    """Raise a request to one person, who answers with their name; after 15 minutes it shows."""
    raised = await raise_request(app.client, invitees=[{"role": "interviewer", "name": "Omar Haddad"}], **over)
    answer = a_signed_answer(concerns=[a_doubt()])
    assert (await send(app.client, round_id(raised), codes(raised)[0], answer)).status_code == 201
    app.clock.advance(minutes=16)
    return raised


async def concerns(app: Running, raised: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all concerns that the candidate reads, in the order of their ids."""
    feedback = await read_feedback(app.client, raised)
    found = [one for each in feedback["rounds"] for answer in each.get("answers", []) for one in answer["concerns"]]
    return sorted(found, key=lambda one: str(one["id"]))


async def reply(app: Running, raised: dict[str, Any], concern_id: str, **over: Any) -> httpx.Response:
    path = f"/v1/feedback-requests/{raised['id']}/concerns/{concern_id}/clarification"
    return await app.client.post(path, json={**REPLY, **over}, headers=as_candidate(raised))


async def replies(app: Running, raised: dict[str, Any], code: str) -> httpx.Response:
    return await app.client.post(f"/v1/rounds/{round_id(raised)}/replies", json={"code": code})
