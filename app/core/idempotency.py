"""Idempotency keys: a repeated request gets the first answer again, without repeating the effect.

The first answer is stored for a day, encrypted under the client's key. Without the key nobody can read it: the row has
a digest of the key, a ciphertext, and a keyed hash of the body (a plain hash would confirm a guess at the names in it).
Never used when people answer: a row with a day would link a person to a ballot. Boxes carry their own retry marks.
"""

import hashlib
import hmac
from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import aead
from app.core.errors import Conflict, Gone
from app.core.models import Base
from app.core.upsert import insert_into
from app.periods import REPLAY

# The ciphertext while the answer is being made, and after its subject was erased.
_EMPTY = b""

_ENCRYPTION = b"debrief/v1/idempotency-secret"
_BODY_HASH = b"debrief/v1/idempotency-body"


class IdempotencyRow(Base):
    """An answer that can be repeated. `owner` is what the request made: erasing it wipes the answer."""

    __tablename__ = "idempotency"

    key_digest: Mapped[bytes] = mapped_column(primary_key=True)
    body_digest: Mapped[bytes]
    ct: Mapped[bytes]
    expires_on: Mapped[date]
    owner: Mapped[UUID | None] = mapped_column(index=True)


def replay(session: Session, key: str, body: bytes, today: date) -> bytes | None:
    """Return the answer that this key got before, or None.

    Raises Conflict if the key came with another body, and Gone if what the request made was erased or withdrawn.
    """
    found = session.execute(
        select(IdempotencyRow.body_digest, IdempotencyRow.ct).where(
            IdempotencyRow.key_digest == _digest(key), IdempotencyRow.expires_on >= today
        )
    ).first()
    if found is None:
        return None
    if not hmac.compare_digest(found.body_digest, _body_digest(key, body)):
        raise Conflict("idempotency_key_reused", "This Idempotency-Key came with another body before.")
    if found.ct == _EMPTY:
        raise Gone("replay_over", "What was made with this Idempotency-Key was erased or withdrawn since.")
    try:
        return aead.decrypt(_secret(key, _ENCRYPTION), found.ct, None)
    except aead.Undecryptable:
        raise Gone("replay_over", "The answer to this Idempotency-Key can no longer be read. Use another.") from None


def once(session: Session, key: str, body: bytes, today: date, act: Callable[[], bytes]) -> tuple[bytes, bool]:
    """Return the answer of `act`, or the one that this key got before; and whether `act` ran now.

    If two requests come at once, the insert of the second waits for the first, and then finds its row.
    """
    # An expired key can be used again, even before a tick has purged it.
    session.execute(
        delete(IdempotencyRow).where(IdempotencyRow.key_digest == _digest(key), IdempotencyRow.expires_on < today)
    )
    placed = session.execute(
        insert_into(session, IdempotencyRow)
        .values(
            key_digest=_digest(key),
            body_digest=_body_digest(key, body),
            ct=_EMPTY,
            expires_on=today + timedelta(days=REPLAY.days),
        )
        .on_conflict_do_nothing()
        .returning(IdempotencyRow.key_digest)
    ).first()
    if placed is None:
        answer = replay(session, key, body, today)
        if answer is None:  # A tick purged it between the two statements.
            raise Conflict("idempotency_key_reused", "This Idempotency-Key has expired just now. Please use another.")
        return answer, False
    answer = act()
    row = session.get_one(IdempotencyRow, _digest(key))
    row.ct = aead.encrypt(_secret(key, _ENCRYPTION), answer, None)
    return answer, True


def tie(session: Session, key: str, owner: UUID) -> None:
    """Record what the request with this key makes; called while it is being made."""
    session.get_one(IdempotencyRow, _digest(key)).owner = owner


def void(session: Session, owner: UUID) -> None:
    """Wipe the stored answers about `owner`, which is erased or withdrawn: a repetition now gets Gone."""
    session.execute(update(IdempotencyRow).where(IdempotencyRow.owner == owner).values(ct=_EMPTY))


def purge(session: Session, today: date) -> None:
    """Delete expired rows."""
    session.execute(delete(IdempotencyRow).where(IdempotencyRow.expires_on < today))


def _digest(key: str) -> bytes:
    return hashlib.sha256(b"debrief/v1/idempotency-id" + key.encode()).digest()


def _body_digest(key: str, body: bytes) -> bytes:
    return hmac.digest(_secret(key, _BODY_HASH), body, "sha256")


def _secret(key: str, purpose: bytes) -> bytes:
    # No slow hash is needed: the routes refuse keys of less than 22 random characters.
    return HKDF(SHA256(), 32, None, purpose).derive(key.encode())
