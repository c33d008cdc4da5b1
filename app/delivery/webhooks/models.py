"""Endpoints, and what was or will be delivered to them."""

from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.leases import Leased
from app.core.models import Base, one_of


class EndpointState(StrEnum):
    """Whether events are delivered. `gone`: it said so (410); `failing`: nothing was taken for five days."""

    ACTIVE = "active"
    DISABLED = "disabled"
    GONE = "gone"
    FAILING = "failing"


class DeliveryState(StrEnum):
    """The life of a delivery."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class EndpointRow(Base):
    """Where a connection wants its events. `secrets` is locked (`app.core.column_encryption`): a JSON list of
    `{"secret": "whsec_…", "ends_at": seconds or null}`, newest first. `failing_since` in seconds since 1970.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (one_of("state", EndpointState),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID] = mapped_column(ForeignKey("connections.id"), index=True)
    url: Mapped[str] = mapped_column(String(2048))
    event_types: Mapped[list[Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(12))
    secrets: Mapped[bytes]
    failing_since: Mapped[int | None] = mapped_column(BigInteger)
    created_on: Mapped[date]


class DeliveryRow(Leased, Base):
    """One event on its way to one endpoint, and what came of it: ids and a day, nothing that anybody wrote.

    `message_id` is what receivers know a repetition by: the same at each try, and at a redelivery by hand. `event_on`
    is the day that the event tells; moments exist while it is being tried.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        one_of("state", DeliveryState),
        Index("ix_webhook_deliveries_state_next_try", "state", "next_try"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(40), index=True)
    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_endpoints.id"), index=True)
    connection_id: Mapped[UUID] = mapped_column(index=True)
    event_type: Mapped[str] = mapped_column(String(48))
    event_on: Mapped[date]
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(12))
    next_try: Mapped[int | None] = mapped_column(BigInteger)
    last_status: Mapped[int | None]
    last_error: Mapped[str | None] = mapped_column(String(40))
