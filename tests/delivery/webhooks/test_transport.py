"""The transport against receivers that are slow, endless, redirecting or malformed: five seconds, 64 KiB, no more."""

import asyncio
import datetime as dt
import ssl
import time
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.delivery.webhooks.rules import Fault
from app.delivery.webhooks.transport import MOST_READ, Answer, Outward, look_up, post
from tests.delivery.webhooks.receiving import a_receiver, never_answers, never_ends, resolving, says

SOON = 0.4


async def sent_to(url: str, *, limit: float = 5.0) -> Answer:
    async with Outward(look_up, to_loopback=True) as way:
        return await post(way, url, {"webhook-id": "msg_1"}, b'{"a":1}', limit=limit)


async def test_what_is_sent_arrives_as_it_was() -> None:
    async with a_receiver() as receiver:
        answer = await sent_to(receiver.url)
    assert answer == Answer(204)
    taken = receiver.taken[0]
    assert (taken.head, taken.body) == ("POST /hooks HTTP/1.1", b'{"a":1}')
    assert taken.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert taken.headers["webhook-id"] == "msg_1"
    # Nothing tells of the machine, the library or anything that came before.
    assert set(taken.headers) == {"host", "content-type", "user-agent", "connection", "webhook-id", "content-length"}


async def test_the_name_is_kept_and_the_address_is_the_one_that_was_checked() -> None:
    async with a_receiver() as receiver, Outward(resolving("127.0.0.1"), to_loopback=True) as way:
        await post(way, f"http://localhost:{receiver.port}/", {}, b"{}", limit=5)
    assert receiver.taken[0].headers["host"] == f"localhost:{receiver.port}"


async def test_one_that_never_answers_is_left_in_time() -> None:
    async with a_receiver(never_answers) as receiver:
        began = time.monotonic()
        assert await sent_to(receiver.url, limit=SOON) == Answer(None, None, Fault.TOO_SLOW)
        assert time.monotonic() - began < SOON + 2


async def test_an_answer_that_drips_for_ever_is_left_in_time_and_its_status_counts() -> None:
    async with a_receiver(never_ends) as receiver:
        began = time.monotonic()
        assert await sent_to(receiver.url, limit=SOON) == Answer(500)
        assert time.monotonic() - began < SOON + 2


async def test_of_an_endless_answer_64_kib_are_read() -> None:
    async with a_receiver() as receiver:
        receiver.behaviour = receiver.pours
        assert (await sent_to(receiver.url)).status == 200
    # What lies in buffers between the two was sent, and not read.
    assert receiver.poured < MOST_READ + 16 * 1024 * 1024


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirection_is_followed_nowhere(status: int) -> None:
    async with a_receiver() as inside:
        there = says(status, f"Location: http://127.0.0.1:{inside.port}/", "Set-Cookie: a=b")
        async with a_receiver(there) as receiver:
            answer = await sent_to(receiver.url)
    assert (answer.status, answer.taken) == (status, False)
    assert (len(receiver.taken), inside.taken) == (1, [])


async def test_cookies_are_not_kept() -> None:
    async with a_receiver(says(200, "Set-Cookie: a=b")) as receiver, Outward(look_up, to_loopback=True) as way:
        for _ in range(2):
            await post(way, receiver.url, {}, b"{}", limit=5)
    assert [taken.headers.get("cookie") for taken in receiver.taken] == [None, None]


async def test_proxies_of_the_environment_are_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_receiver() as proxy, a_receiver() as receiver:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        await sent_to(receiver.url)
    assert (len(receiver.taken), proxy.taken) == (1, [])


async def test_nobody_there() -> None:
    async with a_receiver() as receiver:
        url = receiver.url
    assert await sent_to(url) == Answer(None, None, Fault.NOT_REACHABLE)


async def test_a_silent_name_server_takes_no_longer_than_any_other() -> None:
    async def silent(_host: str, _port: int) -> list[str]:
        await asyncio.sleep(60)
        return []

    async with Outward(silent) as way:
        assert (await post(way, "https://acme.example/", {}, b"{}", limit=0.1)).fault is Fault.TOO_SLOW


async def test_names_are_looked_up_by_the_system() -> None:
    assert "127.0.0.1" in await look_up("127.0.0.1", 443)
    with pytest.raises(OSError, match="no such host"):
        await look_up("a..b", 443)


async def test_the_certificate_has_to_be_the_hosts(tmp_path: Path) -> None:
    good, stranger = _certificate(tmp_path, "localhost"), _certificate(tmp_path, "acme.example")
    asked: list[str | None] = []
    for path, expected in ((good, Answer(204)), (stranger, Answer(None, None, Fault.NOT_REACHABLE))):
        trust = ssl.create_default_context(cafile=str(path))
        serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        serving.load_cert_chain(path)
        serving.sni_callback = lambda _socket, name, _context: asked.append(name)
        server = await asyncio.start_server(_take, "127.0.0.1", 0, ssl=serving)
        port = server.sockets[0].getsockname()[1]
        async with server, Outward(resolving("127.0.0.1"), to_loopback=True, trust=trust) as way:
            assert await post(way, f"https://localhost:{port}/", {}, b"{}", limit=5) == expected
    assert asked == ["localhost", "localhost"]


async def _take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 204 Any\r\nConnection: close\r\n\r\n")
    await writer.drain()
    writer.close()
    await writer.wait_closed()


def _certificate(directory: Path, name: str) -> Path:
    """Make a certificate that signs itself, for one name."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    if name != "localhost":
        # Valid for the address: yet it is the name that was asked for.
        names.append(x509.IPAddress(ip_address("127.0.0.1")))
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = directory / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path
