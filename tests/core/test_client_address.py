"""The client address: X-Forwarded-For counts only behind a trusted proxy."""

from ipaddress import ip_network

import pytest

from app.core.client_address import client_address

PROXIES = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


def read(peer: str | None, *forwarded: str, trusting: bool = True) -> str:
    scope = {
        "client": (peer, 50000) if peer else None,
        "headers": [(b"x-other", b"1.1.1.1"), *((b"x-forwarded-for", value.encode()) for value in forwarded)],
    }
    return client_address(scope, PROXIES if trusting else [])


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.7", [], "192.0.2.7"),
        ("192.0.2.7", ["203.0.113.1"], "192.0.2.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.1"], "203.0.113.1"),
        # What the client wrote stands on the left, and counts for nothing.
        ("10.0.0.1", ["1.1.1.1, 203.0.113.1"], "203.0.113.1"),
        ("10.0.0.1", ["1.1.1.1", "203.0.113.1"], "203.0.113.1"),
        ("10.0.0.1", ["10.9.9.9, 203.0.113.1"], "203.0.113.1"),
        ("10.0.0.1", ["203.0.113.1, 10.0.0.9"], "203.0.113.1"),
        ("10.0.0.1", ["10.0.0.8, 10.0.0.9"], "10.0.0.8"),
        ("10.0.0.1", ["203.0.113.1, unknown, 10.0.0.9"], "10.0.0.9"),
        ("10.0.0.1", ["made up"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.1:4711"], "203.0.113.1"),
        ("::ffff:10.0.0.1", ["::ffff:203.0.113.1"], "203.0.113.1"),
        # A household or a host has a /64, and may pick another address of it for each request.
        ("2001:db8::1", [], "2001:db8::"),
        ("2001:db8::ffff:1", [], "2001:db8::"),
        ("2001:db8:0:1::1", [], "2001:db8:0:1::"),
        ("fd00::1", ["[2001:db8::1]:443"], "2001:db8::"),
        ("fd00::1", ["2001:db8:0:1::1, 10.0.0.1"], "2001:db8:0:1::"),
        (None, ["203.0.113.1"], "unknown"),
        ("a socket", ["203.0.113.1"], "unknown"),
    ],
)
def test_address_behind_trusted_proxies_counts(peer: str | None, forwarded: list[str], address: str) -> None:
    assert read(peer, *forwarded) == address


@pytest.mark.parametrize("peer", ["192.0.2.7", "10.0.0.1", "127.0.0.1"])
def test_no_proxy_is_trusted_by_default(peer: str) -> None:
    assert read(peer, "203.0.113.1", trusting=False) == peer
