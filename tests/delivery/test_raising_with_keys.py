"""Requests raised with a key: a connection gets neither link nor token; other credentials are refused."""

from typing import Any

import pytest

from app.accounts.rules import Scope
from app.core.tokens import new_token
from tests.delivery.post import ADA, BEN, CLEO, LIN, MAILED, OMAR, Mailbox, code_in, text_of, work
from tests.support.app import Running, a_request, dump, nonce, raise_request
from tests.support.ats import Connected, a_connection, as_operator

PATH = "/v1/feedback-requests"
BODY = a_request(**MAILED | {"company": "Somebody else", "manager": {"name": "Ada Ruiz", "email": ADA}})


async def a_key(app: Running, made: Connected, *scopes: Scope) -> dict[str, str]:
    body = {"scopes": list(scopes), "retire": "never"}
    response = await app.client.post(f"/v1/connections/{made.id}/keys", json=body, headers=as_operator(app))
    return {"Authorization": f"Bearer {response.json()['key']}"}


@pytest.mark.parametrize(
    "credential",
    ["", "Bearer", "Bearer nonsense", "Basic eDp5", "unknown", "operator", "manage"],
)
async def test_a_credential_of_nobody_who_may_raise_is_refused(app: Running, credential: str) -> None:
    raised = await raise_request(app.client)
    known = {
        "unknown": f"Bearer {new_token('dk')}",
        "operator": as_operator(app)["Authorization"],
        "manage": f"Bearer {raised['manage_token']}",
    }
    before = await dump(app)

    headers = {"Authorization": known.get(credential, credential)}
    response = await app.client.post(PATH, json=a_request(), headers=headers)

    assert (response.status_code, response.json()["code"]) == (401, "connection_key_needed")
    assert await dump(app) == before


async def test_a_connection_gets_neither_link_nor_token(app: Running, mailbox: Mailbox) -> None:
    made = await a_connection(app)
    headers = made.headers | {"Idempotency-Key": nonce()}

    first, again = [await app.client.post(PATH, json=BODY, headers=headers) for _ in range(2)]

    assert (first.status_code, again.content) == (202, first.content)
    shown: dict[str, Any] = first.json()
    assert not {"manage_token", "links", "thank_you_note"} & set(shown)
    assert not any(secret in first.text for secret in ("#c=", "#m=", "dm_"))
    assert (shown["company"], shown["address_confirmed"]) == ("Acme", False)
    # Nobody but the candidate is written to, and not even the candidate has the token, before the address is proved.
    await work(app, mailbox)
    (question,) = mailbox.sent
    assert question[0] == BEN
    assert "Acme" in text_of(question[1])
    await app.client.post("/v1/address-confirmations", json={"code": code_in(question[1])})
    await work(app, mailbox)
    assert mailbox.receivers == sorted([BEN, BEN, ADA, OMAR, LIN, CLEO])
    token = text_of(mailbox.to(BEN)[1]).partition("#m=")[2].split()[0]
    own = await app.client.get(f"{PATH}/{shown['id']}", headers={"Authorization": f"Bearer {token}"})
    assert (own.status_code, own.json()["address_confirmed"]) == (200, True)
    assert (await app.client.get(f"{PATH}/{shown['id']}", headers=made.headers)).status_code == 401


async def test_what_a_connection_raises_is_mailed_and_needs_its_scope(app: Running) -> None:
    made = await a_connection(app)
    before = await dump(app)
    by_hand = await app.client.post(PATH, json=a_request(), headers=made.headers)
    assert [(one["pointer"], one["code"]) for one in by_hand.json()["errors"]] == [("/delivery", "mail_only")]
    assert await dump(app) == before
    reader = await a_key(app, made, Scope.REQUESTS_READ)
    refused = await app.client.post(PATH, json=BODY, headers=reader)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")


async def test_the_mails_of_a_test_connection_are_kept(app: Running, mailbox: Mailbox) -> None:
    made = await a_connection(app, is_test=True)
    assert (await app.client.post(PATH, json=BODY, headers=made.headers)).status_code == 202
    await work(app, mailbox)
    assert mailbox.sent == []
    assert len((await app.client.get("/v1/test-mails", headers=made.headers)).json()["data"]) == 1
