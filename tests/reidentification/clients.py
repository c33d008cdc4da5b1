"""The people's clients: what shipped ones send, padded as they pad it, through a proxy that writes its log."""

import json
from dataclasses import dataclass, field
from datetime import date
from email import message_from_bytes
from email.policy import SMTP
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from app.blinding.client import Token, blinded, unblind
from app.blinding.messages import TokenUse
from app.blinding.receipt import Receipt, new_receipt
from app.context import Context
from app.core.settings import Settings
from app.core.tokens import new_code
from app.main import create_app
from tests.reidentification.cast import Person
from tests.reidentification.proxy import Proxy, Shown, padded
from tests.reidentification.work import counted_work
from tests.support.app import FixedClock

# Wrong codes a minute and address; half as many at once.
LIMIT = 6
_JSON = {"content-type": "application/json"}


class Links(StrEnum):
    """How people get their links: from the candidate, by mail, or from the manager; then one each, or one for all.

    `ats`: by mail, after the employer's system has told of a rejection and the candidate has accepted the offer.
    """

    SINGLE = "single"
    MAIL = "mail"
    PANEL = "panel"
    TEAM = "team"
    ATS = "ats"

    @property
    def by_mail(self) -> bool:
        """Whether Debrief writes to everybody."""
        return self in (Links.MAIL, Links.ATS)

    @property
    def by_manager(self) -> bool:
        """Whether the manager asks, and not the candidate."""
        return self in (Links.PANEL, Links.TEAM)


@dataclass
class Desk:
    """From where everybody asks the service: one proxy; who asks is told by the address."""

    proxy: Proxy
    # Of the employer's connection, if there is one: what its system can see, an adversary sees.
    connection_key: str = ""

    async def connect(self, operator_key: str) -> None:
        """Make the employer's connection."""
        body = {"settings": {"company": "Acme", "company_domain": "acme.example", "hold_hours": 0}}
        headers = _JSON | {"authorization": f"Bearer {operator_key}"}
        made = await self.proxy.ask("127.0.0.1", "POST", "/v1/connections", headers, json.dumps(body).encode())
        assert made.status_code == 201, made.text
        self.connection_key = made.json()["key"]

    async def get(self, ip: str, path: str, token: str | None = None) -> Shown:
        """Fetch something."""
        return await self.proxy.ask(ip, "GET", path, {"authorization": f"Bearer {token}"} if token else {})

    async def post(self, ip: str, path: str, body: dict[str, Any], *, pad: bool = True) -> Shown:
        """Send something: on anonymous routes, as long as everything that is sent there."""
        content = json.dumps(body, ensure_ascii=False).encode()
        return await self.proxy.ask(ip, "POST", path, _JSON, padded(content) if pad else content)

    async def tell(self, ip: str, path: str, body: dict[str, Any]) -> Shown:
        """Tell something as the employer's system."""
        headers = _JSON | {"authorization": f"Bearer {self.connection_key}"}
        return await self.proxy.ask(ip, "PUT", path, headers, json.dumps(body).encode())


def open_desk(settings: Settings, ctx: Context, clock: FixedClock) -> Desk:
    """Put the proxy before the real application."""
    return Desk(Proxy(create_app(settings, context=ctx), clock, settings.base_url))


@dataclass
class Round:
    """A round as its people and the harness know it. Nothing of `people` but the invitees goes to an adversary."""

    index: int
    people: list[Person]
    candidate_ip: str
    candidate_address: str
    stranger_ip: str
    id: str = ""
    application_id: str = ""
    # Of each look at the form: how many steps our code took.
    work: list[int] = field(default_factory=list)
    # What nobody should have been able to see.
    traces: list[str] = field(default_factory=list)
    # What the employer's system was shown, step by step.
    employer: list[tuple[int, bytes]] = field(default_factory=list)
    request_id: str = ""
    manage_token: str = ""
    commitment: str = ""
    tokens: dict[int, Token] = field(default_factory=dict)
    watched: list[tuple[int, bytes]] = field(default_factory=list)
    # (person, what was asked, status, length, body): what a holder of all links gets.
    probes: list[tuple[int, str, int, int, bytes]] = field(default_factory=list)

    @property
    def path(self) -> str:
        """Return where the routes of its links are."""
        return f"/v1/rounds/{self.id}"

    @property
    def uuid(self) -> UUID:
        """Return its id as the clients of a blind round need it."""
        return UUID(self.id)

    async def look(self, desk: Desk, step: int) -> None:
        """Let the candidate read what there is to read."""
        shown = await desk.get(
            self.candidate_ip, f"/v1/feedback-requests/{self.request_id}/feedback", self.manage_token
        )
        self.watched.append((step, shown.content))
        if desk.connection_key:
            told = await self._ask_as_employer(desk)
            self.employer.append((step, told))

    async def _ask_as_employer(self, desk: Desk) -> bytes:
        paths = (f"applications/{self.remote_id}/feedback-status", "feedback-summary")
        shown = [await desk.get(self.stranger_ip, f"/v1/ats/{path}", desk.connection_key) for path in paths]
        return b"\n".join(one.content for one in shown)

    @property
    def remote_id(self) -> str:
        """Return by what the employer's system knows the application."""
        return f"application-{self.index}"


