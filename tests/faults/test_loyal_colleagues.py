"""An employer with its own mail server and two loyal interviewers learns nothing about the third before the end, nor of
the end itself: whether the target answers, declines or stays silent, and on which day, every page, status and mail that
the employer sees is the same on every day.
"""

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.blinding.receipt import Receipt, new_receipt
from tests.applications import story as offers
from tests.delivery.post import ADA, MAILED, Mailbox, code_in, confirm, raise_mailed, work
from tests.faults.fetching import press
from tests.faults.test_same_mail import _RANDOM, _read
from tests.rounds.blind_people import an_answer, answer, claim, token_of
from tests.support.app import Running, an_app, nonce, raise_request, send, tick
from tests.support.databases import fresh_sqlite
from tests.support.neutral_ats import Acme, connect
from tests.vocabulary.builders import a_sealed_answer

pytestmark = pytest.mark.usefixtures("libsodium")

MANAGER = {"name": "Ada Ruiz", "email": ADA}
# What the target does, by day. A blind round takes claims and declines on days 0 and 1, answers from day 2.
TRUTHS: dict[str, dict[int, str]] = {
    "silent": {},
    "answers on day 1": {1: "answer"},
    "answers on day 5": {5: "answer"},
    "declines on day 0": {0: "decline"},
    "declines on day 1": {1: "decline"},
}
BLIND_TRUTHS: dict[str, dict[int, str]] = {
    "silent": {},
    "claims and never answers": {0: "claim"},
    "answers on day 2": {0: "claim", 2: "answer"},
    "answers on day 6": {1: "claim", 6: "answer"},
    "declines on day 1": {1: "decline"},
}
# The days on which mail goes to the company.
MAIL_DAYS = {
    "ATS, sealed": [0, 3, 6, 8],
    "manager, sealed": [0, 8],
    "manager, blind": [0, 8],
    "candidate, blind": [0, 2, 5, 8],
}
# To the closing on day 8, then around the day on which the manager's link ends.
DAYS = (0, 1, 2, 3, 5, 6, 7, 8, 38, 39)


# The commitment to the random key of a blind round, in its links.
_KEY = re.compile(r"(?:\b|%26)k(?:=|%3D)[\w-]+")


@dataclass
class Employer:
    """A round as its employer sees it: everyone's code, since the loyal forward theirs, and the manager's."""

    app: Running
    mailbox: Mailbox
    request: str
    round: str
    manager: str
    codes: list[str]
    blind: bool
    ats: Acme | None = None


async def _of_ats(app: Running, mailbox: Mailbox) -> Employer:
    story = offers.Story(await connect(app), mailbox)
    raised = await story.accepted(offers.met_by(*offers.PANEL, job=offers.a_job()))
    codes = [code_in(mailbox.to(address)[0]) for address in offers.PANEL]
    manager = code_in(mailbox.to(offers.ADA)[0])
    return Employer(app, mailbox, raised["id"], raised["rounds"][0]["id"], manager, codes, blind=False, ats=story.ats)


async def _of_manager(app: Running, mailbox: Mailbox, mode: str) -> Employer:
    raised = await raise_mailed(app, invitees=None, manager=MANAGER)
    await confirm(app, mailbox)
    manager = code_in(mailbox.to(ADA)[0])
    body = {"code": manager, "nonce": nonce(), "people": 3, "shape": "single", "mode": mode}
    opened = await app.client.post(f"/v1/manager/{raised['id']}/panels", json=body)
    assert opened.status_code == 201, opened.text
    codes = [link["code"] for link in opened.json()["links"]]
    return Employer(app, mailbox, raised["id"], opened.json()["round"]["id"], manager, codes, blind=mode == "blind")


async def _of_candidate(app: Running, mailbox: Mailbox) -> Employer:
    raised = await raise_request(app.client, **MAILED, manager=MANAGER, anonymity={"mode": "blind", "k": 3})
    await confirm(app, mailbox)
    codes = [code_in(mailbox.to(person["email"])[0]).partition("&")[0] for person in MAILED["invitees"]]
    manager = code_in(mailbox.to(ADA)[0])
    return Employer(app, mailbox, raised["id"], raised["rounds"][0]["id"], manager, codes, blind=True)


WORLDS: dict[str, Callable[[Running, Mailbox], Awaitable[Employer]]] = {
    "ATS, sealed": _of_ats,
    "manager, sealed": lambda app, mailbox: _of_manager(app, mailbox, "sealed"),
    "manager, blind": lambda app, mailbox: _of_manager(app, mailbox, "blind"),
    "candidate, blind": _of_candidate,
}


