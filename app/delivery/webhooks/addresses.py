"""Addresses that webhooks may go to: public ones only.

Users choose the URLs. An address of this machine, of the network around it, or of a cloud's internal services would let
them reach systems that only we can reach (server-side request forgery).
"""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx

LONGEST = 2048
_LOCAL_NAMES = frozenset({"127.0.0.1", "::1", "localhost"})
# IPv4 addresses inside IPv6 ones; the gateway that translates them may be in our own network.
_NAT64 = ip_network("64:ff9b::/96")
# IPv6 addresses that are allocated (RFC 4291), without local ones and future uses.
_GIVEN_OUT = ip_network("2000::/3")
# Addresses that some versions of Python list as public: protocol assignments, tunnels (Teredo in the second, 6to4 the
# third), benchmarks, documentation, and Azure's services for its own machines.
_NEVER = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",
        "2001::/23",
        "2002::/16",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "100.64.0.0/10",
        "2001:db8::/32",
        "3fff::/20",
        "168.63.129.16/32",
    )
)
# Top-level names that are not public (RFC 6761, 6762, 8375, 9476, and common names of private networks).
_RESERVED = frozenset(
    {"alt", "arpa", "corp", "home", "internal", "intranet", "invalid", "lan", "local", "localdomain", "localhost"}
    | {"onion", "private"}
)
# A last label with which a host counts as an IPv4 number (WHATWG URL): 2130706433, 127.1, 0x7f.1.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class Refused(Exception):
    """The address is not allowed. It gives no reason, from which callers could map our network."""


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is public."""
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(IPv4Address(address.packed[-4:]))
        if address not in _GIVEN_OUT:
            return False
    refused = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not refused and not any(address in network for network in _NEVER)


def checked_url(text: str, *, to_loopback: bool) -> httpx.URL:
    """Return the URL of an endpoint: https, port 443, no user, and a host that may be public. Raises Refused.

    With `to_loopback`, also http to this machine, on any port. The library that parses the URL is the one that sends,
    so that both see the same host.
    """
    if not 0 < len(text) <= LONGEST or not text.isascii() or not text.isprintable() or set(text) & set(' \\"<>#'):
        raise Refused
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        raise Refused from None
    if url.userinfo or not url.host:
        raise Refused
    if to_loopback and is_local(url.host) and url.scheme in {"http", "https"}:
        return url
    if url.scheme != "https" or url.port not in {None, 443}:
        raise Refused
    literal = read(url.host)
    if not (_may_be_public(url.host) if literal is None else is_public(literal)):
        raise Refused
    return url


def checked_addresses(url: httpx.URL, found: Sequence[str], *, to_loopback: bool) -> list[str]:
    """Return the addresses of a URL's host. Raises Refused unless all of them are allowed."""
    addresses = [read(text) for text in found]
    local = to_loopback and is_local(url.host)
    if not addresses or not all(
        one is not None and (one.is_loopback if local else is_public(one)) for one in addresses
    ):
        raise Refused
    return [str(one) for one in addresses]


def _may_be_public(name: str) -> bool:
    """Tell whether a host name may be public: several labels, not reserved, and not an IPv4 number."""
    labels = name.lower().removesuffix(".").split(".")
    return len(labels) > 1 and labels[-1] not in _RESERVED and _NUMBER.fullmatch(labels[-1]) is None


def is_local(host: str) -> bool:
    """Tell whether a host is this machine, by one of its three usual names, without DNS."""
    return host in _LOCAL_NAMES


def read(text: str) -> IPv4Address | IPv6Address | None:
    """Return the IP address in a text, or None."""
    try:
        return ip_address(text)
    except ValueError:
        return None
