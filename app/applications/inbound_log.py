"""Log of inbound messages, to recognise duplicates: keyed digests and outcomes, never content.

A message is logged after its effect. If a crash comes in between, its sender repeats it, which changes nothing. Logged
before the effect, it would be lost: its repetition would pass for a duplicate.
"""

import hmac
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.applications.models import InboundRow, Outcome
from app.core import keyset, randomness
from app.core.errors import Conflict, Unknown
from app.core.tokens import keyed_hash
from app.core.upsert import insert_into

_MAX_TYPE_LENGTH = 64


def find_duplicate(session: Session, pepper: bytes, connection_id: UUID, key: str, body: bytes) -> Outcome | None:
    """Return `erased` or `duplicate` if a message with this key and body came before, else None.

    Raises Conflict if a message with this key and another body came before.
    """
    row = session.execute(
        select(InboundRow.body_digest, InboundRow.outcome).where(
            InboundRow.connection_id == connection_id,
            InboundRow.key_digest == _digest_of_key(pepper, connection_id, key),
        )
    ).first()
    if row is None:
        return None
    if not hmac.compare_digest(row.body_digest, _digest_of_body(pepper, connection_id, body)):
        raise Conflict("event_id_reused", "Another event came with this id before. Nothing was stored.")
    return Outcome.ERASED if row.outcome == Outcome.ERASED else Outcome.DUPLICATE


def log_event(
    session: Session,
    pepper: bytes,
    connection_id: UUID,
    key: str,
    body: bytes,
    *,
    event_type: str | None,
    application_remote_id: str | None,
    outcome: Outcome,
    today: date,
) -> None:
    """Log the outcome of an event. If it came twice at the same time, the first entry stays."""
    session.execute(
        insert_into(session, InboundRow)
        .values(
            id=randomness.new_id(),
            connection_id=connection_id,
            key_digest=_digest_of_key(pepper, connection_id, key),
            body_digest=_digest_of_body(pepper, connection_id, body),
            event_type=event_type[:_MAX_TYPE_LENGTH] if event_type else None,
            # Not even the ATS id of an erased application is kept.
            application_remote_id=None if outcome is Outcome.ERASED else application_remote_id,
            outcome=outcome,
            received_on=today,
        )
        .on_conflict_do_nothing()
    )


def log_snapshot(
    session: Session,
    pepper: bytes,
    connection_id: UUID,
    remote_id: str,
    body: bytes,
    *,
    event_type: str,
    application_remote_id: str,
    outcome: Outcome,
    today: date,
) -> None:
    """Log the outcome of a snapshot in place of earlier ones of the same object.

    An ATS may send the snapshots of all its applications each night: hence one row per object.
    """
    values = {
        "body_digest": _digest_of_body(pepper, connection_id, body),
        "application_remote_id": None if outcome is Outcome.ERASED else application_remote_id,
        "event_type": event_type,
        "outcome": outcome,
        "received_on": today,
    }
    # No event has such a key: event ids contain no line feed.
    key = _digest_of_key(pepper, connection_id, f"{event_type}\n{remote_id}")
    statement = insert_into(session, InboundRow).values(
        id=randomness.new_id(), connection_id=connection_id, key_digest=key, **values
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[InboundRow.connection_id, InboundRow.key_digest],
            set_=values,
            where=or_(
                InboundRow.received_on != today,
                InboundRow.outcome != outcome,
                InboundRow.body_digest != values["body_digest"],
            ),
        )
    )


def find(session: Session, connection_id: UUID, message_id: UUID) -> InboundRow:
    """Return a log entry of the last two weeks. Raises Unknown."""
    row = session.get(InboundRow, message_id)
    if row is None or row.connection_id != connection_id or row.outcome is None:
        raise Unknown("unknown_delivery", "There is no such delivery.")
    return row


def list_page(
    session: Session, connection_id: UUID, *, after: UUID | None = None, limit: int = 1000
) -> Sequence[InboundRow]:
    """Return log entries of the last two weeks, ordered by their random ids."""
    statement = select(InboundRow).where(InboundRow.connection_id == connection_id, InboundRow.outcome.is_not(None))
    return session.scalars(keyset.batch(statement, InboundRow.id, after, limit)).all()


def _digest_of_key(pepper: bytes, connection_id: UUID, key: str) -> bytes:
    return keyed_hash(pepper, b"inbound-key", connection_id.bytes, key.encode())


def _digest_of_body(pepper: bytes, connection_id: UUID, body: bytes) -> bytes:
    # Keyed: a plain digest would confirm a guess at the content.
    return keyed_hash(pepper, b"inbound-body", connection_id.bytes, body)
