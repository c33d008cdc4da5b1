"""Suppressed addresses: unsubscribed or bounced, stored as HMACs of the addresses.

The unsubscribe token is in a URL, as RFC 8058 requires, so it can do nothing else: it contains the digest to store, and
a MAC that proves that we made it.
"""

import base64
import binascii
import hmac
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.tokens import keyed_hash
from app.core.upsert import insert_into
from app.delivery.models import SuppressionRow

_DIGEST_BYTES = 32
_MAC_BYTES = 16


class Suppressed(StrEnum):
    """Why an address gets no mail: its owner unsubscribed, or mail to it bounced."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"


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


def suppress_bounced(session: Session, key: bytes, digest: bytes) -> None:
    """Send this address no more mail, since mail to it bounced. Repeating it changes nothing."""
    suppress(session, _bounced(key, digest))


def lift_bounced(session: Session, key: bytes, digest: bytes) -> None:
    """Send this address mail again, unless its owner unsubscribed."""
    session.execute(delete(SuppressionRow).where(SuppressionRow.address_digest == _bounced(key, digest)))


def find_suppression(session: Session, key: bytes, digest: bytes) -> Suppressed | None:
    """Return why an address gets no mail, or None. Unsubscribing comes first."""
    bounced = _bounced(key, digest)
    statement = select(SuppressionRow.address_digest).where(SuppressionRow.address_digest.in_([digest, bounced]))
    found = set(session.scalars(statement))
    if digest in found:
        return Suppressed.UNSUBSCRIBED
    return Suppressed.BOUNCED if bounced in found else None


def _bounced(key: bytes, digest: bytes) -> bytes:
    # Another hash than that of an unsubscribed address, so that rows do not show which they are.
    return keyed_hash(key, b"bounced", digest)


def _mac(key: bytes, digest: bytes) -> bytes:
    return keyed_hash(key, b"token", digest)[:_MAC_BYTES]
