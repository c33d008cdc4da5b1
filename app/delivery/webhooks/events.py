"""Announcing: an event becomes a row for each endpoint that wants it, in the transaction in which it happened."""

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
    """Tell the endpoints of a connection that something happened on a day.

    `data` has ids only, those that `rules.KEYS` lists for this type; the connection's own is added. Raises ValueError
    for an unknown type or anything else to say: that is a bug of the caller. An event that nobody wants leaves nothing.
    What an endpoint misses while it is switched off for its failures is kept as failed: to be delivered when asked for.
    """
    kind = EventType(event_type)
    told = checked(kind, connection_id, data)
    message_id = new_message_id()
    statement = select(EndpointRow).where(
        EndpointRow.connection_id == connection_id,
        EndpointRow.state.in_((EndpointState.ACTIVE, EndpointState.FAILING)),
    )
    for endpoint in session.scalars(statement):
        if kind not in endpoint.event_types:
            continue
        row = delivery_to(endpoint, kind, told, message_id, on)
        if endpoint.state == EndpointState.FAILING:
            row.state, row.last_error = DeliveryState.FAILED, Fault.SWITCHED_OFF
        session.add(row)


def delivery_to(
    endpoint: EndpointRow, kind: EventType, told: Mapping[str, str], message_id: str, on: date
) -> DeliveryRow:
    """Return a delivery that waits to be tried for the first time."""
    return DeliveryRow(
        id=randomness.new_id(),
        message_id=message_id,
        endpoint_id=endpoint.id,
        connection_id=endpoint.connection_id,
        event_type=kind,
        event_on=on,
        data=dict(told),
        state=DeliveryState.WAITING,
        attempts=0,
        next_try=None,
        leased_until=None,
        last_status=None,
        last_error=None,
    )


def new_message_id() -> str:
    """Return an id of a message, as receivers know it."""
    return f"msg_{randomness.new_id().hex}"
