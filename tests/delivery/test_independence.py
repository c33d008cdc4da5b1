"""Independence: which answers count towards k, by the address that their link was sent to."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rounds.company_domain import is_independent
from app.rounds.freemail_domains import PUBLIC_MAILBOXES
from tests.delivery.post import (
    ADA,
    BEN,
    CLEO,
    LIN,
    OMAR,
    PANEL,
    Mailbox,
    code_in,
    confirm,
    raise_mailed,
    rows,
    text_of,
    work,
)
from tests.support.app import ADA as ADA_BY_HAND
from tests.support.app import Running, manager_code, nonce, raise_request, read_feedback, round_id, send, tick
from tests.vocabulary.builders import a_sealed_answer

ELSEWHERE = {"role": "other", "name": "Dan", "email": "dan@home.example"}


@pytest.mark.parametrize(
    ("address", "company_domain", "candidate_email", "independent"),
    [
        ("omar@acme.example", "acme.example", BEN, True),
        # Another domain, such as that of alumni, even if the company owns it.
        ("omar@eu.acme.example", "acme.example", BEN, False),
        ("omar@alumni.acme.example", "acme.example", BEN, False),
        ("omar@eu.acme.example", "eu.acme.example", BEN, True),
        ("omar@acme.example", "acme.example", None, True),
        ("omar@acme.example", None, BEN, False),
        ("omar@notacme.example", "acme.example", BEN, False),
        ("omar@acme.example.evil.example", "acme.example", BEN, False),
        # A parent of the employer's domain may be anybody's.
        ("omar@acme.example", "eu.acme.example", BEN, False),
        ("omar@gmail.com", "gmail.com", BEN, False),
        ("omar@x.googlemail.com", "x.googlemail.com", BEN, False),
        ("omar@web.de", "web.de", BEN, False),
        # Suffixes below which anybody registers.
        ("omar@acme.co.uk", "co.uk", BEN, False),
        ("omar@acme.co.uk", "acme.co.uk", BEN, True),
        ("omar@evil.github.io", "github.io", BEN, False),
        ("omar@evil.github.io", "evil.github.io", BEN, False),
        ("omar@city.kawasaki.jp", "kawasaki.jp", BEN, False),
        ("omar@acme.uk.com", "acme.uk.com", BEN, False),
        ("omar@acme.kawasaki.jp", "x.acme.kawasaki.jp", BEN, False),
        # The candidate's own domain, above, below and beside.
        ("omar@work.ode.example", "work.ode.example", "ben@mail.ode.example", False),
        # A suffix has many owners: two names below it are not related.
        ("omar@acme.co.uk", "acme.co.uk", "ben@ode.co.uk", True),
        ("omar@ode.example", "ode.example", "ben@ode.example", False),
        ("omar@mail.ode.example", "mail.ode.example", "ben@ode.example", False),
        ("omar@ode.example", "ode.example", "ben@mail.ode.example", False),
    ],
)
def test_independence(address: str, company_domain: str | None, candidate_email: str | None, independent: bool) -> None:
    assert is_independent(address, company_domain, candidate_email) is independent


@given(st.sampled_from(sorted(PUBLIC_MAILBOXES)))
def test_no_public_mailbox_is_independent(provider: str) -> None:
    assert not is_independent(f"omar@{provider}", provider, BEN)


@pytest.mark.parametrize(
    ("invitees", "company_domain", "basis", "held", "caveat"),
    [
        (PANEL, "acme.example", "all", "none", "domain_named_by_candidate"),
        ([*PANEL, ELSEWHERE], "acme.example", "independent", "some", "domain_named_by_candidate"),
        ([*PANEL[:2], ELSEWHERE], "acme.example", "all", "some", "addresses_chosen_by_candidate"),
        (PANEL, None, "all", "all", "addresses_chosen_by_candidate"),
        (PANEL, "gmail.com", "all", "all", "addresses_chosen_by_candidate"),
    ],
)
async def test_the_promise_follows(
    app: Running, invitees: list[Any], company_domain: str | None, basis: str, held: str, caveat: str
) -> None:
    raised = await raise_mailed(app, invitees=invitees, company_domain=company_domain)
    anonymity = raised["rounds"][0]["anonymity"]
    assert (anonymity["k_basis"], anonymity["candidate_held"]) == (basis, held)
    assert [one["code"] for one in anonymity["caveats"]] == [caveat]


@pytest.mark.parametrize(("elsewhere", "state"), [(False, "released"), (True, "withheld")])
async def test_only_the_independent_count_where_there_are_enough(
    app: Running, mailbox: Mailbox, elsewhere: bool, state: str
) -> None:
    raised = await raise_mailed(app, invitees=[*PANEL, ELSEWHERE])
    await confirm(app, mailbox)
    answering = [OMAR, LIN, "dan@home.example"] if elsewhere else [OMAR, LIN, CLEO]
    for address in answering:
        answer = a_sealed_answer(if_too_few="withhold")
        assert (await send(app.client, round_id(raised), code_in(mailbox.to(address)[0]), answer)).status_code == 201
    app.clock.advance(days=8)
    await tick(app)
    assert (await read_feedback(app.client, raised))["state"] == state


def a_panel(code: str, **over: Any) -> dict[str, Any]:
    return {"code": code, "nonce": nonce(), "people": 3, **over}


async def test_a_work_address_makes_a_panel_independent(app: Running, mailbox: Mailbox) -> None:
    raised = await raise_request(app.client, invitees=None, manager=ADA_BY_HAND, company_domain="acme.example")
    url = f"/v1/manager/{raised['id']}/panels"
    body = a_panel(manager_code(raised), work_address=ADA, shape="single")
    response = await app.client.post(url, json=body)
    assert response.status_code == 202
    panel = response.json()
    assert (panel["links"], panel["message"]) == ([], None)
    assert panel["round"]["anonymity"]["candidate_held"] == "none"
    again = await app.client.post(url, json=body)
    assert (again.status_code, again.content) == (202, response.content)
    await work(app, mailbox)
    (mail,) = mailbox.to(ADA)
    links = [line for line in text_of(mail).splitlines() if "#c=" in line]
    assert len(set(links)) == 3
    for link in links:
        form = await app.client.post(f"/v1/rounds/{panel['round']['id']}/form", json={"code": link.partition("#c=")[2]})
        assert form.status_code == 200


@pytest.mark.parametrize(
    ("company_domain", "address"),
    [("acme.example", "ada@home.example"), (None, ADA), ("gmail.com", "ada@gmail.com")],
)
async def test_another_address_is_refused(
    app: Running, mailbox: Mailbox, company_domain: str | None, address: str
) -> None:
    raised = await raise_request(app.client, invitees=None, manager=ADA_BY_HAND, company_domain=company_domain)
    body = a_panel(manager_code(raised), work_address=address)
    response = await app.client.post(f"/v1/manager/{raised['id']}/panels", json=body)
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/work_address", "not_at_company")
    assert address not in response.text
    await work(app, mailbox)
    assert mailbox.sent == []


@pytest.mark.parametrize(("mailed", "held"), [(True, "none"), (False, "all")])
async def test_a_manager_reached_at_work_hands_out_independent_links(
    app: Running, mailbox: Mailbox, mailed: bool, held: str
) -> None:
    if mailed:
        raised = await raise_mailed(app, invitees=[], manager={"name": "Ada Ruiz", "email": ADA})
        await confirm(app, mailbox)
        code = code_in(mailbox.to(ADA)[0])
    else:
        raised = await raise_request(app.client, invitees=None, manager=ADA_BY_HAND, company_domain="acme.example")
        code = manager_code(raised)
    response = await app.client.post(f"/v1/manager/{raised['id']}/panels", json=a_panel(code))
    assert response.status_code == 201
    assert response.json()["round"]["anonymity"]["candidate_held"] == held
    assert len(response.json()["links"]) == 1


async def test_a_panel_mail_goes_when_the_panel_is_over(app: Running, mailbox: Mailbox) -> None:
    raised = await raise_request(app.client, invitees=None, manager=ADA_BY_HAND, company_domain="acme.example")
    body = a_panel(manager_code(raised), work_address=ADA)
    await app.client.post(f"/v1/manager/{raised['id']}/panels", json=body)
    app.clock.advance(days=9)
    await tick(app)
    assert [row.kind for row in await rows(app)] == ["round_over"]
    await work(app, mailbox)
    assert mailbox.sent == []
