"""How binary values stand in JSON and in links: base64url without padding, one spelling for each value."""

import base64


def base64url(data: bytes) -> str:
    """Return `data` as base64url (RFC 4648, section 5) without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def read_base64url(text: str, length: int) -> bytes:
    """Return the `length` bytes that `text` spells. Raises ValueError for anything that `base64url` would not write."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(data) != length or base64url(data) != text:
        raise ValueError("not the one spelling of so many bytes")
    return data
