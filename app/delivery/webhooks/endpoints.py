"""Webhook endpoints of a connection: their URLs, event types and signing secrets."""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.core import column_encryption, idempotency, keyset, randomness
from app.core.errors import Conflict, Unknown, one
from app.delivery.webhooks import addresses
from app.delivery.webhooks.addresses import Refused
from app.delivery.webhooks.events import delivery_to, new_message_id
from app.delivery.webhooks.models import DeliveryRow, DeliveryState, EndpointRow, EndpointState
from app.delivery.webhooks.rules import EventType, Fault, checked
from app.delivery.webhooks.signature import new_secret

# How long a replaced secret signs beside the new one.
OVERLAP = timedelta(hours=24)
MOST = 10
_SECRETS = "webhook_endpoints.secrets"


def create(
    session: Session,
    connection_id: UUID,
    *,
    url: str,
    event_types: Sequence[EventType],
    vault_key: bytes,
    today: date,
    to_loopback: bool,
) -> tuple[EndpointRow, str]:
    """Store an endpoint; return it with its secret, which is shown only now. Raises Invalid, Conflict."""
    _check(url, to_loopback=to_loopback)
    count = select(func.count(EndpointRow.id)).where(EndpointRow.connection_id == connection_id)
    if (session.scalar(count) or 0) >= MOST:
        raise Conflict("too_many_endpoints", f"A connection can have {MOST} endpoints. Please delete one first.")
    secret = new_secret()
    row = EndpointRow(
        id=randomness.new_id(),
        connection_id=connection_id,
        url=url,
        event_types=list(dict.fromkeys(event_types)),
        state=EndpointState.ACTIVE,
        secrets=b"",
        failing_since=None,
        created_on=today,
    )
    _keep(row, [(secret, None)], vault_key)
    session.add(row)
    session.flush()
    return row, secret


def find(session: Session, connection_id: UUID, endpoint_id: UUID, *, lock: bool = False) -> EndpointRow:
    """Return an endpoint of a connection. Raises Unknown, also for one of another connection."""
    row = session.get(EndpointRow, endpoint_id, with_for_update=lock, populate_existing=lock)
    if row is None or row.connection_id != connection_id:
        raise Unknown("unknown_endpoint", "There is no such endpoint.")
    return row


def listed(session: Session, connection_id: UUID, *, after: UUID | None, limit: int) -> Sequence[EndpointRow]:
    """Return endpoints of a connection in the order of their ids."""
    statement = select(EndpointRow).where(EndpointRow.connection_id == connection_id)
    return session.scalars(keyset.batch(statement, EndpointRow.id, after, limit)).all()


def failing(session: Session, connection_id: UUID) -> bool:
    """Tell whether an endpoint of a connection is failing, or was switched off for its failures."""
    statement = select(EndpointRow.id).where(
        EndpointRow.connection_id == connection_id,
        EndpointRow.state != EndpointState.DISABLED,
        (EndpointRow.state != EndpointState.ACTIVE) | EndpointRow.failing_since.is_not(None),
    )
    return session.scalars(statement.limit(1)).first() is not None


def change(
    session: Session,
    connection_id: UUID,
    endpoint_id: UUID,
    *,
    url: str | None,
    event_types: Sequence[EventType] | None,
    disable: bool,
    to_loopback: bool,
) -> EndpointRow:
    """Change URL or event types, or switch the endpoint off and cancel what waits. Raises Unknown, Invalid."""
    row = find(session, connection_id, endpoint_id, lock=True)
    if url is not None and url != row.url:
        _check(url, to_loopback=to_loopback)
        row.url, row.failing_since = url, None
    if event_types is not None:
        row.event_types = list(dict.fromkeys(event_types))
    if disable:
        switch_off(session, row, EndpointState.DISABLED)
    return row


def enable(session: Session, connection_id: UUID, endpoint_id: UUID) -> EndpointRow:
    """Switch an endpoint on. Missed events are sent only when a redelivery is requested."""
    row = find(session, connection_id, endpoint_id, lock=True)
    row.state, row.failing_since = EndpointState.ACTIVE, None
    return row


def switch_off(session: Session, row: EndpointRow, state: EndpointState) -> None:
    """Switch an endpoint off. Waiting deliveries become failed if the endpoint failed, else cancelled."""
    row.state = state
    failed = state == EndpointState.FAILING
    session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.endpoint_id == row.id, DeliveryRow.state == DeliveryState.WAITING)
        .values(
            state=DeliveryState.FAILED if failed else DeliveryState.CANCELLED,
            next_try=None,
            leased_until=None,
            last_error=Fault.SWITCHED_OFF,
        )
    )


def remove(session: Session, connection_id: UUID, endpoint_id: UUID) -> None:
    """Delete an endpoint with its deliveries. Raises Unknown."""
    row = find(session, connection_id, endpoint_id, lock=True)
    session.execute(delete(DeliveryRow).where(DeliveryRow.endpoint_id == row.id))
    # Repeating the request that made the endpoint must not show its secret again.
    idempotency.void(session, row.id)
    session.delete(row)


def rotate_secret(
    session: Session, connection_id: UUID, endpoint_id: UUID, vault_key: bytes, now: datetime
) -> tuple[EndpointRow, str]:
    """Make a new secret and return it. The one before it signs for another day, older ones no longer.

    Secrets that cannot be decrypted are dropped: they must not block the new one.
    """
    row = find(session, connection_id, endpoint_id, lock=True)
    secret = new_secret()
    ends_at = int((now + OVERLAP).timestamp())
    try:
        newest = _kept(row, vault_key)[:1]
    except column_encryption.Locked:
        newest = []
    _keep(row, [(secret, None), *((old, ends_at) for old, _ in newest)], vault_key)
    return row, secret


def secrets_of(row: EndpointRow, vault_key: bytes, now: datetime) -> list[str]:
    """Return the secrets that sign now, newest first. Raises column_encryption.Locked."""
    return [secret for secret, ends_at in _kept(row, vault_key) if ends_at is None or ends_at > now.timestamp()]


def ping(session: Session, connection_id: UUID, endpoint_id: UUID, today: date) -> DeliveryRow:
    """Send a test event to an endpoint, whatever its event types. Raises Unknown, Conflict."""
    row = find(session, connection_id, endpoint_id)
    must_be_active(row)
    payload = checked(EventType.PING, connection_id, {"endpoint_id": row.id})
    delivery = delivery_to(row, EventType.PING, payload, new_message_id(), today)
    session.add(delivery)
    session.flush()
    return delivery


def must_be_active(row: EndpointRow) -> None:
    """Raise Conflict if an endpoint is switched off."""
    if row.state != EndpointState.ACTIVE:
        raise Conflict("endpoint_not_active", "This endpoint is switched off. Please enable it first.")


def _check(url: str, *, to_loopback: bool) -> None:
    try:
        addresses.checked_url(url, to_loopback=to_loopback)
    except Refused:
        raise one("/url", "url_not_allowed", "This needs to be a public https address, on port 443.") from None


def _kept(row: EndpointRow, vault_key: bytes) -> list[tuple[str, int | None]]:
    stored = json.loads(column_encryption.unlock(vault_key, _SECRETS, row.id, row.secrets))
    return [(one["secret"], one["ends_at"]) for one in stored]


def _keep(row: EndpointRow, secrets: Sequence[tuple[str, int | None]], vault_key: bytes) -> None:
    text = json.dumps([{"secret": secret, "ends_at": ends_at} for secret, ends_at in secrets])
    row.secrets = column_encryption.lock(vault_key, _SECRETS, row.id, text.encode())
