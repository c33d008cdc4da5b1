"""Sock puppets: a candidate who answers in several names, to read the one real answer alone.

In each construction the promise to Omar, the target, is true to the letter. Where Debrief can tell the puppets from
people, they don't count.
"""

from pathlib import Path
from typing import Any

import pytest

from app.rounds.schemas import Briefing, Reach
from tests.delivery.post import (
    BEN,
    OMAR,
    Mailbox,
    code_in,
    confirm,
    raise_mailed,
    text_of,
    work,
)
from tests.support.app import (
    ADA,
    Running,
    a_request,
    an_app,
    manager_code,
    nonce,
    raise_request,
    read_feedback,
    round_id,
    send,
    tick,
)
from tests.support.ats import a_connection
from tests.vocabulary.builders import a_sealed_answer

SAYS = "“Ben” chose these addresses, and says that {} is the company’s."
COULD_READ = "“Ben” chose these addresses and could read some, so 3 answers may not be 3 people."
IF_NOT = "If {} is not the company’s, 3 answers may not be 3 people."


def at(domain: str, *names: str) -> list[dict[str, str]]:
    return [{"role": "interviewer", "email": f"{name}@{domain}"} for name in names]


async def puppets_answer(app: Running, mailbox: Mailbox, raised: dict[str, Any], *addresses: str) -> str:
    """Let the target and all puppets answer; return what becomes of the round."""
    for address in addresses:
        answer = a_sealed_answer(if_too_few="withhold")
        assert (await send(app.client, round_id(raised), code_in(mailbox.to(address)[0]), answer)).status_code == 201
    app.clock.advance(days=9)
    await tick(app)
    return str((await read_feedback(app.client, raised))["state"])


def promise(mailed_round: dict[str, Any]) -> tuple[list[str], str]:
    anonymity = mailed_round["anonymity"]
    return [one["text"] for one in anonymity["caveats"]], anonymity["statement"]


def mail_to(mailbox: Mailbox, address: str) -> str:
    return " ".join(text_of(mailbox.to(address)[0]).split())


async def test_mailboxes_at_a_domain_of_their_own_cannot_be_told_and_the_promise_says_so(
    app: Running, mailbox: Mailbox
) -> None:
    puppets = ["lin@acme-careers.example", "cleo@acme-careers.example"]
    target = "omar@acme-careers.example"
    raised = await raise_mailed(
        app, company_domain="acme-careers.example", invitees=at("acme-careers.example", "omar", "lin", "cleo")
    )
    await confirm(app, mailbox)

    caveats, statement = promise(raised["rounds"][0])
    assert caveats == [SAYS.format("acme-careers.example")]
    assert "if at least 3 answers come from addresses at acme-careers.example." in statement
    assert IF_NOT.format("acme-careers.example") in statement
    assert SAYS.format("acme-careers.example") in mail_to(mailbox, target)
    assert await puppets_answer(app, mailbox, raised, target, *puppets) == "released"


async def test_real_colleague_asked_at_the_company_does_not_count_for_a_domain_of_the_candidate(
    app: Running, mailbox: Mailbox
) -> None:
    """The target reads in the mail at which domain answers count: it is not their own."""
    puppets = at("acme-careers.example", "lin", "cleo", "eva")
    target = {"role": "interviewer", "email": OMAR}
    raised = await raise_mailed(app, company_domain="acme-careers.example", invitees=[target, *puppets])
    await confirm(app, mailbox)

    caveats, statement = promise(raised["rounds"][0])
    assert caveats == [SAYS.format("acme-careers.example")]
    assert "if at least 3 answers come from addresses at acme-careers.example." in statement
    # Mail programs would turn the candidate's domain into a link.
    assert SAYS.format("acme-careers example") in mail_to(mailbox, OMAR)
    assert "acme-careers.example" not in mail_to(mailbox, OMAR)


async def test_forwarded_aliases_cannot_be_told_and_the_promise_says_so(app: Running, mailbox: Mailbox) -> None:
    """Ben has two aliases at the company, which forward to his own mailbox."""
    raised = await raise_mailed(app, invitees=at("acme.example", "omar", "ben.ext", "writers"))
    await confirm(app, mailbox)

    caveats, statement = promise(raised["rounds"][0])
    assert caveats == [SAYS.format("acme.example")]
    assert "if at least 3 answers come from addresses at acme.example." in statement
    assert "Write what you would also say to “Ben” in person." in statement
    addresses = [OMAR, "ben.ext@acme.example", "writers@acme.example"]
    assert await puppets_answer(app, mailbox, raised, *addresses) == "released"


@pytest.mark.parametrize(
    ("names", "domain"),
    [
        (["omar", "lin", "lin+2"], "acme.example"),
        (["omar+a", "omar+b", "omar+c"], "acme.example"),
        (["omar", "l.in", "lin"], "gmail.com"),
        (["omar", "lin", "lin+x"], "googlemail.com"),
    ],
)
async def test_tags_and_dots_of_one_mailbox_are_refused(app: Running, names: list[str], domain: str) -> None:
    over = {"candidate": {"name": "Ben Ode", "email": BEN}, "delivery": "mail", "company_domain": domain}
    response = await app.client.post("/v1/feedback-requests", json=a_request(**over, invitees=at(domain, *names)))
    assert response.status_code == 422
    assert {one["code"] for one in response.json()["errors"]} == {"duplicate_address"}


async def test_the_candidate_with_a_tag_is_refused(app: Running) -> None:
    people = [*at("acme.example", "omar", "lin"), {"email": BEN.replace("@", "+socks@")}]
    over = {"candidate": {"name": "Ben Ode", "email": BEN}, "delivery": "mail", "company_domain": "acme.example"}
    response = await app.client.post("/v1/feedback-requests", json=a_request(**over, invitees=people))
    assert [one["pointer"] for one in response.json()["errors"]] == ["/invitees/2/email"]


