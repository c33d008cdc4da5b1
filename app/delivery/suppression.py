"""Who wants no more mail: kept as an HMAC of the address, asked for by a token that can do nothing else.

The token stands in a URL (RFC 8058 wants it there), so it is worth nothing to whoever finds it: it says which digest to
keep, and a MAC proves that we made it.
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
    """Return what is kept of an address; its letters in any case are the same address."""
    return keyed_hash(key, b"address", address.lower().encode())


def token_for(key: bytes, address: str) -> str:
    """Return the token of `/u/{token}`: 64 base64url characters, the same in each mail to this address."""
    digest = digest_of(key, address)
    return base64.urlsafe_b64encode(digest + _mac(key, digest)).decode()


def read_token(key: bytes, token: str) -> bytes | None:
    """Return the digest that a token of ours names, or None."""
    try:
        raw = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    digest, mac = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
    return digest if hmac.compare_digest(mac, _mac(key, digest)) else None


def suppress(session: Session, digest: bytes) -> None:
    """Never write to this address again. Repeating it changes nothing."""
    session.execute(insert_into(session, SuppressionRow).values(address_digest=digest).on_conflict_do_nothing())


def is_suppressed(session: Session, digest: bytes) -> bool:
    """Tell whether this address wants no mail."""
    found = select(SuppressionRow.address_digest).where(SuppressionRow.address_digest == digest)
    return session.execute(found).first() is not None


def _mac(key: bytes, digest: bytes) -> bytes:
    return keyed_hash(key, b"token", digest)[:_MAC_BYTES]
