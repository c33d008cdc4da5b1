"""Helpers of the ATS tests: a connection over HTTP, snapshots, offers and links."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.delivery.post import Mailbox, work
from tests.support.app import Running, nonce, tick

HEDDA = "hedda@candidates.test"
KATE, OMAR, LIN = "kate@acme.example", "omar@acme.example", "lin@acme.example"
ADA = "ada@acme.example"


@dataclass(frozen=True)
class Connected:
    """A connection, as its system knows it."""

    id: str
    key: str
    hook_url: str
    hook_secret: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


def as_operator(app: Running) -> dict[str, str]:
    """Return the headers of the operator."""
    return {"Authorization": f"Bearer {app.settings.operator_key.get_secret_value()}"}


async def a_connection(app: Running, *, settings: dict[str, Any] | None = None, **over: Any) -> Connected:
    """Create Acme's connection."""
    body = {"settings": {"company": "Acme", "company_domain": "acme.example", **(settings or {})}, **over}
    response = await app.client.post("/v1/connections", json=body, headers=as_operator(app))
    assert response.status_code == 201, response.text
    made = response.json()
    return Connected(made["id"], made["key"], made["hook_url"], made["hook_secret"])


async def find_problems(app: Running, connected: Connected) -> set[str]:
    """Return the codes of all problems that the connection check finds."""
    found = (await app.client.post(f"/v1/connections/{connected.id}/test", headers=as_operator(app))).json()
    return {one["code"] for one in found["missing"] + found["too_much"]}


def interviewer(email: str, name: str = "Kate Austen", **over: Any) -> dict[str, Any]:
    """Return an interviewer of Hedda."""
    first, _, last = name.partition(" ")
    return {"remote_id": email, "first_name": first, "last_name": last, "email": email, **over}


def an_interview(remote_id: str = "9128481", *people: dict[str, Any], **over: Any) -> dict[str, Any]:
    """Return an interview that took place two weeks ago."""
    return {
        "remote_id": remote_id,
        "start_at": "2026-11-05T14:00:00Z",
        "end_at": "2026-11-05T15:00:00Z",
        "status": "COMPLETE",
        "interviewers": list(people),
        **over,
    }


def a_snapshot(**over: Any) -> dict[str, Any]:
    """Return a snapshot of Hedda's rejected application."""
    return {
        "candidate": {
            "remote_id": "265788",
            "first_name": "Hedda",
            "last_name": "Porter",
            "email_addresses": [{"value": HEDDA, "email_address_type": "PERSONAL"}],
        },
        "job": {"remote_id": "371417", "name": "Designer", "hiring_managers": [interviewer(ADA, "Ada Ruiz")]},
        "application": {"status": "REJECTED", "rejected_at": "2026-11-20T12:00:00Z"},
        "interviews": [
            an_interview("1", interviewer(KATE), interviewer(OMAR, "Omar Haddad"), interviewer(LIN, "Lin Mei"))
        ],
        "interviews_complete": True,
        **over,
    }


async def put_application(app: Running, connected: Connected, remote_id: str = "265293", **over: Any) -> httpx.Response:
    """Send the snapshot of an application."""
    return await app.client.put(f"/v1/ats/applications/{remote_id}", json=a_snapshot(**over), headers=connected.headers)


async def the_offer(app: Running, mailbox: Mailbox, address: str = HEDDA) -> tuple[str, str]:
    """Run the due jobs. Return id and code of the latest mailed offer."""
    await tick(app)
    await work(app, mailbox)
    texts = [one.get_body(("plain",)).get_content() for one in mailbox.to(address)]  # type: ignore[union-attr]
    return read_offer(next(text for text in reversed(texts) if "/offer/" in text))


def read_offer(text: str) -> tuple[str, str]:
    """Return id and code of the offer in the text of a mail."""
    link = next(word for word in text.split() if "/offer/" in word and "#c=" in word)
    offer_id, _, code = link.rpartition("/offer/")[2].partition("#c=")
    return offer_id, code


async def accept_offer(app: Running, offer_id: str, code: str, **over: Any) -> dict[str, Any]:
    """Accept an offer. Return the body of the 201."""
    body = {"code": code, "nonce": nonce(), **over}
    response = await app.client.post(f"/v1/offers/{offer_id}/acceptance", json=body)
    assert response.status_code == 201, response.text
    accepted: dict[str, Any] = response.json()
    return accepted


def round_link(mailbox: Mailbox, address: str) -> tuple[str, str]:
    """Return round and code of the link that an interviewer received."""
    text = mailbox.to(address)[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    link = next(word for word in text.split() if "/r/" in word and "#c=" in word)
    round_id, _, code = link.rpartition("/r/")[2].partition("#c=")
    return round_id, code
