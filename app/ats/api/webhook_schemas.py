"""Request and response bodies of the webhook endpoint routes."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.core.schemas import AtMost, Input, Output
from app.core.text import Day
from app.delivery.webhooks.addresses import LONGEST
from app.delivery.webhooks.models import DeliveryRow, DeliveryState, EndpointRow, EndpointState
from app.delivery.webhooks.rules import EventType, Fault

Url = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
EventTypes = Annotated[tuple[EventType, ...], Field(min_length=1), AtMost(len(EventType))]


class WebhookEndpointCreate(Input):
    """A new endpoint. Its events are signed according to Standard Webhooks (standardwebhooks.com)."""

    url: Url
    """Where the events are sent: a public `https` URL."""
    event_types: EventTypes
    """The types of events to send."""


class WebhookEndpointPatch(Input):
    """A change of an endpoint."""

    url: Url | None = None
    """A new address."""
    event_types: EventTypes | None = None
    """New types of events; they replace the present ones."""
    state: Literal[EndpointState.DISABLED] | None = None
    """`disabled` stops deliveries until the endpoint is enabled again."""


class WebhookEndpoint(Output):
    """An endpoint. `failing`: it accepted nothing for five days. `gone`: it answered 410. Enabling ends both."""

    id: UUID
    """The id."""
    url: str
    """Where the events are sent."""
    event_types: list[EventType]
    """The types of events that are sent."""
    state: EndpointState
    """Whether events are sent."""
    created_on: date
    """The day on which it was made."""


class WebhookEndpointWithSecret(WebhookEndpoint):
    """An endpoint with the secret that signs its events from now on. The secret is shown only now."""

    secret: str
    """The secret that signs the events (`whsec_…`). It is shown only now."""


class WebhookEndpoints(Output):
    """A page of endpoints, in no particular order."""

    data: list[WebhookEndpoint]
    """The endpoints of this page."""
    next_cursor: str | None
    """Pass this as `cursor` to get the next page; null on the last page."""


class WebhookDelivery(Output):
    """A delivery of an event to an endpoint."""

    id: UUID
    """The id."""
    message_id: str
    """The `webhook-id` of the message: the same at each try."""
    event_type: EventType
    """The type of the event."""
    event_on: date
    """The day on which the event happened."""
    state: DeliveryState
    """The state of the delivery."""
    attempts: int
    """The number of attempts."""
    next_try_at: datetime | None
    """The time of the next attempt; null if it is immediate, or if there is none."""
    last_status: int | None
    """The last status that the endpoint answered."""
    last_error: Fault | None
    """Why the last attempt failed."""


class WebhookDeliveries(Output):
    """A page of the deliveries of the last 30 days, latest days first."""

    data: list[WebhookDelivery]
    """The deliveries of this page."""
    next_cursor: str | None
    """Pass this as `cursor` to get the next page; null on the last page."""


class RedeliveryCreate(Input):
    """A range of days, inclusive, whose failed deliveries are sent again."""

    since: Day
    """The first day of the failed events to send again."""
    until: Day
    """The last day of the failed events to send again."""


class RedeliveryStarted(Output):
    """The number of deliveries that are sent again."""

    count: int
    """The number of deliveries that are sent again."""


def endpoint_shown(row: EndpointRow) -> WebhookEndpoint:
    """Return the API representation of an endpoint."""
    return WebhookEndpoint(
        id=row.id,
        url=row.url,
        event_types=[EventType(one) for one in row.event_types],
        state=EndpointState(row.state),
        created_on=row.created_on,
    )


def with_secret(row: EndpointRow, secret: str) -> WebhookEndpointWithSecret:
    """Return the API representation of an endpoint with its new secret."""
    return WebhookEndpointWithSecret(**endpoint_shown(row).model_dump(), secret=secret)


def delivery_shown(row: DeliveryRow) -> WebhookDelivery:
    """Return the API representation of a delivery."""
    return WebhookDelivery(
        id=row.id,
        message_id=row.message_id,
        event_type=EventType(row.event_type),
        event_on=row.event_on,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        next_try_at=None if row.next_try is None else datetime.fromtimestamp(row.next_try, UTC),
        last_status=row.last_status,
        last_error=None if row.last_error is None else Fault(row.last_error),
    )
