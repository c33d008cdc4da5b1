"""Mail that comes back: when an address gets no more, what a candidate reads of it, and what a forger can do."""

from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest

from app.delivery import bounces, outbox, suppression
from app.delivery.mail.dsn import Returned, read_dsn
from app.delivery.mail.mailers import SmtpMailer, read_smtp_url
from app.delivery.models import OutboxState
from tests.delivery.notifications import a_dsn
from tests.delivery.post import (
    ADA,
    BEN,
    LIN,
    OMAR,
    PANEL,
    Mailbox,
    code_in,
    confirm,
    raise_mailed,
    raised_and_confirmed,
    rows,
    work,
)
from tests.delivery.smtp_server import Behaviour, Office, an_office
from tests.support.app import Running, as_candidate, dump, tick
from tests.support.ats import as_operator

NO_USER = "550 5.1.1 no such user"
SIGNED = {"invitees": PANEL[:1], "anonymity": {"mode": "attributed"}}
WITH_MANAGER = {"manager": {"name": "Ada Ruiz", "email": ADA}}


@pytest.fixture
def office() -> Iterator[Office]:
    """A server that knows neither Omar, Ada nor Ben when it is told so."""
    with an_office(Behaviour()) as running:
        yield running


def through(office: Office) -> Any:
    """Return a mailer that really speaks SMTP."""
    return SmtpMailer(read_smtp_url(f"smtp://127.0.0.1:{office.port}", development=True), timeout=5)


def refuse(office: Office, address: str, answer: str = NO_USER) -> None:
    office.behaviour.recipient = lambda to: answer if to == address else None


async def undelivered(app: Running, raised: dict[str, Any]) -> list[tuple[str, str | None]]:
    path = f"/v1/feedback-requests/{raised['id']}"
    shown = (await app.client.get(path, headers=as_candidate(raised))).json()["undelivered"]
    assert all("could not be delivered" in one["message"] for one in shown)
    page = await app.client.post(f"/requests/{raised['id']}", data={"token": raised["manage_token"], "do": "open"})
    assert page.status_code == 200
    assert page.text.count("could not be delivered") == len(shown)
    return [(one["recipient"], one["round_id"]) for one in shown]


async def report(app: Running, **body: Any) -> tuple[int, Any]:
    response = await app.client.post("/v1/bounces", json=body, headers=as_operator(app))
    return response.status_code, response.json().get("result", response.json().get("code"))


async def take(app: Running, raw: bytes) -> Returned | None:
    """Do with a notification what the command does."""
    key = app.settings.subkey("suppression")
    returned = read_dsn(raw, key)
    if returned is not None:
        await app.ctx.db.write(bounces.record, key, returned.digest, returned.status, returned.row_id)
    return returned


async def is_bounced(app: Running, address: str) -> bool:
    key = app.settings.subkey("suppression")
    found = await app.ctx.db.look(suppression.find_suppression, key, suppression.digest_of(key, address))
    return found is suppression.Suppressed.BOUNCED


@pytest.mark.parametrize("answer", ["550 5.1.1 no such user", "550 no such user", "450 5.1.1 later", "552 5.2.2 full"])
async def test_a_refusal_by_our_own_server_suppresses_nobody(app: Running, office: Office, answer: str) -> None:
    """It may be wrong for an hour: the mail is kept, and the operator can requeue it."""
    refuse(office, BEN, answer)
    mailbox: Any = through(office)
    await raise_mailed(app)
    await work(app, mailbox)
    assert not await is_bounced(app, BEN)
    assert all(row.payload for row in await rows(app) if row.kind == "confirmation")


async def test_mail_to_a_bounced_address_is_skipped_and_nobody_is_told(app: Running, mailbox: Mailbox) -> None:
    """Otherwise a request of one's own, in the name of an address, would tell that it has bounced elsewhere."""
    assert await report(app, recipient=ADA, status="5.1.1") == (200, "suppressed")
    raised = await raise_mailed(app, candidate={"name": "Ben Ode", "email": ADA})
    await work(app, mailbox)
    assert mailbox.to(ADA) == []
    (row,) = [row for row in await rows(app) if row.kind == "confirmation"]
    assert (row.state, row.last_error, row.payload) == ("cancelled", "address_suppressed", b"")
    assert await undelivered(app, raised) == []


