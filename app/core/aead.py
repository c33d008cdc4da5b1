"""AES-256-GCM with a format byte in front: format, random 96-bit nonce, ciphertext with tag (NIST SP 800-38D).

The caller binds the format into `context` where other formats may follow. Random nonces allow 2^32 encryptions per key.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.core import randomness

FORMAT = b"\x01"
_NONCE_BYTES = 12


class Undecryptable(Exception):
    """The ciphertext was not made with this key for this context, or is damaged."""


def encrypt(key: bytes, plaintext: bytes, context: bytes | None) -> bytes:
    """Return the ciphertext: 29 bytes longer than the plaintext. `context` is authenticated and not stored."""
    nonce = randomness.token_bytes(_NONCE_BYTES)
    return b"".join((FORMAT, nonce, AESGCM(key).encrypt(nonce, plaintext, context)))


def decrypt(key: bytes, ciphertext: bytes, context: bytes | None) -> bytes:
    """Return the plaintext. Raises Undecryptable."""
    if ciphertext[:1] != FORMAT:
        raise Undecryptable
    body = memoryview(ciphertext)
    try:
        return AESGCM(key).decrypt(body[1 : 1 + _NONCE_BYTES], body[1 + _NONCE_BYTES :], context)
    except (InvalidTag, ValueError) as error:  # ValueError: too short to hold a nonce.
        raise Undecryptable from error
