"""Base64url without padding, for binary values in JSON and in links. Each value has one spelling."""

import base64


def base64url(data: bytes) -> str:
    """Encode `data` as base64url (RFC 4648, section 5) without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def read_base64url(text: str, length: int) -> bytes:
    """Decode `length` bytes. Raises ValueError for any text that `base64url` would not write."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(data) != length or base64url(data) != text:
        raise ValueError("not the one spelling of so many bytes")
    return data