async def test_candidates_read_that_their_own_address_fails(app: Running, office: Office) -> None:
    raised = await raise_mailed(app)
    assert await undelivered(app, raised) == []
    refuse(office, BEN)
    mailbox: Any = through(office)
    await work(app, mailbox)
    assert await undelivered(app, raised) == [("candidate", None)]


async def test_candidates_read_that_the_managers_address_fails(app: Running, mailbox: Mailbox, office: Office) -> None:
    raised = await raise_mailed(app, **WITH_MANAGER)
    await work(app, mailbox)
    refuse(office, ADA)
    code = _code(mailbox)
    await app.client.post("/v1/address-confirmations", json={"code": code})
    smtp: Any = through(office)
    await work(app, smtp)
    assert await undelivered(app, raised) == [("manager", None)]


async def test_candidates_read_that_somebody_who_would_sign_is_not_reached(
    app: Running, mailbox: Mailbox, office: Office
) -> None:
    raised = await raise_mailed(app, **SIGNED)
    await work(app, mailbox)
    refuse(office, OMAR)
    await app.client.post("/v1/address-confirmations", json={"code": _code(mailbox)})
    smtp: Any = through(office)
    await work(app, smtp)
    assert await undelivered(app, raised) == [("invitee", raised["rounds"][0]["id"])]


@pytest.mark.parametrize("mode", ["sealed", "blind"])
@pytest.mark.parametrize("way", ["smtp", "dsn", "route"])
async def test_nothing_is_told_of_those_who_answer_without_names(
    app: Running, mailbox: Mailbox, office: Office, mode: str, way: str
) -> None:
    raised = await raise_mailed(app, anonymity={"mode": mode})
    await work(app, mailbox)
    await app.client.post("/v1/address-confirmations", json={"code": _code(mailbox)})
    before = await _everything_shown(app, raised)
    if way == "smtp":
        refuse(office, OMAR)
        smtp: Any = through(office)
        await work(app, smtp)
    else:
        await work(app, mailbox)
        (mail,) = mailbox.to(OMAR)
        if way == "dsn":
            assert await take(app, a_dsn(mail)) is not None
        else:
            body = {"recipient": OMAR, "status": "5.1.1", "message_id": str(mail["Message-ID"])}
            assert await report(app, **body) == (200, "suppressed")
    assert await is_bounced(app, OMAR) is (way != "smtp")
    assert await _everything_shown(app, raised) == before
    assert await undelivered(app, raised) == []


async def _everything_shown(app: Running, raised: dict[str, Any]) -> list[str]:
    path = f"/v1/feedback-requests/{raised['id']}"
    told = [await app.client.get(path + end, headers=as_candidate(raised)) for end in ("", "/feedback")]
    return [one.text for one in told]


def _code(mailbox: Mailbox) -> str:
    return code_in(mailbox.to(BEN)[0])


@pytest.mark.parametrize("headers_only", [False, True])
async def test_a_notification_ends_mail_to_its_address(app: Running, mailbox: Mailbox, headers_only: bool) -> None:
    raised = await raised_and_confirmed(app, mailbox, **WITH_MANAGER)
    (mail,) = mailbox.to(ADA)
    returned = await take(app, a_dsn(mail, headers_only=headers_only))
    assert returned is not None
    assert returned.row_id == UUID(str(mail["Message-ID"]).strip("<>").partition("@")[0])
    assert await is_bounced(app, ADA)
    assert await undelivered(app, raised) == [("manager", None)]
    mailbox.sent.clear()
    await raise_mailed(app, **WITH_MANAGER)
    await confirm(app, mailbox)
    assert mailbox.to(ADA) == []
    assert len(mailbox.to(OMAR)) == 1


