"""Tables of webhook endpoints and deliveries."""

from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.leases import Leased
from app.core.models import Base, one_of


class EndpointState(StrEnum):
    """Whether events are delivered. `gone`: the receiver answered 410; `failing`: it accepted nothing for five days."""

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
    """A URL that a connection's events go to.

    `secrets` is encrypted (`app.core.column_encryption`): a JSON list of `{"secret": "whsec_…", "ends_at": seconds or
    null}`, newest first. `failing_since` is in seconds since 1970.
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
    """The delivery of one event to one endpoint, and its result: ids and a day, no text of anybody.

    `message_id` is the same at each try and redelivery, so that receivers recognise a repetition. `event_on` is the day
    of the event. Moments exist only while the delivery is being tried.
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
