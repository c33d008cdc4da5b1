"""SMTP against a real server: accepted mail arrives whole, and each failure has its reason."""

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from app.delivery.mail.letter import Link, compose
from app.delivery.mail.mailers import SendingFailed, SmtpMailer, read_smtp_url
from tests.delivery.post import OMAR, SENDER, a_letter
from tests.delivery.smtp_server import Behaviour, Office, an_office
from tests.support.databases import free_port

URL = f"https://debrief.example/r/{uuid4()}#c=" + "7" * 26
MESSAGE = compose(
    a_letter(paragraphs=("Grüße.", ".", "From here"), links=(Link("Answer", URL),)),
    row_id=uuid4(),
    sender=SENDER,
    unsubscribe_token="t" * 64,
    now=datetime(2026, 11, 20, tzinfo=UTC),
)


def mailer(office: Office, timeout: float = 5.0) -> SmtpMailer:
    return SmtpMailer(read_smtp_url(f"smtp://127.0.0.1:{office.port}", development=True), timeout=timeout)


async def send(office: Office, patience: float = 5.0) -> None:
    await mailer(office, patience).send(MESSAGE, SENDER.address, OMAR)


async def test_what_cannot_be_encoded_is_not_tried_again() -> None:
    with an_office() as office, pytest.raises(SendingFailed) as failed:
        await mailer(office).send(MESSAGE, SENDER.address, "bücher@cand.example")
    assert (failed.value.reason, failed.value.permanent) == ("not_encodable", True)


async def test_what_is_taken_arrives_whole() -> None:
    with an_office() as office:
        await send(office)
    ((to, _),) = office.taken
    (message,) = office.messages()
    assert to == OMAR
    assert (message["To"], message["Message-ID"]) == (OMAR, MESSAGE["Message-ID"])
    for subtype in ("plain", "html"):
        body = message.get_body((subtype,))
        assert body is not None
        assert URL in body.get_content()
        assert "Grüße." in body.get_content()


@pytest.mark.parametrize(
    ("behaviour", "reason", "permanent"),
    [
        (Behaviour(recipient=lambda _: "550 no such user"), "recipient_refused_550", True),
        (Behaviour(recipient=lambda _: "451 later"), "recipient_refused_451", False),
        (Behaviour(message=lambda _: "554 spam"), "data_refused_554", True),
        (Behaviour(message=lambda _: "452 full"), "data_refused_452", False),
        (Behaviour(recipient=lambda _: "drop"), "smtp_SMTPServerDisconnected", False),
        (Behaviour(message=lambda _: "drop"), "smtp_SMTPServerDisconnected", False),
        (Behaviour(recipient=lambda _: "hang"), "server_silent", False),
        (Behaviour(message=lambda _: "hang"), "server_silent", False),
    ],
)
async def test_failures_are_told_apart(behaviour: Behaviour, reason: str, permanent: bool) -> None:
    with an_office(behaviour) as office, pytest.raises(SendingFailed) as failed:
        await send(office, 0.5)
    assert (failed.value.reason, failed.value.permanent) == (reason, permanent)
    assert OMAR not in str(failed.value)
    assert office.taken == []


async def test_a_mail_that_was_taken_is_not_lost_to_a_silent_goodbye() -> None:
    with an_office() as office:
        office.hangs_at_quit = True
        async with asyncio.timeout(8):
            await mailer(office, 30).send(MESSAGE, SENDER.address, OMAR)
    assert len(office.taken) == 1


async def test_nobody_listens() -> None:
    office = Office(free_port(), Behaviour())
    with pytest.raises(SendingFailed) as failed:
        await send(office)
    assert (failed.value.reason, failed.value.permanent) == ("smtp_SMTPConnectError", False)


async def test_a_server_that_never_speaks() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        office = Office(silent.getsockname()[1], Behaviour())
        with pytest.raises(SendingFailed) as failed:
            await send(office, 0.3)
    assert failed.value.reason == "server_silent"


async def test_a_server_that_talks_nonsense() -> None:
    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\xff\xfe nonsense\r\n" * 3)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        with pytest.raises(SendingFailed) as failed:
            await send(Office(server.sockets[0].getsockname()[1], Behaviour()), 0.5)
    assert not failed.value.permanent


async def test_a_refused_login_is_nobodys_mail_to_lose() -> None:
    refuse = AuthResult(success=False, handled=False)
    with an_office(authenticator=lambda *_: refuse, auth_require_tls=False) as office:
        url = f"smtp://ada:p%40ss@127.0.0.1:{office.port}"
        with pytest.raises(SendingFailed) as failed:
            await SmtpMailer(read_smtp_url(url, development=True)).send(MESSAGE, SENDER.address, OMAR)
    assert (failed.value.reason, failed.value.permanent) == ("server_refused_535", False)


async def test_without_tls_nothing_leaves_in_production() -> None:
    with an_office() as office:
        server = read_smtp_url(f"smtp://127.0.0.1:{office.port}", development=False)
        assert server.start_tls
        with pytest.raises(SendingFailed):
            await SmtpMailer(server).send(MESSAGE, SENDER.address, OMAR)
    assert office.seen == {}


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    context = _self_signed(tmp_path)
    with an_office(tls_context=context) as office:
        server = read_smtp_url(f"smtp://127.0.0.1:{office.port}", development=False)
        with pytest.raises(SendingFailed):
            await SmtpMailer(server).send(MESSAGE, SENDER.address, OMAR)
    assert office.seen == {}


def _self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.mark.parametrize(
    ("url", "development", "port", "implicit", "start_tls"),
    [
        ("smtp://mail.example", False, 587, False, True),
        ("smtp://mail.example", True, 587, False, True),
        ("smtp://mail.example:25", False, 25, False, True),
        ("smtps://mail.example", False, 465, True, False),
        ("smtp://localhost:1025", True, 1025, False, False),
        ("smtp://[::1]:1025", True, 1025, False, False),
        ("smtp://127.0.0.1:1025", False, 1025, False, True),
        ("smtp://localhost.example:1025", True, 1025, False, True),
    ],
)
def test_urls(url: str, development: bool, port: int, implicit: bool, start_tls: bool) -> None:
    server = read_smtp_url(url, development=development)
    assert (server.port, server.implicit_tls, server.start_tls) == (port, implicit, start_tls)


def test_a_password_may_hold_anything() -> None:
    server = read_smtp_url("smtp://ada%40acme:p%3A%2F%40ss@mail.example", development=False)
    assert (server.user, server.password) == ("ada@acme", "p:/@ss")


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "mail.example:25", ""])
def test_bad_urls_are_not_repeated(url: str) -> None:
    with pytest.raises(ValueError) as refused:
        read_smtp_url(url, development=False)
    assert "mail.example" not in str(refused.value)
