"""Secrets that people hold: codes of one-time links, which can be typed, and tokens, which are pasted.

Both have so much entropy (130 and 256 bits) that a plain hash keeps them safe at rest (OWASP ASVS 5.0, 6.5.2, 11.4.2).
"""

import base64
import hashlib
import hmac
import zlib

from app.core import randomness

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 26
# Crockford's look-alikes count as the character they resemble; people add spaces and hyphens when they copy by hand.
_AS_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None})


def new_code() -> str:
    """Return 26 Crockford base32 characters: 130 random bits."""
    return as_code(randomness.token_bytes(17))


def as_code(secret: bytes) -> str:
    """Return the first 130 bits of a secret as a code."""
    number = int.from_bytes(secret[:17], "big") >> 6
    return "".join(CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def read_code(typed: str) -> str | None:
    """Return the code that somebody typed, normalised, or None if it is not one."""
    return read_crockford(typed, _CODE_LENGTH)


def read_crockford(typed: str, length: int) -> str | None:
    """Return `typed` as `length` normalised characters of Crockford's base32, or None."""
    meant = typed.upper().translate(_AS_MEANT)
    if len(meant) != length or any(character not in CROCKFORD for character in meant):
        return None
    return meant


def keyed_hash(key: bytes, *parts: bytes) -> bytes:
    """Return HMAC-SHA-256 over `parts`, each preceded by its length, so that no two lists of parts collide."""
    mac = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        mac.update(len(part).to_bytes(4, "big"))
        mac.update(part)
    return mac.digest()


def new_token(prefix: str) -> str:
    """Return `prefix_` + 43 base64url characters (256 random bits) + 6 characters of CRC-32.

    The prefix lets secret scanners find a leaked token; the checksum rejects a mistyped one without a look-up.
    """
    body = f"{prefix}_{_base64url(randomness.token_bytes(32))}"
    return body + _checksum(body)


def well_formed(token: str, prefix: str) -> bool:
    """Tell whether `token` could have been made by `new_token(prefix)`."""
    body, checksum = token[:-6], token[-6:]
    return body.startswith(f"{prefix}_") and len(body) == len(prefix) + 44 and checksum == _checksum(body)


def digest(token: str) -> bytes:
    """Return the digest of a token that is stored in its place: SHA-256, 32 bytes."""
    return hashlib.sha256(token.encode()).digest()


def _checksum(body: str) -> str:
    return _base64url(zlib.crc32(body.encode()).to_bytes(4, "big"))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
