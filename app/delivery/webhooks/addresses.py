"""Which addresses events may go to: the open internet, and nothing behind our own walls.

Somebody else says where we send to. An address of this machine, of the network around it, or of a cloud's own services
would let them reach what only we can reach (server-side request forgery).
"""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx

LONGEST = 2048
_LOCAL_NAMES = frozenset({"127.0.0.1", "::1", "localhost"})
# An address of IPv4 may be wrapped into one of IPv6; the gateway that unwraps it may stand in our own network.
_NAT64 = ip_network("64:ff9b::/96")
# What of the addresses of IPv6 was ever given to anybody (RFC 4291): neither local ones nor future uses are in it.
_GIVEN_OUT = ip_network("2000::/3")
# What Python's own list, which changes with its versions, may take for public: protocol assignments, tunnels (Teredo is
# in the second, 6to4 the third), benchmarks, documentation, and the services of one cloud (Azure) for its own machines.
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
# Names that no public name server answers (RFC 6761, 6762, 8375, 9476, and customs of private networks).
_RESERVED = frozenset(
    {"alt", "arpa", "corp", "home", "internal", "intranet", "invalid", "lan", "local", "localdomain", "localhost"}
    | {"onion", "private"}
)
# What a last label must look like for a name to be read as a number (WHATWG URL): 2130706433, 127.1, 0x7f.1.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class Refused(Exception):
    """Nothing is sent there. It does not say why: who asks could map our network by the answers."""


def is_open(address: IPv4Address | IPv6Address) -> bool:
    """Say whether an address is one of the open internet."""
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        if address.ipv4_mapped is not None:
            return is_open(address.ipv4_mapped)
        if address in _NAT64:
            return is_open(IPv4Address(address.packed[-4:]))
        if address not in _GIVEN_OUT:
            return False
    refused = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not refused and not any(address in network for network in _NEVER)


def checked_url(text: str, *, to_loopback: bool) -> httpx.URL:
    """Return the URL of an endpoint: https, port 443, no user, and a host that is not known to be inside.

    With `to_loopback`, also http to this machine, on any port. Raises Refused. The library that reads it is the one
    that sends, so that no two readers see two hosts in it.
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
    if not (_is_public(url.host) if literal is None else is_open(literal)):
        raise Refused
    return url


def checked_addresses(url: httpx.URL, found: Sequence[str], *, to_loopback: bool) -> list[str]:
    """Return the addresses of a URL's host if all of them may be sent to. Raises Refused if one may not."""
    addresses = [read(text) for text in found]
    local = to_loopback and is_local(url.host)
    if not addresses or not all(one is not None and (one.is_loopback if local else is_open(one)) for one in addresses):
        raise Refused
    return [str(one) for one in addresses]


def _is_public(name: str) -> bool:
    """Say whether a name may belong to the open internet: not one word, not reserved, and no number in disguise."""
    labels = name.lower().removesuffix(".").split(".")
    return len(labels) > 1 and labels[-1] not in _RESERVED and _NUMBER.fullmatch(labels[-1]) is None


def is_local(host: str) -> bool:
    """Say whether a host is this machine, by one of its three plain names: not by what a name server says."""
    return host in _LOCAL_NAMES


def read(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a text is, or None."""
    try:
        return ip_address(text)
    except ValueError:
        return None
