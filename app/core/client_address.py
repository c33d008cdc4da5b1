"""The client's address for rate limits: that of the connection, or one that a trusted proxy reports."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.types import Scope

_NOBODY = "unknown"


def client_address(scope: Scope, trusted: Sequence[IPv4Network | IPv6Network]) -> str:
    """Return the address of the client; of an IPv6 address its /64, which one household or host gets.

    In X-Forwarded-For the rightmost address that is not a trusted proxy's counts. The client may have written
    everything to the left of it.
    """
    peer = scope.get("client")
    address = _read(peer[0]) if peer else None
    if address is None:
        return _NOBODY
    if trusted and _is_in(address, trusted):
        for hop in reversed(_forwarded(scope)):
            further = _read(hop)
            if further is None:
                break
            address = further
            if not _is_in(address, trusted):
                break
    if isinstance(address, IPv6Address):
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)


def _forwarded(scope: Scope) -> list[str]:
    # Several headers of one name form one list (RFC 9110, 5.3).
    values = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return ",".join(values).split(",")


def _read(text: str) -> IPv4Address | IPv6Address | None:
    text = text.strip()
    if text.startswith("["):  # "[2001:db8::1]:443"
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # "192.0.2.1:443"
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_in(address: IPv4Address | IPv6Address, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    return any(address in network for network in networks)
