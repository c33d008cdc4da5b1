"""Short forms of a round's public key: one in links, which clients check, and one that people compare aloud."""

import hashlib

from app.blinding.encoding import base64url

_CONSONANTS = "bdfghjklmnprstvz"
_VOWELS = "aiou"


def commitment_of(public_key: bytes) -> str:
    """Return the 22 characters after `&k=` in a link: 128 bits of SHA-256."""
    return base64url(hashlib.sha256(public_key).digest()[:16])


def words_of(public_key: bytes) -> str:
    """Return four pronounceable words: 64 bits of SHA-256, 16 in each word of five letters."""
    digest = hashlib.sha256(public_key).digest()
    return "-".join(_word(int.from_bytes(digest[start : start + 2], "big")) for start in range(0, 8, 2))


def _word(bits: int) -> str:
    return "".join(
        (_CONSONANTS[bits >> shift & 15], _VOWELS[bits >> shift & 3])[shift in (10, 4)] for shift in (12, 10, 6, 4, 0)
    )
