"""Tombstones: keyed hashes of erased ids, so that a late webhook cannot recreate what was erased."""

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applications.models import TombKind, TombstoneRow
from app.core.tokens import keyed_hash


def add(session: Session, pepper: bytes, connection_id: UUID, kind: TombKind, remote_id: str, today: date) -> None:
    """Record an erasure. Repeating it changes nothing."""
    digest = _digest(pepper, connection_id, kind, remote_id)
    if session.get(TombstoneRow, (connection_id, kind, digest)) is None:
        session.add(TombstoneRow(connection_id=connection_id, kind=kind, digest=digest, erased_on=today))
        session.flush()


def exists(
    session: Session, pepper: bytes, connection_id: UUID, application_id: str | None, candidate_id: str | None
) -> bool:
    """Tell whether the application or the candidate was erased."""
    digests = [
        _digest(pepper, connection_id, kind, remote_id)
        for kind, remote_id in ((TombKind.APPLICATION, application_id), (TombKind.CANDIDATE, candidate_id))
        if remote_id is not None
    ]
    statement = select(TombstoneRow.digest).where(
        TombstoneRow.connection_id == connection_id, TombstoneRow.digest.in_(digests)
    )
    return session.scalars(statement).first() is not None


def erasure_id(pepper: bytes, connection_id: UUID, remote_id: str) -> UUID:
    """Return the id of a candidate's erasure: the same each time, and a hash that does not reveal the candidate's."""
    digest = keyed_hash(pepper, b"erasure-id", connection_id.bytes, remote_id.encode())
    return UUID(bytes=digest[:16], version=4)


def _digest(pepper: bytes, connection_id: UUID, kind: TombKind, remote_id: str) -> bytes:
    return keyed_hash(pepper, b"tombstone", connection_id.bytes, kind.encode(), remote_id.encode())
