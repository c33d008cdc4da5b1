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
    """Where the events are sent: `https`, reachable from outside."""
    event_types: EventTypes
    """The types of events to send."""


class WebhookEndpointPatch(Input):
    """What is to be different. `disabled` ends deliveries until the endpoint is enabled again."""

    url: Url | None = None
    """A new address."""
    event_types: EventTypes | None = None
    """New types of events; they replace the present ones."""
    state: Literal[EndpointState.DISABLED] | None = None
    """`disabled` stops deliveries until the endpoint is enabled again."""


class WebhookEndpoint(Output):
    """An endpoint. `failing`: it took nothing for five days; `gone`: it answered 410. Both end when it is enabled."""

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
    """An endpoint with the secret that its events are signed with from now on. It is shown this once."""

    secret: str
    """The secret that signs the events (`whsec_…`). It is shown this once."""


class WebhookEndpoints(Output):
    """Endpoints, in no order that means anything."""

    data: list[WebhookEndpoint]
    """The endpoints of this page."""
    next_cursor: str | None
    """Pass this as `cursor` to get the next page; null on the last page."""


class WebhookDelivery(Output):
    """An event on its way to an endpoint. `message_id` is its `webhook-id`: the same at each try.

    `next_try_at` is null for one that is tried at once, or not any more.
    """

    id: UUID
    """The id."""
    message_id: str
    """The `webhook-id` of the message: the same at each try."""
    event_type: EventType
    """The type of the event."""
    event_on: date
    """The day on which the event happened."""
    state: DeliveryState
    """How the delivery stands."""
    attempts: int
    """How often it was tried."""
    next_try_at: datetime | None
    """When it is tried next; null for at once, or never."""
    last_status: int | None
    """The last status that the endpoint answered."""
    last_error: Fault | None
    """Why the last try failed."""


class WebhookDeliveries(Output):
    """Deliveries of the last 30 days, the latest days first."""

    data: list[WebhookDelivery]
    """The deliveries of this page."""
    next_cursor: str | None
    """Pass this as `cursor` to get the next page; null on the last page."""


class RedeliveryCreate(Input):
    """Of which days what failed is to be delivered once more, the first and the last included."""

    since: Day
    """The first day of the failed events to send again."""
    until: Day
    """The last day of the failed events to send again."""


class RedeliveryStarted(Output):
    """How many deliveries are tried again."""

    count: int
    """How many deliveries are tried again."""


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
