"""Webhook events: write a delivery for each endpoint that wants an event, in the transaction that causes it."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import randomness
from app.delivery.webhooks.models import DeliveryRow, DeliveryState, EndpointRow, EndpointState
from app.delivery.webhooks.rules import EventType, Fault, checked


def announce(session: Session, connection_id: UUID, event_type: str, data: Mapping[str, Any], *, on: date) -> None:
    """Send an event of a day to the endpoints of a connection that want it.

    `data` may contain the ids that `rules.KEYS` lists for this type; the connection's id is added. Raises ValueError
    for an unknown type or other data, which is a bug of the caller. If an endpoint was switched off for its failures,
    the delivery is stored as failed, so that it can be redelivered.
    """
    kind = EventType(event_type)
    payload = checked(kind, connection_id, data)
    message_id = new_message_id()
    statement = select(EndpointRow).where(
        EndpointRow.connection_id == connection_id,
        EndpointRow.state.in_((EndpointState.ACTIVE, EndpointState.FAILING)),
    )
    for endpoint in session.scalars(statement):
        if kind not in endpoint.event_types:
            continue
        row = delivery_to(endpoint, kind, payload, message_id, on)
        if endpoint.state == EndpointState.FAILING:
            row.state, row.last_error = DeliveryState.FAILED, Fault.SWITCHED_OFF
        session.add(row)


def delivery_to(
    endpoint: EndpointRow, kind: EventType, payload: Mapping[str, str], message_id: str, on: date
) -> DeliveryRow:
    """Return a new delivery, due at once."""
    return DeliveryRow(
        id=randomness.new_id(),
        message_id=message_id,
        endpoint_id=endpoint.id,
        connection_id=endpoint.connection_id,
        event_type=kind,
        event_on=on,
        data=dict(payload),
        state=DeliveryState.WAITING,
        attempts=0,
        next_try=None,
        leased_until=None,
        last_status=None,
        last_error=None,
    )


def new_message_id() -> str:
    """Return a new message id."""
    return f"msg_{randomness.new_id().hex}"
