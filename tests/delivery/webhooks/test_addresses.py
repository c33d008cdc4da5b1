"""Webhook addresses: a table of internal addresses and URLs, none of which is allowed."""

import ipaddress
from collections.abc import Sequence
from typing import Any

import httpcore
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from app.delivery.webhooks import addresses
from app.delivery.webhooks.addresses import Refused, is_public
from app.delivery.webhooks.rules import Fault
from app.delivery.webhooks.transport import Outward, post
from tests.delivery.webhooks.receiving import resolving

PUBLIC = ("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822", "::ffff:93.184.216.34")
INSIDE = (
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.8",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",  # Metadata of most clouds.
    "100.64.0.1",
    "100.100.100.200",  # Metadata of another.
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "192.88.99.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::5db8:d822",
    "2002:7f00:1::",
    "2002:5db8:d822::",
    "2001:0:5db8:d822::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700::1%eth0",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "2001:10::1",
    "3fff::1",
    "5f00::1",
    "100::1",
    "4000::1",
)


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_open(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", INSIDE)
def test_no_other_address_is(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_opens_nothing(inner: ipaddress.IPv4Address) -> None:
    for wrapped in (f"::ffff:{inner}", f"64:ff9b::{inner}"):
        assert is_public(ipaddress.ip_address(wrapped)) == is_public(inner)
    assert not is_public(ipaddress.ip_address(f"::{inner}"))
    assert not is_public(ipaddress.IPv6Address((0x2002 << 112) | (int(inner) << 80)))


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.example/",
        "https://acme.example:8443/",
        "https://acme.example:80/",
        "ftp://acme.example/",
        "file:///etc/passwd",
        "gopher://acme.example/",
        "//acme.example/",
        "acme.example",
        "",
        "https://",
        "https:///path",
        "https://user@acme.example/",
        "https://user:password@acme.example/",
        "https://acme.example\\@10.0.0.8/",
        "https://acme.example#@10.0.0.8/",
        "https://acme.example/ HTTP/1.1",
        "https://acme.example/\r\nHost: inside",
        "https://\u24d6oogle.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.8]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://acme.example/" + "x" * 2048,
        # Numbers that some readers take for addresses, and names that lead nowhere but inwards.
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://127.0.0.1./",
        "https://010.0.0.1/",
        "https://93.184.216.34.5/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://a.localhost/",
        "https://%6cocalhost/",
        "https://intranet/",
        "https://printer.local/",
        "https://metadata.google.internal/",
        "https://nas.home.arpa/",
        "https://wiki.corp/",
        "https://router.lan/",
        "https://srv.localdomain/",
        "https://hidden.onion/",
        # This machine, which is allowed in development only.
        "http://127.0.0.1:8090/",
        "http://localhost:8090/",
    ],
)
def test_urls_that_are_not_allowed(url: str) -> None:
    with pytest.raises(Refused):
        addresses.checked_url(url, to_loopback=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.example/",
        "https://acme.example:443/h?k=1",
        "https://93.184.216.34/",
        "https://local.acme.example./",
        "https://7.acme.example/",
        "https://xn--bcher-kva.example/",
    ],
)
def test_urls_that_are(url: str) -> None:
    assert str(addresses.checked_url(url, to_loopback=False).scheme) == "https"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.2:80/", "http://10.0.0.8/", "http://acme.example/", "http://localhost.acme.example/"]
)
def test_the_way_to_this_machine_leads_nowhere_else(url: str) -> None:
    with pytest.raises(Refused):
        addresses.checked_url(url, to_loopback=True)


class Watched(httpcore.AsyncNetworkBackend):
    """Below the transport, where connections are made: notes where to, and lets none through."""

    def __init__(self) -> None:
        self.reached: list[str] = []

    @override
    async def connect_tcp(self, host: str, *_rest: Any, **_more: Any) -> httpcore.AsyncNetworkStream:
        self.reached.append(host)
        raise httpcore.ConnectError

    @override
    async def connect_unix_socket(self, *_rest: Any, **_more: Any) -> httpcore.AsyncNetworkStream:
        raise AssertionError

    @override
    async def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


def watched(way: Outward) -> Watched:
    pool: Any = way._pool
    pool._network_backend = backend = Watched()
    return backend


@pytest.mark.parametrize("inside", INSIDE)
@pytest.mark.parametrize("beside", [(), PUBLIC[:1]], ids=["alone", "beside a public one"])
async def test_a_name_that_leads_inwards_is_not_followed(inside: str, beside: Sequence[str]) -> None:
    async with Outward(resolving(*beside, inside)) as way:
        backend = watched(way)
        answer = await post(way, "https://acme.example/", {}, b"{}", limit=5)
    assert (answer.status, answer.fault, backend.reached) == (None, Fault.NOT_REACHABLE, [])


async def test_a_name_that_leads_elsewhere_the_second_time_is_looked_up_once() -> None:
    asked: list[str] = []

    async def rebinding(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return PUBLIC[:1] if len(asked) == 1 else ["127.0.0.1"]

    async with Outward(rebinding) as way:
        backend = watched(way)
        answer = await post(way, "https://rebind.example/", {}, b"{}", limit=5)
    assert (asked, backend.reached) == (["rebind.example"], [PUBLIC[0]])
    assert answer.fault is Fault.NOT_REACHABLE


async def test_the_next_address_is_tried_if_one_does_not_answer() -> None:
    async with Outward(resolving(PUBLIC[1], PUBLIC[0])) as way:
        backend = watched(way)
        await post(way, "https://acme.example/", {}, b"{}", limit=5)
    assert backend.reached == [PUBLIC[1], PUBLIC[0]]


async def test_what_is_refused_says_the_same_as_what_is_not_there() -> None:
    async def unknown(_host: str, _port: int) -> Sequence[str]:
        raise OSError

    answers = []
    for resolve in (unknown, resolving(), resolving("10.0.0.8"), resolving(PUBLIC[0]), resolving("no address")):
        async with Outward(resolve) as way:
            watched(way)
            answers.append(await post(way, "https://acme.example/", {}, b"{}", limit=5))
    assert len({repr(answer) for answer in answers}) == 1


async def test_the_transport_checks_urls_by_itself() -> None:
    async with Outward(resolving(PUBLIC[0])) as way:
        backend = watched(way)
        for url in ("http://acme.example/", "https://acme.example:22/", "https://u:p@acme.example/"):
            with pytest.raises(Refused):
                await way.handle_async_request(httpx.Request("POST", url))
    assert backend.reached == []