async def raise_round(desk: Desk, game: Round, *, mode: str, links: Links, closes_on: date) -> None:
    """Let the candidate ask, and everybody get their link; where Debrief mails them, that is not yet the end of it."""
    people = len(game.people)
    k = min(3, sum(person.part == "answers" for person in game.people))
    body: dict[str, Any] = {
        "candidate": {"name": "Ben Ode"},
        "company": "Acme",
        "role_title": "Technical writer",
        "own_question": "What should I learn next?",
        "closes_on": closes_on.isoformat(),
    }
    if links.by_manager:
        body["manager"] = {"name": "Ada Ruiz"}
    else:
        body["anonymity"] = {"mode": mode, "k": k}
        body["invitees"] = [{"role": "interviewer", "name": person.name} for person in game.people]
    if links is Links.MAIL:
        body |= {"delivery": "mail", "company_domain": "acme.example"}
        body["candidate"]["email"] = game.candidate_address
        for invited, person in zip(body["invitees"], game.people, strict=True):
            invited["email"] = person.address
    raised = await desk.post(game.candidate_ip, "/v1/feedback-requests", body, pad=False)
    assert raised.status_code == 201, raised.text
    request = raised.json()
    game.request_id, game.manage_token = request["id"], request["manage_token"]
    if links.by_manager:
        manager = next(link["code"] for link in request["links"] if link["role"] == "manager")
        shape = "team" if links is Links.TEAM else "single"
        panel = {"code": manager, "nonce": game.people[0].nonce[::-1], "people": people, "shape": shape, "mode": mode}
        opened = await desk.post(game.stranger_ip, f"/v1/manager/{game.request_id}/panels", panel)
        assert opened.status_code == 201, opened.text
        game.id, given = opened.json()["round"]["id"], opened.json()["links"]
        given = given * people if links is Links.TEAM else given
    else:
        game.id, given = request["rounds"][0]["id"], request["links"]
    for person, link in zip(game.people, given, strict=links is not Links.MAIL):
        person.code = link["code"]
        game.commitment = link["url"].partition("&k=")[2]


async def confirm(desk: Desk, game: Round, mailed: dict[str, str]) -> None:
    """Let the candidate confirm their address: now the people are written to."""
    code, _ = link_in(mailed[game.candidate_address])
    confirmed = await desk.post(game.candidate_ip, "/v1/address-confirmations", {"code": code}, pad=False)
    assert confirmed.status_code == 200, confirmed.text


def read_mail(game: Round, mailed: dict[str, str]) -> None:
    """Let everybody find their code in their mail."""
    for person in game.people:
        person.code, game.commitment = link_in(mailed[person.address])


def mails_in(folder: Path) -> dict[str, str]:
    """Return the text of the newest mail to each address."""
    found = {}
    for path in sorted(folder.glob("*.eml"), key=lambda one: one.stat().st_mtime_ns):
        message = message_from_bytes(path.read_bytes(), policy=SMTP)
        body = message.get_body(("plain",))
        assert body is not None
        found[message["To"].addresses[0].addr_spec] = body.get_content()
    return found


def receiver_of(path: Path) -> str:
    """Return the address that a mail went to."""
    to: str = message_from_bytes(path.read_bytes(), policy=SMTP)["To"].addresses[0].addr_spec
    return to


def link_in(text: str) -> tuple[str, str]:
    code, _, commitment = text.partition("#c=")[2].split()[0].partition("&k=")
    return code, commitment


async def open_link(desk: Desk, game: Round, person: Person) -> None:
    """Open the page, and let its script fetch the form."""
    await desk.get(person.ip, f"/r/{game.id}")
    await desk.post(person.ip, f"{game.path}/form", {"code": person.code})