async def test_mailboxes_of_alumni_below_the_domain_do_not_count(app: Running, mailbox: Mailbox) -> None:
    staff, alumni = ["omar", "lin", "cleo"], ["ben", "ben2"]
    raised = await raise_mailed(app, invitees=[*at("acme.example", *staff), *at("alumni.acme.example", *alumni)])
    await confirm(app, mailbox)

    anonymity = raised["rounds"][0]["anonymity"]
    assert (anonymity["k"], anonymity["k_basis"], anonymity["candidate_held"]) == (3, "independent", "some")
    assert "if at least 3 answers come from addresses at acme.example." in anonymity["statement"]
    puppets = [f"{name}@alumni.acme.example" for name in alumni]
    assert await puppets_answer(app, mailbox, raised, OMAR, *puppets) == "withheld"


async def test_with_too_few_at_the_domain_all_count_and_the_promise_says_so(app: Running, mailbox: Mailbox) -> None:
    raised = await raise_mailed(app, invitees=[*at("acme.example", "omar"), *at("alumni.acme.example", "ben", "ben2")])
    await confirm(app, mailbox)

    caveats, statement = promise(raised["rounds"][0])
    assert caveats == [COULD_READ]
    assert "if at least 3 answers come." in statement
    assert COULD_READ in mail_to(mailbox, OMAR)


async def test_panel_mailed_to_a_domain_of_the_candidate(app: Running, mailbox: Mailbox) -> None:
    """Ben opens the manager's link that he should hand over, and has the team's link mailed to himself."""
    raised = await raise_request(
        app.client, invitees=None, manager=ADA, company_domain="acme-careers.example", worries=None
    )
    body = {"code": manager_code(raised), "nonce": nonce(), "people": 3, "work_address": "ada@acme-careers.example"}
    response = await app.client.post(f"/v1/manager/{raised['id']}/panels", json=body)
    assert response.status_code == 202, response.text
    await work(app, mailbox)

    caveats, statement = promise(response.json()["round"])
    assert caveats == ["This link came through an address at acme-careers.example, which “Ben” says is the company’s."]
    assert "if at least 3 answers come." in statement
    assert IF_NOT.format("acme-careers.example") in statement


async def test_manager_mailed_at_a_domain_of_the_candidate(app: Running, mailbox: Mailbox) -> None:
    """Ben is the manager, too: Debrief mails him the manager's link, and he takes the team's link from the page."""
    manager = {"name": "Ada Ruiz", "email": "ada@acme-careers.example"}
    raised = await raise_mailed(app, invitees=[], company_domain="acme-careers.example", manager=manager)
    await confirm(app, mailbox)
    code = code_in(mailbox.to("ada@acme-careers.example")[0])
    body = {"code": code, "nonce": nonce(), "people": 3}
    response = await app.client.post(f"/v1/manager/{raised['id']}/panels", json=body)
    assert response.status_code == 201, response.text

    caveats, statement = promise(response.json()["round"])
    assert caveats == ["This link came through an address at acme-careers.example, which “Ben” says is the company’s."]
    assert "if at least 3 answers come." in statement


async def test_links_that_the_candidate_hands_over(app: Running) -> None:
    raised = await raise_request(app.client)
    caveats, statement = promise(raised["rounds"][0])
    assert caveats == ["“Ben” could have some of these links, so 3 answers may not be 3 people."]
    assert "if at least 3 answers come." in statement


async def test_the_operator_vouches_for_exactly_the_domain(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path, vouched_domains="Acme.example, northwind.example") as app:
        vouched = await raise_mailed(app)
        below = await raise_mailed(app, company_domain="eu.acme.example", invitees=at("eu.acme.example", *"abc"))

    caveats, statement = promise(vouched["rounds"][0])
    assert caveats == []
    assert "if at least 3 people at acme.example answer." in statement
    assert "in person" not in statement
    assert promise(below["rounds"][0])[0] == [SAYS.format("eu.acme.example")]


@pytest.mark.parametrize(("key_kind", "vouched"), [({}, True), ({"is_test": True}, False)])
async def test_a_connection_vouches_for_its_domain(
    database_url: str, tmp_path: Path, key_kind: dict[str, Any], vouched: bool
) -> None:
    """A candidate who asks without an offer is told so, too; a test connection proves nothing."""
    async with an_app(database_url, tmp_path) as app:
        await a_connection(app, **key_kind)
        raised = await raise_mailed(app)
        elsewhere = await raise_mailed(app, company_domain="north.example", invitees=at("north.example", *"abc"))
    assert promise(raised["rounds"][0])[0] == ([] if vouched else [SAYS.format("acme.example")])
    assert promise(elsewhere["rounds"][0])[0] == [SAYS.format("north.example")]


async def test_what_was_vouched_for_later_does_not_change_a_promise(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path) as app:
        raised = await raise_mailed(app)
    async with an_app(database_url, tmp_path, vouched_domains="acme.example") as app:
        headers = {"Authorization": f"Bearer {raised['manage_token']}"}
        shown = (await app.client.get(f"/v1/feedback-requests/{raised['id']}", headers=headers)).json()
    assert promise(shown["rounds"][0]) == promise(raised["rounds"][0])


def test_a_round_from_before_this_was_stored_has_the_weakest_promise() -> None:
    older = dict.fromkeys(("interviewed_on", "own_question", "manager_name"))
    told = Briefing(candidate_name="Ben Ode", company="Acme", role_title="Writer", worries=[], **older)
    stored = told.model_dump(mode="json", exclude={"reach", "sections"})
    assert Briefing.model_validate(stored).reach == Reach(mailed=False, domain=None, vouched=False)
