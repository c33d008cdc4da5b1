"""Secrets that the service itself has to read again: encrypted at rest under a key of the settings, bound to their row.

A dump of the database alone opens none of them. Keys that must be able to die are kept elsewhere, one for each record.
"""

from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.core import randomness
from app.core.errors import Unavailable

_NONCE_BYTES = 12
_FORMAT = b"\x01"


class Locked(Unavailable):
    """This was not locked with this key for this place: most likely the key of the settings is not the one it was."""


def lock(key: bytes, column: str, row_id: UUID, plaintext: bytes) -> bytes:
    """Encrypt `plaintext` with AES-256-GCM for one column (`table.column`) of one row."""
    nonce = randomness.token_bytes(_NONCE_BYTES)
    return _FORMAT + nonce + AESGCM(key).encrypt(nonce, plaintext, _place(column, row_id))


def unlock(key: bytes, column: str, row_id: UUID, ciphertext: bytes) -> bytes:
    """Return what was locked for this place. Raises Locked."""
    if ciphertext[:1] != _FORMAT:
        raise _locked()
    nonce, body = ciphertext[1 : 1 + _NONCE_BYTES], ciphertext[1 + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, body, _place(column, row_id))
    except (InvalidTag, ValueError) as error:
        raise _locked() from error


def _locked() -> Locked:
    return Locked(
        "vault_locked", "What is kept for this can't be opened right now. Its operator has to set the key right."
    )


def _place(column: str, row_id: UUID) -> bytes:
    return b"|".join((column.encode(), row_id.bytes, _FORMAT))
