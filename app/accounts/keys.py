"""Keys of connections and vendors: made, replaced, recognised. Only their digests are kept."""

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

# How long a key that was replaced still works, and how long an access token does.
OVERLAP = timedelta(hours=24)
ACCESS_SECONDS = 3600
_HINT = 12
KINDS = (TokenKind.TEST_CONNECTION, TokenKind.CONNECTION, TokenKind.VENDOR, TokenKind.ACCESS)


@dataclass(frozen=True)
class Known:
    """Whose key it was, and what it may be used for."""

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
    """Make a key; return what is kept of it, and the key itself, which is shown this once."""
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


def look_like_ours(token: str) -> bool:
    """Tell whether a token could be a key: what can't be needs no look-up."""
    return any(well_formed(token, kind) for kind in KINDS)


def recognise(session: Session, token_digest: bytes, now: datetime) -> Known | None:
    """Return whose living key has this digest."""
    # Found by a digest of 256 random bits: how long the index takes tells nothing of any key.
    row = session.scalars(select(ApiKeyRow).where(ApiKeyRow.digest == token_digest, _living(now))).one_or_none()
    if row is None:
        return None
    scopes = frozenset(Scope(one) for one in row.scopes)
    return Known(row.id, KeyOwner(row.owner), row.owner_id, scopes, row.is_access_token, row.ends_at)


def living(session: Session, owner_id: UUID, now: datetime) -> Sequence[ApiKeyRow]:
    """Return the keys of an owner that still work."""
    statement = select(ApiKeyRow).where(
        ApiKeyRow.owner_id == owner_id, ApiKeyRow.is_access_token.is_(False), _living(now)
    )
    return session.scalars(statement.order_by(ApiKeyRow.created_on, ApiKeyRow.id)).all()


def retire(session: Session, owner_id: UUID, now: datetime, *, keep: UUID, at_once: bool) -> None:
    """Let all keys of an owner but one end: in a day, or now; with them the access tokens got with them.

    While one key replaces another, two live and no more: one that was on its way out already ends at once, as older
    secrets of webhooks do. Else whoever replaces a stolen key twice in a day would have kept it alive.
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
    """Let keys that were to end later end now. No token says which key it was got with, so that all of them go."""
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


def remove_all(session: Session, owner_id: UUID) -> None:
    """Delete all keys of an owner."""
    session.execute(delete(ApiKeyRow).where(ApiKeyRow.owner_id == owner_id))


def purge(session: Session, now: datetime) -> None:
    """Delete what has ended."""
    session.execute(delete(ApiKeyRow).where(ApiKeyRow.ends_at <= int(now.timestamp())))


def _living(now: datetime) -> ColumnElement[bool]:
    return or_(ApiKeyRow.ends_at.is_(None), ApiKeyRow.ends_at > int(now.timestamp()))
