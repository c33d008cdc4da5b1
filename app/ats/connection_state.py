"""Switching a connection off and on, with all that hangs on it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import ConnectionRow
from app.accounts.rules import ConnectionState, Provider
from app.delivery.webhooks import endpoints
from app.delivery.webhooks.models import EndpointRow, EndpointState


def switch_off(session: Session, row: ConnectionRow) -> None:
    """Take nothing more through a connection, make no offers, and send it no events."""
    row.state = ConnectionState.DISABLED
    living = select(EndpointRow).where(EndpointRow.connection_id == row.id, EndpointRow.state == EndpointState.ACTIVE)
    for endpoint in session.scalars(living.with_for_update()):
        endpoints.switch_off(session, endpoint, EndpointState.DISABLED)


def switch_on(session: Session, row: ConnectionRow) -> None:
    """Let a connection that was switched off work again; where its events go, it says anew.

    A native one through which nothing ever came waits for its first event as before.
    """
    del session
    if row.state == ConnectionState.DISABLED:
        waits = row.provider != Provider.NEUTRAL and not row.wired
        row.state = ConnectionState.PENDING_SETUP if waits else ConnectionState.ACTIVE
