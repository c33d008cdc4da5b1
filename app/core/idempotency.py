"""Repeating a request without repeating its effect: the first answer is kept for a day, encrypted under the key itself.

Who does not hold the key can read nothing of it: what is stored is a digest of the key, a ciphertext, and a keyed hash
of the body (a plain one would confirm a guess at the names in it). Never used for answers, where a row with a time
would link a person to a ballot; those carry their retry marks inside the box.
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

# The day of validity can begin at any hour, so it is kept through the day after: no hour is stored that tells when.
_DAYS = 1
# Of an answer that is being made, and of one whose subject is gone.
_NOTHING = b""

_SEALING = b"debrief/v1/idempotency-secret"
_MARKING = b"debrief/v1/idempotency-body"


class IdempotencyRow(Base):
    """An answer that can be repeated by whoever holds the key. `owner` is what it made, with which it goes."""

    __tablename__ = "idempotency"

    key_digest: Mapped[bytes] = mapped_column(primary_key=True)
    body_digest: Mapped[bytes]
    ct: Mapped[bytes]
    expires_on: Mapped[date]
    owner: Mapped[UUID | None] = mapped_column(index=True)


def replay(session: Session, key: str, body: bytes, today: date) -> bytes | None:
    """Return what was answered to this key before, or None.

    Raises Conflict if that was for another body, and Gone if what it made was erased or withdrawn since.
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
    if found.ct == _NOTHING:
        raise Gone("replay_over", "What was made with this Idempotency-Key was erased or withdrawn since.")
    try:
        return aead.decrypt(_secret(key, _SEALING), found.ct, None)
    except aead.Undecryptable:
        raise Gone("replay_over", "The answer to this Idempotency-Key can no longer be read. Use another.") from None


def once(session: Session, key: str, body: bytes, today: date, act: Callable[[], bytes]) -> tuple[bytes, bool]:
    """Return what `act` answers, or what it answered to this key before; and whether it ran now.

    Two at the same time: the insert of the second waits for the first, and then finds its row.
    """
    # A key that has expired is free again, whether or not a tick has purged it.
    session.execute(
        delete(IdempotencyRow).where(IdempotencyRow.key_digest == _digest(key), IdempotencyRow.expires_on < today)
    )
    placed = session.execute(
        insert_into(session, IdempotencyRow)
        .values(
            key_digest=_digest(key),
            body_digest=_body_digest(key, body),
            ct=_NOTHING,
            expires_on=today + timedelta(days=_DAYS),
        )
        .on_conflict_do_nothing()
        .returning(IdempotencyRow.key_digest)
    ).first()
    if placed is None:
        answer = replay(session, key, body, today)
        if answer is None:  # It was purged between the two statements.
            raise Conflict("idempotency_key_reused", "This Idempotency-Key has expired just now. Please use another.")
        return answer, False
    answer = act()
    row = session.get_one(IdempotencyRow, _digest(key))
    row.ct = aead.encrypt(_secret(key, _SEALING), answer, None)
    return answer, True


def tie(session: Session, key: str, owner: UUID) -> None:
    """Note what the answer to this key has made; called while that is being made."""
    session.get_one(IdempotencyRow, _digest(key)).owner = owner


def void(session: Session, owner: UUID) -> None:
    """Wipe the answers that tell of `owner`, which is erased or withdrawn: a repetition gets Gone from now on."""
    session.execute(update(IdempotencyRow).where(IdempotencyRow.owner == owner).values(ct=_NOTHING))


def purge(session: Session, today: date) -> None:
    """Delete what is older than a day."""
    session.execute(delete(IdempotencyRow).where(IdempotencyRow.expires_on < today))


def _digest(key: str) -> bytes:
    return hashlib.sha256(b"debrief/v1/idempotency-id" + key.encode()).digest()


def _body_digest(key: str, body: bytes) -> bytes:
    return hmac.digest(_secret(key, _MARKING), body, "sha256")


def _secret(key: str, purpose: bytes) -> bytes:
    # No slow hash: keys shorter than 22 random characters are refused at the edge.
    return HKDF(SHA256(), 32, None, purpose).derive(key.encode())
