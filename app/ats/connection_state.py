"""Disabling and enabling a connection, with its webhook endpoints."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import ConnectionRow
from app.accounts.rules import ConnectionState, Provider
from app.delivery.webhooks import endpoints
from app.delivery.webhooks.models import EndpointRow, EndpointState


def switch_off(session: Session, row: ConnectionRow) -> None:
    """Disable a connection: it accepts no messages, makes no offers, and its webhook endpoints receive no events."""
    row.state = ConnectionState.DISABLED
    living = select(EndpointRow).where(EndpointRow.connection_id == row.id, EndpointRow.state == EndpointState.ACTIVE)
    for endpoint in session.scalars(living.with_for_update()):
        endpoints.switch_off(session, endpoint, EndpointState.DISABLED)


def switch_on(session: Session, row: ConnectionRow) -> None:
    """Enable a disabled connection. Its webhook endpoints stay disabled until their owner enables them.

    A native connection that never received an event waits for its first one.
    """
    del session
    if row.state == ConnectionState.DISABLED:
        waits = row.provider != Provider.NEUTRAL and not row.wired
        row.state = ConnectionState.PENDING_SETUP if waits else ConnectionState.ACTIVE