async def test_what_a_provider_reports_ends_mail_to_its_address(app: Running, mailbox: Mailbox) -> None:
    raised = await raised_and_confirmed(app, mailbox, **WITH_MANAGER)
    mail_id = str(mailbox.to(ADA)[0]["Message-ID"])
    before = await dump(app)
    assert await report(app, recipient=ADA, status="4.2.2", message_id=mail_id) == (200, "ignored")
    assert await dump(app) == before
    # A provider says 5.2.1 of a mailbox that gets too much mail: a stranger can cause that.
    for status in ("5.2.1", "5.2.2"):
        assert await report(app, recipient=ADA, status=status, message_id=mail_id) == (200, "noted")
    assert not await is_bounced(app, ADA)
    assert await undelivered(app, raised) == [("manager", None)]
    for _ in range(2):
        assert await report(app, recipient=ADA.upper(), status="5.1.1") == (200, "suppressed")
    assert await is_bounced(app, ADA)
    assert ADA not in str(await dump(app))


def _without_token(mail: EmailMessage) -> bytes:
    del mail["List-Unsubscribe"]
    return a_dsn(mail)


def _foreign_token(mail: EmailMessage) -> bytes:
    link = str(mail["List-Unsubscribe"])
    del mail["List-Unsubscribe"]
    mail["List-Unsubscribe"] = link.replace("/u/", "/u/A", 1)[:-2] + ">"
    return a_dsn(mail)


@pytest.mark.parametrize(
    "forged",
    [
        _without_token,
        _foreign_token,
        lambda mail: a_dsn(mail, action="delayed"),
        lambda mail: a_dsn(mail, action="relayed"),
        # Somebody who got a mail of ours names another, and a forwarder an address that we never wrote to.
        lambda mail: a_dsn(mail, final=LIN),
        lambda mail: a_dsn(mail, final="ada@home.example", original="ada@elsewhere.example"),
        # What we wrote to may work, though a copy that it forwards does not.
        lambda mail: a_dsn(mail, final="ada@home.example", original=ADA),
        # Of a mail itself, which came back without saying why, or was answered.
        lambda mail: mail.as_bytes(),
        lambda _mail: b"",
        lambda _mail: b"\xff\xfe\x00" * 1000,
        lambda mail: a_dsn(mail)[:300],
    ],
)
async def test_a_forged_or_unclear_notification_changes_nothing(
    app: Running, mailbox: Mailbox, forged: Callable[[EmailMessage], bytes]
) -> None:
    await raised_and_confirmed(app, mailbox, **WITH_MANAGER)
    before = await dump(app)
    (mail,) = mailbox.to(ADA)
    assert await take(app, forged(mail)) is None
    assert await dump(app) == before


async def test_a_reader_who_wants_no_mail_is_not_told_of_as_bounced(app: Running, mailbox: Mailbox) -> None:
    raised = await raise_mailed(app, **SIGNED)
    key = app.settings.subkey("suppression")
    digest = suppression.digest_of(key, OMAR)
    await app.ctx.db.write(suppression.suppress, digest)
    await app.ctx.db.write(suppression.suppress_bounced, key, digest)
    await confirm(app, mailbox)
    assert mailbox.to(OMAR) == []
    assert await undelivered(app, raised) == []


async def test_a_bounce_can_be_lifted_and_a_readers_wish_can_not(app: Running) -> None:
    key = app.settings.subkey("suppression")
    digest = suppression.digest_of(key, OMAR)
    await app.ctx.db.write(suppression.suppress, digest)
    await app.ctx.db.write(suppression.suppress_bounced, key, digest)
    await app.ctx.db.write(suppression.lift_bounced, key, digest)
    assert await app.ctx.db.look(suppression.find_suppression, key, digest) is suppression.Suppressed.UNSUBSCRIBED


async def test_a_bounced_mail_is_not_retried_and_stays_known(app: Running, mailbox: Mailbox) -> None:
    raised = await raised_and_confirmed(app, mailbox, **WITH_MANAGER)
    await take(app, a_dsn(mailbox.to(ADA)[0]))
    assert (await app.ctx.db.look(outbox.counts))[OutboxState.DEAD] == 0
    assert await app.ctx.db.write(outbox.requeue) == 0
    # A candidate may read it for longer than two weeks, after which other rows are deleted.
    app.clock.advance(days=20)
    await tick(app)
    assert ("manager", None) in await undelivered(app, raised)
    await app.client.delete(f"/v1/feedback-requests/{raised['id']}", headers=as_candidate(raised))
    assert await rows(app) == []
