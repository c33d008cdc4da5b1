"""What the routes of webhook endpoints take and answer."""

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
    """Where events are to go, and which. Signed as Standard Webhooks says: standardwebhooks.com."""

    url: Url
    event_types: EventTypes


class WebhookEndpointPatch(Input):
    """What is to be different. `disabled` ends deliveries until the endpoint is enabled again."""

    url: Url | None = None
    event_types: EventTypes | None = None
    state: Literal[EndpointState.DISABLED] | None = None


class WebhookEndpoint(Output):
    """An endpoint. `failing`: it took nothing for five days; `gone`: it answered 410. Both end when it is enabled."""

    id: UUID
    url: str
    event_types: list[EventType]
    state: EndpointState
    created_on: date


class WebhookEndpointWithSecret(WebhookEndpoint):
    """An endpoint with the secret that its events are signed with from now on. It is shown this once."""

    secret: str


class WebhookEndpoints(Output):
    """Endpoints, in no order that means anything."""

    data: list[WebhookEndpoint]
    next_cursor: str | None


class WebhookDelivery(Output):
    """An event on its way to an endpoint. `message_id` is its `webhook-id`: the same at each try.

    `next_try_at` is null for one that is tried at once, or not any more.
    """

    id: UUID
    message_id: str
    event_type: EventType
    event_on: date
    state: DeliveryState
    attempts: int
    next_try_at: datetime | None
    last_status: int | None
    last_error: Fault | None


class WebhookDeliveries(Output):
    """Deliveries of the last 30 days, the latest days first."""

    data: list[WebhookDelivery]
    next_cursor: str | None


class Redeliveries(Input):
    """Of which days what failed is to be delivered once more, the first and the last included."""

    since: Day
    until: Day


class RedeliveriesBegun(Output):
    """How many deliveries are tried again."""

    count: int


def endpoint_shown(row: EndpointRow) -> WebhookEndpoint:
    """Return an endpoint as it is shown."""
    return WebhookEndpoint(
        id=row.id,
        url=row.url,
        event_types=[EventType(one) for one in row.event_types],
        state=EndpointState(row.state),
        created_on=row.created_on,
    )


def with_secret(row: EndpointRow, secret: str) -> WebhookEndpointWithSecret:
    """Return an endpoint with its new secret."""
    return WebhookEndpointWithSecret(**endpoint_shown(row).model_dump(), secret=secret)


def delivery_shown(row: DeliveryRow) -> WebhookDelivery:
    """Return a delivery as it is shown."""
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