async def check(desk: Desk, game: Round, person: Person) -> None:
    """Look once what the candidate would read, before sending it."""
    await desk.post(person.ip, f"{game.path}/preview", {"code": person.code, "answer": person.answer})


async def come_back(desk: Desk, game: Round, person: Person) -> tuple[int, ...]:
    """Open the page again, send the answer again, try another, and follow a link of the page: nothing is stored.

    Then a neighbour behind the same address tries wrong codes, to see in the limit whether somebody was there. Return
    the statuses that person and neighbour get.
    """
    await open_link(desk, game, person)
    await check(desk, game, person)
    again = await send_answer(desk, game, person)
    # Another nonce would take the next use of a team link.
    other = {"code": person.code, "nonce": person.nonce, "answer": {**person.answer, "advice": "Another one."}}
    refused = await desk.post(person.ip, f"{game.path}/answers", other)
    await desk.get(person.ip, "/docs")
    wrong = {"code": new_code()}
    guessed = [(await desk.post(person.ip, f"{game.path}/form", wrong)).status_code for _ in range(LIMIT // 2)]
    return again, refused.status_code, *guessed


async def send_answer(desk: Desk, game: Round, person: Person) -> int:
    """Send the answer of a sealed round."""
    body: dict[str, Any] = {"code": person.code, "nonce": person.nonce, "answer": person.answer}
    if person.receipt:
        body["receipt_tag"] = Receipt(person.receipt).tag(game.uuid)
    return (await desk.post(person.ip, f"{game.path}/answers", body)).status_code


async def decline(desk: Desk, game: Round, person: Person) -> int:
    """Decline, with a reason that many have."""
    body = {"code": person.code, "nonce": person.nonce, "reason": "company_policy", "understood": True}
    return (await desk.post(person.ip, f"{game.path}/declines", body)).status_code


async def probe(desk: Desk, game: Round, person: Person) -> None:
    """Ask everything of a link that spends nothing, as whoever holds all links could."""
    asked: dict[str, dict[str, Any]] = {
        "form": {"code": person.code},
        "preview": {"code": person.code, "answer": {"reasons": []}},
        "answers": {"code": person.code, "nonce": "n" * 22, "answer": {"reasons": []}},
    }
    shown = [("page", await desk.get(game.stranger_ip, f"/r/{game.id}"))]
    with counted_work() as work:
        await desk.post(game.stranger_ip, f"{game.path}/form", asked["form"])
    game.work.append(work[0])
    shown += [(kind, await desk.post(game.stranger_ip, f"{game.path}/{kind}", body)) for kind, body in asked.items()]
    for kind, response in shown:
        # A preview makes fresh ids each time.
        body = b"" if kind == "preview" else response.content
        game.probes.append((person.index, kind, response.status_code, len(response.content), body))


async def claim(desk: Desk, game: Round, person: Person) -> int:
    """Claim a token in a blind round, and check that it is the right key's."""
    receipt = Receipt(person.receipt) if person.receipt else new_receipt()
    person.receipt = receipt.secret
    element = {"code": person.code, "blinded": blinded(receipt, game.uuid), "understood": True}
    response = await desk.post(person.ip, f"{game.path}/claims", element)
    if response.status_code in {200, 201}:
        given = response.json()
        game.tokens[person.index] = unblind(
            receipt,
            game.uuid,
            evaluated=given["evaluated"],
            proof=given["proof"],
            public_key=given["public_key"],
            commitment=game.commitment,
        )
    return response.status_code


async def visit(desk: Desk, game: Round, person: Person) -> None:
    """Look whether somebody has replied, with the receipt."""
    ip = person.fresh_ip if game.tokens else person.ip
    await desk.post(ip, "/v1/mailbox", {"round_id": game.id, "receipt_tag": Receipt(person.receipt).tag(game.uuid)})


async def open_with_token(desk: Desk, game: Round, person: Person) -> None:
    """Open the page of the answer window, from a network that is not tied to the person."""
    await desk.get(person.fresh_ip, f"/r/{game.id}")
    token = game.tokens[person.index].shown_for(TokenUse.FORM)
    await desk.post(person.fresh_ip, f"{game.path}/form", dict(token))


async def send_with_token(desk: Desk, game: Round, person: Person) -> int:
    """Send the answer of a blind round."""
    token = game.tokens[person.index].shown_for(TokenUse.ANSWER, person.answer)
    return (await desk.post(person.fresh_ip, f"{game.path}/answers", {**token, "answer": person.answer})).status_code
