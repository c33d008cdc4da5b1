"""Mailed requests: nobody gets mail before the candidate's address is confirmed, then all get it alike."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core.tokens import new_code
from app.delivery.mail.mailers import SendingFailed
from app.sealing.keystore import KeyName, Purpose
from tests.delivery.post import (
    ADA,
    BEN,
    CLEO,
    LIN,
    MAILED,
    OMAR,
    PANEL,
    Mailbox,
    code_in,
    confirm,
    days,
    raise_mailed,
    raised_and_confirmed,
    rows,
    text_of,
    work,
)
from tests.support.app import (
    Running,
    a_request,
    an_app,
    as_candidate,
    dump,
    nonce,
    raise_request,
    read_feedback,
    round_id,
    send,
    tick,
)
from tests.vocabulary.builders import a_sealed_answer

MANAGER = {"name": "Ada Ruiz", "email": ADA}


async def test_candidate_gets_their_own_link_by_mail(app: Running) -> None:
    mailbox = Mailbox()
    raised = await raise_request(app.client, candidate={"name": "Ben Ode", "email": BEN, "mail_link": True})
    assert raised["manage_token"] not in str(await dump(app))
    await work(app, mailbox)
    (mail,) = mailbox.to(BEN)
    assert f"/requests/{raised['id']}#m={raised['manage_token']}" in text_of(mail)
    # None of the candidate's words: nobody has confirmed the address yet.
    assert [word for word in ("Ben Ode", "Acme", "Technical writer") if word in text_of(mail)] == []
    # What was sent is wiped: from now on the server can't read the links again.
    assert [row.payload for row in await rows(app)] == [b""]
    confirmed = await app.client.post("/v1/address-confirmations", json={"code": code_in(mail)})
    assert confirmed.status_code == 200


async def test_own_link_can_be_mailed_only_to_an_address(app: Running) -> None:
    response = await app.client.post(
        "/v1/feedback-requests", json=a_request(candidate={"name": "Ben Ode", "mail_link": True})
    )
    assert [(one["pointer"], one["code"]) for one in response.json()["errors"]] == [("/candidate/email", "required")]


async def test_links_that_are_mailed_are_not_returned(app: Running) -> None:
    raised = await raise_mailed(app, manager=MANAGER)
    assert (raised["links"], raised["thank_you_note"]) == ([], None)
    assert (raised["delivery"], raised["address_confirmed"]) == ("mail", False)
    # Nor later: no copy of them is kept.
    again = await app.client.get(f"/v1/feedback-requests/{raised['id']}/links", headers=as_candidate(raised))
    assert again.json() == {"links": []}
    assert (await dump(app))["link_copies"] == []


@pytest.mark.parametrize(
    ("over", "pointers"),
    [
        ({"candidate": {"name": "Ben Ode"}}, ["/candidate/email"]),
        ({"manager": {"name": "Ada Ruiz"}}, ["/manager/email"]),
        ({"invitees": [PANEL[0], {"role": "recruiter"}]}, ["/invitees/1/email"]),
        ({"invitees": [PANEL[0], {"role": "recruiter", "email": BEN}]}, ["/invitees/1/email"]),
    ],
)
async def test_mail_needs_addresses(app: Running, over: dict[str, Any], pointers: list[str]) -> None:
    before = await dump(app)
    response = await app.client.post("/v1/feedback-requests", json=a_request(**MAILED | over))
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == pointers
    assert await dump(app) == before


async def test_a_server_without_mail_says_so(database_url: str, tmp_path: Any) -> None:
    secrets: Any = {name: uuid4().hex + uuid4().hex for name in ("secret_key", "operator_key")}
    async with an_app(
        database_url,
        tmp_path,
        environment="production",
        base_url="https://debrief.example",
        anonymous_rate=100,
        raise_rate=100,
        connection_rate=100,
        recipient_rate=100,
        **secrets,
    ) as app:
        response = await app.client.post("/v1/feedback-requests", json=a_request(**MAILED))
        assert [error["code"] for error in response.json()["errors"]] == ["not_available"]
        own = {"name": "Ben Ode", "email": BEN, "mail_link": True}
        response = await app.client.post("/v1/feedback-requests", json=a_request(candidate=own))
        assert [error["pointer"] for error in response.json()["errors"]] == ["/candidate/mail_link"]
        assert "Mail me my link" not in (await app.client.get("/", headers={"Accept": "text/html"})).text
        assert (await app.client.get("/dev/mail")).status_code == 404


async def test_confirmation_holds_everything(app: Running, mailbox: Mailbox) -> None:
    await raise_mailed(app, manager=MANAGER)
    for _ in range(7):
        await work(app, mailbox)
        await tick(app)
        app.clock.advance(days=1)
    assert mailbox.receivers == [BEN]
    assert "Ben" not in text_of(mailbox.sent[0][1])


async def test_after_confirmation_everyone_is_invited_once(app: Running, mailbox: Mailbox) -> None:
    raised = await raised_and_confirmed(app, mailbox, manager=MANAGER)
    assert mailbox.receivers == sorted([BEN, ADA, OMAR, LIN, CLEO])
    shown = await app.client.get(f"/v1/feedback-requests/{raised['id']}", headers=as_candidate(raised))
    assert shown.json()["address_confirmed"] is True
    for address in (OMAR, LIN, CLEO):
        form = await app.client.post(
            f"/v1/rounds/{round_id(raised)}/form", json={"code": code_in(mailbox.to(address)[0])}
        )
        assert form.status_code == 200
    view = await app.client.post(f"/v1/manager/{raised['id']}/view", json={"code": code_in(mailbox.to(ADA)[0])})
    assert view.status_code == 200


async def test_confirming_is_the_same_each_time_and_unknown_codes_are_refused(app: Running, mailbox: Mailbox) -> None:
    await raise_mailed(app)
    await work(app, mailbox)
    code = code_in(mailbox.to(BEN)[0])
    before = await dump(app)
    for wrong in (new_code(), "no code", "", code[:-1]):
        response = await app.client.post("/v1/address-confirmations", json={"code": wrong})
        assert (response.status_code, response.json()["code"]) == (404, "unknown_code")
    assert (await app.client.get("/confirm")).status_code == 200
    assert await dump(app) == before
    first = await app.client.post("/v1/address-confirmations", json={"code": code.lower(), "pad": "x"})
    again = await app.client.post("/v1/address-confirmations", json={"code": code})
    assert (first.content, first.status_code) == (again.content, again.status_code) == (b'{"status":"confirmed"}', 200)


async def test_the_form_confirms_without_a_script(app: Running, mailbox: Mailbox) -> None:
    await raise_mailed(app)
    await work(app, mailbox)
    assert (await app.client.post("/confirm", data={"code": "wrong"})).status_code == 404
    response = await app.client.post("/confirm", data={"code": code_in(mailbox.to(BEN)[0])})
    assert response.status_code == 200
    await work(app, mailbox)
    assert mailbox.to(OMAR)


async def test_the_candidate_is_told_once_whatever_came(app: Running, mailbox: Mailbox) -> None:
    texts = []
    for answering in (0, 3):
        raised = await raised_and_confirmed(app, mailbox)
        for address in (OMAR, LIN, CLEO)[:answering]:
            await send(app.client, round_id(raised), code_in(mailbox.to(address)[-1]), a_sealed_answer())
        mailbox.sent.clear()
        await days(app, mailbox, 8)
        assert (await read_feedback(app.client, raised))["state"] == ("released" if answering else "withheld")
        (notice,) = mailbox.to(BEN)
        texts.append((str(notice["Subject"]), text_of(notice).replace(raised["id"], "")))
        assert "#" not in text_of(notice)
        mailbox.sent.clear()
        await days(app, mailbox, 3)
        assert mailbox.sent == []
    assert texts[0] == texts[1]


async def test_without_a_confirmed_address_nobody_is_told(app: Running, mailbox: Mailbox) -> None:
    await raise_mailed(app)
    await raise_request(app.client)
    await days(app, mailbox, 9)
    assert mailbox.receivers == [BEN]
    assert {row.state for row in await rows(app)} <= {"sent", "cancelled"}


async def test_an_address_is_confirmed_where_links_are_handed_over_too(app: Running, mailbox: Mailbox) -> None:
    raised = await raise_request(app.client, candidate={"name": "Ben Ode", "email": BEN}, invitees=PANEL)
    await confirm(app, mailbox)
    assert mailbox.receivers == [BEN]
    mailbox.sent.clear()
    await days(app, mailbox, 9)
    assert mailbox.receivers == [BEN]
    assert len(raised["links"]) == 3


@pytest.mark.parametrize("how", ["nobody", "all", "manager declined", "manager answered"])
async def test_the_manager_is_asked_once_more_in_the_same_words_whatever_came(
    app: Running, mailbox: Mailbox, how: str
) -> None:
    raised = await raised_and_confirmed(app, mailbox, manager=MANAGER)
    own = {"code": code_in(mailbox.to(ADA)[0]), "nonce": nonce(), "understood": True}
    if how == "all":
        for address in (OMAR, LIN, CLEO):
            await send(app.client, round_id(raised), code_in(mailbox.to(address)[0]), a_sealed_answer())
    elif how != "nobody":
        answer = {"reasons": [{"code": "not_about_you"}], "signature": "The hiring team at Acme"}
        route, said = ("declines", {"reason": "no_time"}) if "declined" in how else ("team-answers", {"answer": answer})
        assert (await app.client.post(f"/v1/manager/{raised['id']}/{route}", json=own | said)).status_code == 201
    mailbox.sent.clear()
    await days(app, mailbox, 9)
    (last,) = mailbox.to(ADA)
    assert last["Subject"] == "Ben Ode: one minute, for the team"
    assert "has closed. If you have answered for the team: thank you! If not, you still can" in " ".join(
        text_of(last).split()
    )
    view = await app.client.post(f"/v1/manager/{raised['id']}/view", json={"code": code_in(last)})
    assert view.status_code == 200
    assert (await read_feedback(app.client, raised))["rounds"][0]["note_to_manager"] is None


async def test_where_debrief_has_no_address_the_candidate_gets_a_text(app: Running) -> None:
    raised = await raise_request(app.client, manager={"name": "Ada Ruiz"})
    app.clock.advance(days=8)
    await tick(app)
    (shown,) = (await read_feedback(app.client, raised))["rounds"]
    assert "Dear Ada Ruiz" in shown["note_to_manager"]["text"]
    assert "/q/" not in shown["note_to_manager"]["text"]


@pytest.mark.parametrize("end", ["withdrawal", "erasure", "closing"])
async def test_unsent_mail_goes_with_the_key(app: Running, mailbox: Mailbox, end: str) -> None:
    raised = await raised_and_confirmed(app, mailbox, manager=MANAGER)
    url = f"/v1/feedback-requests/{raised['id']}"
    if end == "withdrawal":
        await app.client.post(f"{url}/withdrawal", headers=as_candidate(raised))
    elif end == "erasure":
        await app.client.delete(url, headers=as_candidate(raised))
    else:
        app.clock.advance(days=8)
        await tick(app)
    left = await rows(app)
    if end == "erasure":
        assert left == []
    assert [row.kind for row in left if row.payload and row.key_purpose == "round"] == []
    mailbox.sent.clear()
    await days(app, mailbox, 9)
    assert [to for to in mailbox.receivers if to in {OMAR, LIN, CLEO}] == []


async def test_a_destroyed_key_silences_a_row_that_a_backup_brought_back(app: Running, mailbox: Mailbox) -> None:
    raised = await raise_mailed(app)
    await app.ctx.keys.destroy(KeyName(Purpose.ROUND, UUID(round_id(raised))))
    await confirm(app, mailbox)
    assert mailbox.receivers == [BEN]
    assert sum(row.state == "cancelled" for row in await rows(app)) == 3


async def test_a_lost_key_is_loud_and_loses_nothing(app: Running, mailbox: Mailbox) -> None:
    raised = await raise_mailed(app)
    await app.ctx.keys.discard(KeyName(Purpose.ROUND, UUID(round_id(raised))))
    await confirm(app, mailbox)
    waiting = [row for row in await rows(app) if row.last_error == "key_missing"]
    assert len(waiting) == 3
    assert {row.state for row in waiting} == {"waiting"}


async def test_sealed_rows_are_alike_and_closed(app: Running) -> None:
    await raise_mailed(app, manager=MANAGER)
    sealed = [row for row in await rows(app) if row.key_owner is not None]
    assert len({len(row.payload) for row in sealed}) == 1
    assert len(sealed) == 3 * 3 + 3 + 1
    everything = json.dumps(await dump(app)).lower()
    for word in (OMAR, LIN, CLEO, ADA, "omar", "haddad", "lin mei"):
        assert word not in everything
    # The test can fail: what stands in clear is found.
    assert BEN in everything


async def test_a_refused_address_stops_nobody(app: Running, mailbox: Mailbox) -> None:
    await raise_mailed(app)
    mailbox.fail = lambda to: SendingFailed("recipient_refused_550", permanent=True) if to == LIN else None
    await confirm(app, mailbox)
    assert mailbox.receivers == sorted([BEN, OMAR, CLEO])


async def test_the_note_to_the_manager_is_true_when_some_answers_show(app: Running) -> None:
    raised = await raise_request(app.client, manager={"name": "Ada Ruiz"})
    code = next(link["code"] for link in raised["links"] if link["role"] != "manager")
    await send(app.client, round_id(raised), code, a_sealed_answer(if_too_few="release"))
    app.clock.advance(days=8)
    await tick(app)
    (shown,) = (await read_feedback(app.client, raised))["rounds"]
    assert (shown["below_threshold"], len(shown["answers"])) == (True, 1)
    assert "The round has closed" in shown["note_to_manager"]["text"]
    assert "too few" not in shown["note_to_manager"]["text"].lower()