async def _act(at: Employer, what: str, code: str, receipt: Receipt) -> None:
    path = f"/v1/rounds/{at.round}"
    if what == "decline":
        body = {"code": code, "nonce": nonce(), "reason": "no_time", "understood": True}
        response = await at.app.client.post(f"{path}/declines", json=body)
    elif what == "claim":
        response = await claim(at.app, path, code, receipt)
    elif at.blind:
        response = await answer(at.app, path, await token_of(at.app, path, receipt), an_answer())
    else:
        response = await send(at.app.client, at.round, code, a_sealed_answer())
    assert response.status_code == 201, response.text


async def _seen(at: Employer) -> dict[str, str]:
    """Return what the employer sees on an evening, without what is random."""
    shown = {
        "manager": await at.app.client.post(f"/v1/manager/{at.request}/view", json={"code": at.manager}),
        "manager's page": await press(at.app, f"/q/{at.request}", code=at.manager),
    }
    for number, code in enumerate(at.codes):
        shown[f"form {number}"] = await at.app.client.post(f"/v1/rounds/{at.round}/form", json={"code": code})
    shown["page"] = await press(at.app, f"/r/{at.round}", code=at.codes[0])
    if at.ats is not None:
        shown["status"] = await at.ats.ask("GET", "/applications/a1/feedback-status")
    words = re.search(r'"words": ?"([^"]+)"', shown["manager"].text)
    texts = {name: f"{one.status_code} {one.text}" for name, one in shown.items()}
    # The key of a blind round is random, and so are its words.
    secret = words[1] if words else "no words"
    texts = {name: _RANDOM.sub("*", _KEY.sub("*", text.replace(secret, "words"))) for name, text in texts.items()}
    # Not the length: where lines are folded depends on the random parts.
    arrived = [
        f"{to} {_KEY.sub('*', _read(message.as_bytes()).partition(', ')[2])}"
        for to, message in at.mailbox.sent
        if "acme" in to
    ]
    at.mailbox.sent.clear()
    return texts | {"mails": "\n".join(sorted(arrived))}


def _parting(one: str, other: str) -> tuple[str, str]:
    """Return where two texts part."""
    at = next((at for at, (mine, theirs) in enumerate(zip(one, other, strict=False)) if mine != theirs), 0)
    return one[max(0, at - 40) : at + 40], other[max(0, at - 40) : at + 40]


@asynccontextmanager
async def _fresh_app(folder: Path) -> AsyncIterator[Running]:
    folder.mkdir()
    with fresh_sqlite(Path(os.environ["DEBRIEF_TEST_TEMPLATES"]), folder) as url:
        async with an_app(url, folder) as app:
            yield app


async def _story(app: Running, world: str, truth: dict[int, str]) -> list[dict[str, str]]:
    """Play a round to its end and beyond; return each evening. The two loyal ones act as soon as they can."""
    at = await WORLDS[world](app, Mailbox())
    target, *loyal = [(code, new_receipt()) for code in at.codes]
    theirs = {0: "claim", 2: "answer"} if at.blind else {0: "answer"}
    evenings = []
    passed = 0
    for day in DAYS:
        app.clock.advance(days=day - passed)
        passed = day
        for acts, people in ((theirs, loyal), (truth, [target])):
            for code, receipt in people if day in acts else []:
                await _act(at, acts[day], code, receipt)
        await tick(app)
        noon = app.clock.at
        # A mail of the first day of answers goes at a random moment before midnight.
        app.clock.at = noon.replace(hour=23, minute=59, second=59)
        await work(app, at.mailbox)
        app.clock.at = noon
        evenings.append(await _seen(at))
    return evenings


@pytest.mark.parametrize("world", WORLDS)
async def test_the_employer_sees_the_same_whatever_the_target_does(world: str, tmp_path: Path) -> None:
    told: dict[str, list[dict[str, str]]] = {}
    for number, (truth, acts) in enumerate((BLIND_TRUTHS if "blind" in world else TRUTHS).items()):
        async with _fresh_app(tmp_path / str(number)) as app:
            told[truth] = await _story(app, world, acts)
    silent = told.pop("silent")
    for truth, evenings in told.items():
        for day, seen, expected in zip(DAYS, evenings, silent, strict=True):
            differing = [(name, _parting(seen[name], text)) for name, text in expected.items() if seen[name] != text]
            assert differing == [], f"{truth}, day {day}"
    # There was something to see: mails on the days that were fixed, the end of the round, and that of the link.
    days_with_mail = [day for day, evening in zip(DAYS, silent, strict=True) if evening["mails"]]
    assert days_with_mail == MAIL_DAYS[world]
    assert [evening["form 0"][:3] for evening in silent] == ["200"] * 7 + ["410"] * 3
    assert '"state":"closed"' in silent[7]["manager"]
    assert [evening["manager"][:3] for evening in silent] == ["200"] * 9 + ["410"]
