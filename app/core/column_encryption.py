"""Encrypted columns: secrets that the service has to read again, encrypted under a key from the settings.

A ciphertext is bound to its column and row. A dump of the database alone opens none. For records that must be
erasable, the key store has a key for each record instead.
"""

from uuid import UUID

from app.core import aead
from app.core.errors import Unavailable


class Locked(Unavailable):
    """The secret cannot be decrypted: most likely DEBRIEF_SECRET_KEY has changed."""


def lock(key: bytes, column: str, row_id: UUID, plaintext: bytes) -> bytes:
    """Encrypt `plaintext` with AES-256-GCM for one column (`table.column`) of one row."""
    return aead.encrypt(key, plaintext, _context(column, row_id))


def unlock(key: bytes, column: str, row_id: UUID, ciphertext: bytes) -> bytes:
    """Return the plaintext of a column of a row. Raises Locked."""
    try:
        return aead.decrypt(key, ciphertext, _context(column, row_id))
    except aead.Undecryptable as error:
        raise Locked(
            "vault_locked", "A stored secret cannot be decrypted. The operator must restore DEBRIEF_SECRET_KEY."
        ) from error


def _context(column: str, row_id: UUID) -> bytes:
    return b"|".join((column.encode(), row_id.bytes, aead.FORMAT))
