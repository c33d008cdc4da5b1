"""Links and notes can be shown again until their round closes, to the holder of the token or code alone."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.orm import Session

from app.core.tokens import new_token
from app.requests.link_copies import KeptLink, open_copy
from app.sealing.envelope import Damaged, Kind, unseal
from app.sealing.keystore import KeyName, Purpose
from app.sealing.models import LinkCopyRow
from tests.support.app import (
    ADA,
    LIN,
    OMAR,
    Running,
    as_candidate,
    codes,
    dump,
    manager_code,
    nonce,
    raise_request,
    round_id,
    send,
    tick,
)
from tests.vocabulary.builders import a_sealed_answer

SIZE = 8 * 1024 + 33


async def again(app: Running, raised: dict[str, Any]) -> list[dict[str, Any]]:
    response = await app.client.get(f"/v1/feedback-requests/{raised['id']}/links", headers=as_candidate(raised))
    assert response.status_code == 200, response.text
    shown: list[dict[str, Any]] = response.json()["links"]
    return shown


async def messages(app: Running, raised: dict[str, Any], code: str | None = None) -> httpx.Response:
    return await app.client.post(
        f"/v1/manager/{raised['id']}/panel-messages", json={"code": code or manager_code(raised)}
    )


async def open_panel(app: Running, raised: dict[str, Any], **over: Any) -> dict[str, Any]:
    body = {"code": manager_code(raised), "nonce": nonce(), "people": 3, **over}
    response = await app.client.post(f"/v1/manager/{raised['id']}/panels", json=body)
    assert response.status_code in {201, 202}, response.text
    opened: dict[str, Any] = response.json()
    return opened


async def copies(app: Running) -> dict[UUID, bytes]:
    def read(session: Session) -> dict[UUID, bytes]:
        return {row.owner: row.ct for row in session.query(LinkCopyRow)}

    return await app.ctx.db.read(read)


async def test_candidate_gets_the_same_links_and_notes_again(app: Running) -> None:
    raised = await raise_request(app.client, manager=ADA)
    before = await dump(app)

    assert await again(app, raised) == raised["links"]
    assert await dump(app) == before


async def test_links_of_a_later_round_are_shown_again_too(app: Running) -> None:
    raised = await raise_request(app.client)
    later = {"stage": "after_references", "invitees": [OMAR, LIN], "anonymity": {"mode": "sealed"}}
    opened = await app.client.post(
        f"/v1/feedback-requests/{raised['id']}/rounds", json=later, headers=as_candidate(raised)
    )

    shown = {link["url"] for link in await again(app, raised)}
    assert shown == {link["url"] for link in [*raised["links"], *opened.json()["links"]]}


async def test_another_token_gets_nothing(app: Running) -> None:
    raised, other = await raise_request(app.client), await raise_request(app.client)
    path = f"/v1/feedback-requests/{raised['id']}/links"
    refused = [
        await app.client.get(path, headers=headers)
        for headers in (as_candidate(other), {}, {"Authorization": f"Bearer {new_token('dm')}"})
    ]
    assert [answer.status_code for answer in refused] == [404, 401, 404]


async def test_a_copy_needs_the_token_and_the_key(app: Running) -> None:
    raised = await raise_request(app.client)
    name = KeyName(Purpose.ROUND, UUID(round_id(raised)))
    [(owner, ct)] = (await copies(app)).items()
    key = await app.ctx.keys.find(name)
    assert key is not None

    # The server alone, with its database and all its keys.
    for secret in (new_token("dm"), "", raised["manage_token"][:-1]):
        assert await open_copy(app.ctx.keys, name, secret, ct) == []
    for known in (key, key[::-1]):
        with pytest.raises(Damaged):
            unseal(known, Kind.LINKS, owner, ct)
    opened = await open_copy(app.ctx.keys, name, raised["manage_token"], ct)
    assert [link.code for link in opened] == codes(raised)
    # A dump with the token, once the key is gone.
    await app.ctx.keys.destroy(name)
    assert await open_copy(app.ctx.keys, name, raised["manage_token"], ct) == []
    assert await again(app, raised) == []


async def test_all_copies_have_one_length_and_none_changes(app: Running) -> None:
    long = [{"role": "interviewer", "name": "\U0001f98a" * 79 + "a"} for _ in range(10)]
    raised = await raise_request(app.client, invitees=long, manager=ADA)
    await raise_request(app.client, invitees=[{}])
    before = await copies(app)
    assert {len(ct) for ct in before.values()} == {SIZE}
    assert len(before) == 3

    await send(app.client, round_id(raised), codes(raised)[0], a_sealed_answer())
    assert await again(app, raised) == raised["links"]
    assert await copies(app) == before


async def test_copy_ends_with_its_round(app: Running) -> None:
    raised = await raise_request(app.client, manager=ADA)
    app.clock.advance(days=30)
    await tick(app)
    assert [link["role"] for link in await again(app, raised)] == ["manager"]
    assert set(await copies(app)) == {UUID(raised["id"])}
    # With the manager's link, the last of them.
    app.clock.advance(days=30)
    await tick(app)
    assert await copies(app) == {}
    assert await again(app, raised) == []


async def test_withdrawal_and_erasure_delete_all_copies(app: Running) -> None:
    for method, path in (("POST", "/withdrawal"), ("DELETE", "")):
        raised = await raise_request(app.client, manager=ADA)
        await open_panel(app, raised)
        assert len(await copies(app)) == 3
        ended = await app.client.request(
            method, f"/v1/feedback-requests/{raised['id']}{path}", headers=as_candidate(raised)
        )
        assert ended.status_code == 204
        assert await copies(app) == {}


async def test_message_is_shown_to_whoever_holds_the_managers_link(app: Running) -> None:
    raised = await raise_request(app.client, manager=ADA, invitees=None)
    opened = await open_panel(app, raised, people=4)

    for code in (manager_code(raised), manager_code(raised).lower()):
        shown = await messages(app, raised, code)
        assert shown.json() == {"panels": [opened]}
    # The candidate's token opens it no more than another code does.
    assert await again(app, raised) == raised["links"]
    wrong = await messages(app, raised, codes(await raise_request(app.client))[0])
    assert (wrong.status_code, wrong.json()["code"]) == (404, "unknown_link")

    app.clock.advance(days=30)
    await tick(app)
    assert (await messages(app, raised)).json() == {"panels": []}


async def test_single_links_of_a_panel_are_shown_again(app: Running) -> None:
    raised = await raise_request(app.client, manager=ADA, invitees=None)
    opened = await open_panel(app, raised, shape="single", mode="blind")
    assert (await messages(app, raised)).json() == {"panels": [opened]}


def test_older_copies_open() -> None:
    assert KeptLink.model_validate({"code": "A" * 26}) == KeptLink(code="A" * 26, role="", name=None, uses=1)
