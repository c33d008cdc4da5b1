"""Authenticated encryption of records, padded to a fixed size.

AES-256-GCM under a key per record (NIST SP 800-38D), with a fresh random 96-bit nonce at each sealing: a box is written
at most a few dozen times, far from the 2^32 that random nonces allow.
"""

from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from app.core import aead
from app.core.errors import Unreadable

KEY_BYTES = 32
CHECK_BYTES = 8
_LENGTH_BYTES = 4


class Kind(StrEnum):
    """The kind of a record. The ciphertext is bound to it: decryption fails under any other kind."""

    BOX = "box"
    MANAGER = "manager"
    DIALOGUE = "dialogue"
    MAIL = "mail"
    LINKS = "links"
    APPLICATION = "application"


class Damaged(Unreadable):
    """The ciphertext was not made under this key for this record."""

    def __init__(self) -> None:
        # A wrong key is treated as a missing one: the operator can restore the right key, and nothing is lost.
        super().__init__("key_missing", "This can't be opened right now. Its operator has been told.")


def seal(key: bytes, kind: Kind, owner: UUID, plaintext: bytes, *, size: int) -> bytes:
    """Encrypt `plaintext`, padded to `size` bytes. The result has `size` + 33 bytes.

    Raises ValueError if the text does not fit. With valid input it always fits.
    """
    room = size - len(plaintext)
    if room < 0:
        raise ValueError(f"a {kind} record outgrew its size")
    padded = b"".join((len(plaintext).to_bytes(_LENGTH_BYTES, "big"), plaintext, bytes(room)))
    return aead.encrypt(key, padded, _context(kind, owner))


def unseal(key: bytes, kind: Kind, owner: UUID, ciphertext: bytes) -> tuple[bytes, int]:
    """Return the plaintext and the `size` it was padded to. Raises Damaged."""
    padded, length = unseal_padded(key, kind, owner, ciphertext)
    return bytes(padded[:length]), len(padded)


def unseal_padded(key: bytes, kind: Kind, owner: UUID, ciphertext: bytes) -> tuple[memoryview, int]:
    """Return the padded plaintext, and its length without the padding. Raises Damaged.

    Nothing is copied: copying would take longer, the longer the plaintext is.
    """
    try:
        padded = aead.decrypt(key, ciphertext, _context(kind, owner))
    except aead.Undecryptable as error:
        raise Damaged from error
    return memoryview(padded)[_LENGTH_BYTES:], int.from_bytes(padded[:_LENGTH_BYTES], "big")


def label_key(name: str, key: bytes) -> bytes:
    """Return `key` with a check value appended, which reveals a truncated or exchanged key.

    The check value is a hash of 256 random bits, and does not reveal them.
    """
    return key + _check(name, key)


def read_key(name: str, stored: bytes) -> bytes:
    """Return the key from the output of `label_key`, or from a bare key of older versions. Raises Damaged."""
    key, check = stored[:KEY_BYTES], stored[KEY_BYTES:]
    # A crash during wiping leaves only zeros.
    if len(key) < KEY_BYTES or not any(key) or check not in {b"", _check(name, key)}:
        raise Damaged
    return key


def _check(name: str, key: bytes) -> bytes:
    return sha256(b"|".join((b"debrief key", name.encode(), key))).digest()[:CHECK_BYTES]


def _context(kind: Kind, owner: UUID) -> bytes:
    # Binds the format too. A write counter here would count answers in clear.
    return b"|".join((kind.encode(), owner.bytes, aead.FORMAT))
