"""Keys of connections and vendors: make, look up, replace and delete them. Only digests are stored."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from app.accounts.models import ApiKeyRow
from app.accounts.rules import KeyOwner, Scope, TokenKind
from app.core import idempotency, randomness
from app.core.errors import Unknown
from app.core.tokens import digest, new_token, well_formed

# How long a replaced key still works.
OVERLAP = timedelta(hours=24)
# How long an access token works.
ACCESS_SECONDS = 3600
_HINT = 12
KINDS = (TokenKind.TEST_CONNECTION, TokenKind.CONNECTION, TokenKind.VENDOR, TokenKind.ACCESS)


@dataclass(frozen=True)
class KeyInfo:
    """The owner and the scopes of a key."""

    key_id: UUID
    owner: KeyOwner
    owner_id: UUID
    scopes: frozenset[Scope]
    is_access_token: bool
    ends_at: int | None


def add(
    session: Session,
    kind: TokenKind,
    owner: KeyOwner,
    owner_id: UUID,
    scopes: Collection[Scope],
    now: datetime,
    *,
    ends_at: int | None = None,
) -> tuple[ApiKeyRow, str]:
    """Make a key; return its row, and the key itself, which is shown only now."""
    token = new_token(kind)
    row = ApiKeyRow(
        id=randomness.new_id(),
        owner=owner,
        owner_id=owner_id,
        digest=digest(token),
        hint=token[:_HINT],
        scopes=sorted(scopes),
        is_access_token=kind is TokenKind.ACCESS,
        created_on=now.date(),
        ends_at=ends_at,
    )
    session.add(row)
    session.flush()
    return row, token


def is_well_formed(token: str) -> bool:
    """Tell whether a token could be a key. Others need no look-up."""
    return any(well_formed(token, kind) for kind in KINDS)


def find_owner(session: Session, token_digest: bytes, now: datetime) -> KeyInfo | None:
    """Return the owner of the valid key with this digest."""
    # The digest is of 256 random bits, so the time of the index look-up reveals nothing about other keys.
    row = session.scalars(select(ApiKeyRow).where(ApiKeyRow.digest == token_digest, _is_valid(now))).one_or_none()
    if row is None:
        return None
    scopes = frozenset(Scope(one) for one in row.scopes)
    return KeyInfo(row.id, KeyOwner(row.owner), row.owner_id, scopes, row.is_access_token, row.ends_at)


def valid_keys(session: Session, owner_id: UUID, now: datetime) -> Sequence[ApiKeyRow]:
    """Return the valid keys of an owner, without access tokens."""
    statement = select(ApiKeyRow).where(
        ApiKeyRow.owner_id == owner_id, ApiKeyRow.is_access_token.is_(False), _is_valid(now)
    )
    return session.scalars(statement.order_by(ApiKeyRow.created_on, ApiKeyRow.id)).all()


def retire(session: Session, owner_id: UUID, now: datetime, *, keep: UUID, at_once: bool) -> None:
    """End all keys of an owner except `keep`, in a day or at once, with the access tokens got with them.

    During a replacement at most two keys are valid: a key that was already to end ends at once, like older secrets of
    webhooks. Otherwise replacing a stolen key twice within a day would keep it alive.
    """
    if not at_once:
        _end_outgoing(session, owner_id, now)
    ends_at = int((now if at_once else now + OVERLAP).timestamp())
    session.execute(
        update(ApiKeyRow)
        .where(
            ApiKeyRow.owner_id == owner_id,
            ApiKeyRow.id != keep,
            or_(ApiKeyRow.ends_at.is_(None), ApiKeyRow.ends_at > ends_at),
        )
        .values(ends_at=ends_at)
    )


def _end_outgoing(session: Session, owner_id: UUID, now: datetime) -> None:
    """End now the keys that were to end later. Access tokens do not record their key, so all of them go."""
    whose = ApiKeyRow.owner_id == owner_id
    outgoing = update(ApiKeyRow).where(
        whose, ApiKeyRow.is_access_token.is_(False), ApiKeyRow.ends_at > int(now.timestamp())
    )
    ended = session.scalars(outgoing.values(ends_at=int(now.timestamp())).returning(ApiKeyRow.id)).all()
    if ended:
        session.execute(delete(ApiKeyRow).where(whose, ApiKeyRow.is_access_token.is_(True)))


def remove(session: Session, owner_id: UUID, key_id: UUID) -> None:
    """Delete one key, and all access tokens of its owner. Raises Unknown."""
    row = session.get(ApiKeyRow, key_id)
    if row is None or row.owner_id != owner_id or row.is_access_token:
        raise Unknown("unknown_key", "This connection has no such key.")
    idempotency.void(session, key_id)
    session.delete(row)
    session.execute(delete(ApiKeyRow).where(ApiKeyRow.owner_id == owner_id, ApiKeyRow.is_access_token.is_(True)))


def purge(session: Session, now: datetime) -> None:
    """Delete keys and access tokens that have ended."""
    session.execute(delete(ApiKeyRow).where(ApiKeyRow.ends_at <= int(now.timestamp())))


def _is_valid(now: datetime) -> ColumnElement[bool]:
    return or_(ApiKeyRow.ends_at.is_(None), ApiKeyRow.ends_at > int(now.timestamp()))
