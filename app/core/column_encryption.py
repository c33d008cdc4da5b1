"""Secrets that the service itself has to read again: encrypted at rest under a key of the settings, bound to their row.

A dump of the database alone opens none of them. Keys that must be able to die are kept elsewhere, one for each record.
"""

from uuid import UUID

from app.core import aead
from app.core.errors import Unavailable


class Locked(Unavailable):
    """This was not locked with this key for this place: most likely the key of the settings is not the one it was."""


def lock(key: bytes, column: str, row_id: UUID, plaintext: bytes) -> bytes:
    """Encrypt `plaintext` with AES-256-GCM for one column (`table.column`) of one row."""
    return aead.encrypt(key, plaintext, _place(column, row_id))


def unlock(key: bytes, column: str, row_id: UUID, ciphertext: bytes) -> bytes:
    """Return what was locked for this place. Raises Locked."""
    try:
        return aead.decrypt(key, ciphertext, _place(column, row_id))
    except aead.Undecryptable as error:
        raise Locked(
            "vault_locked", "A stored secret cannot be decrypted. The operator must restore DEBRIEF_SECRET_KEY."
        ) from error


def _place(column: str, row_id: UUID) -> bytes:
    return b"|".join((column.encode(), row_id.bytes, aead.FORMAT))
