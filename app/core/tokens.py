"""Secrets that people hold: codes of one-time links, which can be typed, and tokens, which are pasted.

Both have so much entropy (130 and 256 bits) that a plain hash keeps them safe at rest (OWASP ASVS 5.0, 6.5.2, 11.4.2).
"""

import base64
import hashlib
import hmac
import re
import unicodedata
import zlib
from urllib.parse import unquote

from app.core import randomness

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 26
_TOKEN_TAIL = 43 + 6
# Crockford's look-alikes count as the character they resemble.
_AS_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1"})
# A link holds a code behind "c=" and a token behind "m=", up to the next "&".
_IN_LINK = re.compile(r"(?:^|[#&?;\s])[cm]=([^&]*)", re.IGNORECASE)
# Mail programs encode "#" up to three times.
_MOST_ENCODINGS = 3
_MINUS = "\u2212"


def new_code() -> str:
    """Return 26 Crockford base32 characters: 130 random bits."""
    return as_code(randomness.token_bytes(17))


def as_code(secret: bytes) -> str:
    """Return the first 130 bits of a secret as a code."""
    number = int.from_bytes(secret[:17], "big") >> 6
    return "".join(CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def read_code(pasted: str) -> str | None:
    """Return the code in what somebody typed or pasted, normalised, or None: a code, a link, a text around either."""
    return read_crockford(_behind_the_mark(pasted), _CODE_LENGTH)


def read_token(pasted: str, prefix: str) -> str | None:
    """Return the token in what somebody typed or pasted, or None. Its checksum decides, since its case matters."""
    text = "".join(_behind_the_mark(pasted).split())
    # Word processors turn "--" into a dash.
    for shown in (_plain(text), _plain(re.sub("[\u2013\u2014]", "--", text))):
        for found in re.finditer(f"(?=({prefix}_[A-Za-z0-9_-]{{{_TOKEN_TAIL}}}))", shown):
            if well_formed(found[1], prefix):
                return found[1]
    return None


def read_crockford(typed: str, length: int) -> str | None:
    """Return `typed` as `length` normalised characters of Crockford's base32, or None.

    People add spaces and hyphens when they copy by hand, and copy the punctuation around it.
    """
    text = re.sub(r"^[^0-9A-Za-z]+|[^0-9A-Za-z]+$", "", _plain(typed))
    # The whole may be split by spaces. If it is not: one word of it.
    for shown in ("".join(text.split()), *re.split(r"[^0-9A-Za-z-]+", text)):
        meant = shown.replace("-", "").upper().translate(_AS_MEANT)
        if shown.isascii() and len(meant) == length and all(character in CROCKFORD for character in meant):
            return meant
    return None


def _behind_the_mark(pasted: str) -> str:
    """Return what stands behind `c=` or `m=` in a pasted link; without a link, the text as it is."""
    text = pasted
    for _ in range(_MOST_ENCODINGS):
        text = unquote(text)
    found = _IN_LINK.search(text)
    return found[1] if found else text


def _plain(text: str) -> str:
    """Return `text` without invisible characters, and with each kind of dash as a hyphen."""
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKC", text).replace(_MINUS, "-")
    kinds = [(mark, unicodedata.category(mark)) for mark in folded]
    return "".join("-" if kind == "Pd" else mark for mark, kind in kinds if kind != "Cf")


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
