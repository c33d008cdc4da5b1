"""Five levels of scanners against every kind of link: none is spent by less than a complete valid answer or decline."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from app.rounds.box import Box
from app.rounds.box_store import find_box
from app.sealing.keystore import KeyName, Purpose, find_key
from tests.delivery.post import Mailbox, code_in, raise_mailed, text_of, work
from tests.e2e.machines import Level, press_everything, visit
from tests.e2e.people import Windows, url_of
from tests.support.app import ADA, OMAR, Running, as_candidate, codes, manager_code, raise_request, send, tick
from tests.vocabulary.builders import a_sealed_answer, a_signed_answer

pytestmark = pytest.mark.asyncio(loop_scope="session")

Check = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Followed:
    """A link that machines follow. `untouched` fails if anything came of it, `works` if a person can't use it."""

    link: str
    untouched: Check
    works: Check
    deep: int = 1


async def box_of(site: Running, round_id: str) -> Box:
    key = await find_key(site.ctx.keys, KeyName(Purpose.ROUND, UUID(round_id)))
    opened = await site.ctx.db.read(find_box, key, lock=False)
    assert opened is not None
    return opened.box


def asked(site: Running, round_id: str, link: str, given: list[str], *, signed: bool = False) -> Followed:
    """Return a link to answer: each use of its round is there, and brings an answer."""

    async def untouched() -> None:
        box = await box_of(site, round_id)
        assert sum(code.uses_left for code in box.codes) == len(given)
        assert [code for code in box.codes if code.marks or code.declined] == []
        assert box.ballots == []

    async def works() -> None:
        for code in given:
            answer = a_signed_answer() if signed else a_sealed_answer()
            assert (await send(site.client, round_id, code, answer)).status_code == 201

    return Followed(link, untouched, works)


async def sealed(site: Running) -> Followed:
    raised = await raise_request(site.client, worries=[{"text": "Only engineers"}])
    return asked(site, raised["rounds"][0]["id"], url_of(raised), codes(raised))


async def mangled(site: Running) -> Followed:
    raised = await raise_request(site.client)
    return asked(site, raised["rounds"][0]["id"], url_of(raised).replace("#", "%23"), codes(raised))


async def attributed(site: Running) -> Followed:
    raised = await raise_request(site.client, invitees=[OMAR])
    return asked(site, raised["rounds"][0]["id"], url_of(raised), codes(raised), signed=True)


async def team(site: Running) -> Followed:
    raised = await raise_request(site.client, manager=ADA, invitees=None)
    people = {"nonce": "n" * 22, "stage": "after_decision", "people": 3, "shape": "team"}
    path = f"/v1/manager/{raised['id']}/panels"
    panel = (await site.client.post(path, json={"code": manager_code(raised), **people})).json()
    (link,) = panel["links"]
    return asked(site, panel["round"]["id"], link["url"], [link["code"]] * 3)


async def manager(site: Running) -> Followed:
    raised = await raise_request(site.client, manager=ADA)
    path = f"/v1/manager/{raised['id']}"

    async def untouched() -> None:
        view = (await site.client.post(f"{path}/view", json={"code": manager_code(raised)})).json()
        assert view["declined"] is None
        assert len(view["rounds"]) == 1

    async def works() -> None:
        answer = a_signed_answer(signature="The hiring team at Acme").model_dump(mode="json", exclude_none=True)
        body = {"code": manager_code(raised), "nonce": "n" * 22, "stage": "after_decision", "understood": True}
        response = await site.client.post(f"{path}/team-answers", json={**body, "answer": answer})
        assert response.status_code == 201, response.text

    (link,) = [link["url"] for link in raised["links"] if link["role"] == "manager"]
    return Followed(link, untouched, works, deep=2)


async def confirmation(site: Running) -> Followed:
    raised, mailbox = await raise_mailed(site), Mailbox()
    await work(site, mailbox)
    ((_, mail),) = mailbox.sent

    async def is_confirmed() -> bool:
        shown = await site.client.get(f"/v1/feedback-requests/{raised['id']}", headers=as_candidate(raised))
        found: bool = shown.json()["address_confirmed"]
        return found

    async def untouched() -> None:
        assert not await is_confirmed()

    async def works() -> None:
        response = await site.client.post("/v1/address-confirmations", json={"code": code_in(mail)})
        assert response.status_code == 200
        assert await is_confirmed()

    (link,) = [word for word in text_of(mail).split() if "#c=" in word]
    return Followed(link, untouched, works)


# One press says all that there is to say: a machine that presses the button of the candidate's own mail confirms their
# address, as they would; the mail can be trusted to have arrived. It takes nothing from them.
DECLARED: set[tuple[Any, Level]] = {(confirmation, Level.PRESS), (confirmation, Level.FILL)}
# How many buttons there are at least.
LEAST: dict[Any, int] = {manager: 12, confirmation: 1}


@pytest.mark.parametrize("kind", [sealed, mangled, attributed, team, manager, confirmation])
async def test_no_link_is_spent(
    windows: Windows, site: Running, kind: Callable[[Running], Awaitable[Followed]]
) -> None:
    followed = await kind(site)
    window = await windows.new(accept_downloads=True)
    done: dict[Level, int] = {}
    for level in Level:
        done[level] = await visit(level, window, site, followed.link, deep=followed.deep)
        if (kind, level) not in DECLARED:
            await followed.untouched()
    # They did press: all that there is.
    assert min(done[Level.PRESS], done[Level.FILL]) >= LEAST.get(kind, 3), done
    await followed.works()


async def test_no_panel_is_closed(windows: Windows, site: Running) -> None:
    raised = await raise_request(site.client, manager={"name": "Ada Ruiz"}, invitees=None)
    people = {"code": manager_code(raised), "nonce": "n" * 22, "stage": "after_decision", "people": 3, "shape": "team"}
    panel = (await site.client.post(f"/v1/manager/{raised['id']}/panels", json=people)).json()
    assert await press_everything(await windows.new(), url_of(raised), deep=1) == 5
    await tick(site, days=2)
    for _ in range(3):
        code = panel["links"][0]["code"]
        assert (await send(site.client, panel["round"]["id"], code, a_sealed_answer())).status_code == 201
    shown = await site.client.get(f"/v1/feedback-requests/{raised['id']}", headers=as_candidate(raised))
    assert shown.json()["rounds"][0]["state"] == "collecting"
