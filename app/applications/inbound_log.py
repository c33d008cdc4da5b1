"""What came in, so that a repetition is known again: digests and outcomes, never what was said.

The log is written after the effect, not before: what a crash interrupts is taken in again, which changes nothing, while
a message that was noted and then lost would be taken for a repetition.
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

_LONGEST_TYPE = 64


def came_before(session: Session, pepper: bytes, connection_id: UUID, key: str, body: bytes) -> Outcome | None:
    """Return what came of a message that its sender calls `key`, if it came before: `erased`, or else `duplicate`.

    Raises Conflict when another message had its name.
    """
    row = session.execute(
        select(InboundRow.body_digest, InboundRow.outcome).where(
            InboundRow.connection_id == connection_id, InboundRow.key_digest == _of_key(pepper, connection_id, key)
        )
    ).first()
    if row is None:
        return None
    if not hmac.compare_digest(row.body_digest, _of_body(pepper, connection_id, body)):
        raise Conflict("event_id_reused", "Another event came with this id before. Nothing was stored.")
    return Outcome.ERASED if row.outcome == Outcome.ERASED else Outcome.DUPLICATE


def note(
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
    """Write down what came of a message; of one that came at the same time twice, once."""
    session.execute(
        insert_into(session, InboundRow)
        .values(
            id=randomness.new_id(),
            connection_id=connection_id,
            key_digest=_of_key(pepper, connection_id, key),
            body_digest=_of_body(pepper, connection_id, body),
            event_type=event_type[:_LONGEST_TYPE] if event_type else None,
            # Of what was erased not even the other system's id is kept.
            application_remote_id=None if outcome is Outcome.ERASED else application_remote_id,
            outcome=outcome,
            received_on=today,
        )
        .on_conflict_do_nothing()
    )


def note_state(
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
    """Write down what came of the last telling of how something stands, in place of what came of those before.

    Such a telling may be repeated as often as one likes, and whole systems are, each night: one row for each thing.
    """
    told = {
        "body_digest": _of_body(pepper, connection_id, body),
        "application_remote_id": None if outcome is Outcome.ERASED else application_remote_id,
        "event_type": event_type,
        "outcome": outcome,
        "received_on": today,
    }
    # No event has this key: none of theirs has a line end.
    key = _of_key(pepper, connection_id, f"{event_type}\n{remote_id}")
    statement = insert_into(session, InboundRow).values(
        id=randomness.new_id(), connection_id=connection_id, key_digest=key, **told
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[InboundRow.connection_id, InboundRow.key_digest],
            set_=told,
            where=or_(
                InboundRow.received_on != today,
                InboundRow.outcome != outcome,
                InboundRow.body_digest != told["body_digest"],
            ),
        )
    )


def find(session: Session, connection_id: UUID, message_id: UUID) -> InboundRow:
    """Return a message of the last two weeks. Raises Unknown."""
    row = session.get(InboundRow, message_id)
    if row is None or row.connection_id != connection_id or row.outcome is None:
        raise Unknown("unknown_delivery", "There is no such delivery.")
    return row


def listed(
    session: Session, connection_id: UUID, *, after: UUID | None = None, limit: int = 1000
) -> Sequence[InboundRow]:
    """Return what came in the last two weeks in the order of their ids, which is none of time."""
    statement = select(InboundRow).where(InboundRow.connection_id == connection_id, InboundRow.outcome.is_not(None))
    return session.scalars(keyset.batch(statement, InboundRow.id, after, limit)).all()


def _of_key(pepper: bytes, connection_id: UUID, key: str) -> bytes:
    return keyed_hash(pepper, b"inbound-key", connection_id.bytes, key.encode())


def _of_body(pepper: bytes, connection_id: UUID, body: bytes) -> bytes:
    # Keyed: a plain digest would confirm a guess at what it said.
    return keyed_hash(pepper, b"inbound-body", connection_id.bytes, body)
