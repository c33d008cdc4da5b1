"""Suppressed addresses: people who unsubscribed, stored as HMACs of their addresses.

The unsubscribe token is in a URL, as RFC 8058 requires, so it can do nothing else: it contains the digest to store, and
a MAC that proves that we made it.
"""

import base64
import binascii
import hmac

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.tokens import keyed_hash
from app.core.upsert import insert_into
from app.delivery.models import SuppressionRow

_DIGEST_BYTES = 32
_MAC_BYTES = 16


def digest_of(key: bytes, address: str) -> bytes:
    """Return the stored digest of an address; upper and lower case count as the same."""
    return keyed_hash(key, b"address", address.lower().encode())


def token_for(key: bytes, address: str) -> str:
    """Return the token for `/u/{token}`: 64 base64url characters, the same in each mail to this address."""
    digest = digest_of(key, address)
    return base64.urlsafe_b64encode(digest + _mac(key, digest)).decode()


def read_token(key: bytes, token: str) -> bytes | None:
    """Return the digest in a token, or None if we did not make the token."""
    try:
        raw = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    digest, mac = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
    return digest if hmac.compare_digest(mac, _mac(key, digest)) else None


def suppress(session: Session, digest: bytes) -> None:
    """Store that this address gets no more mail. Idempotent."""
    session.execute(insert_into(session, SuppressionRow).values(address_digest=digest).on_conflict_do_nothing())


def is_suppressed(session: Session, digest: bytes) -> bool:
    """Tell whether an address gets no mail."""
    found = select(SuppressionRow.address_digest).where(SuppressionRow.address_digest == digest)
    return session.execute(found).first() is not None


def _mac(key: bytes, digest: bytes) -> bytes:
    return keyed_hash(key, b"token", digest)[:_MAC_BYTES]
