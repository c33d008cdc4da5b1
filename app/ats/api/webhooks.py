"""Routes for a connection to manage its webhook endpoints and their deliveries."""

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.accounts.auth import Caller, In, needs
from app.accounts.rules import Scope
from app.ats.api.paging import PagesOfTwenty
from app.ats.api.webhook_schemas import (
    RedeliveryCreate,
    RedeliveryStarted,
    WebhookDeliveries,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEndpointCreate,
    WebhookEndpointPatch,
    WebhookEndpoints,
    WebhookEndpointWithSecret,
    delivery_shown,
    endpoint_shown,
    with_secret,
)
from app.context import Context
from app.core import idempotency
from app.core.http import IdempotencyKey, JsonRoute
from app.core.ids import PathId
from app.core.problems import responses
from app.delivery.webhooks import deliveries, endpoints, rules
from app.delivery.webhooks.models import DeliveryRow, DeliveryState

router = APIRouter(prefix="/v1/webhook-endpoints", tags=["webhooks"], route_class=JsonRoute)

Manager = Annotated[Caller, Depends(needs(Scope.WEBHOOKS_MANAGE))]
_BODY = (400, 401, 403, 404, 409, 413, 415, 422, 429, 503)


@router.post(
    "",
    response_model=WebhookEndpointWithSecret,
    status_code=201,
    operation_id="create_webhook_endpoint",
    summary="Create an endpoint",
    responses=responses(400, 401, 403, 409, 410, 413, 415, 422, 429, 503),
)
async def create_webhook_endpoint(
    body: WebhookEndpointCreate, request: Request, caller: Manager, ctx: In, idempotency_key: IdempotencyKey = None
) -> Response:
    """Create an endpoint. Its signing secret is shown only now: keep it."""

    def create(session: Session) -> BaseModel:
        made = endpoints.create(
            session,
            caller.connection_id,
            url=body.url,
            event_types=body.event_types,
            vault_key=ctx.vault_key,
            today=ctx.clock.now().date(),
            to_loopback=ctx.webhooks_to_loopback,
        )
        return with_secret(*made)

    return await _once(ctx, caller, "create", await request.body(), idempotency_key, create, status=201)


@router.get(
    "",
    operation_id="list_webhook_endpoints",
    summary="List endpoints",
    responses=responses(401, 403, 422, 429, 503),
)
async def list_webhook_endpoints(caller: Manager, ctx: In, paging: PagesOfTwenty) -> WebhookEndpoints:
    """Return the endpoints of this connection, without their secrets."""
    found = await ctx.db.read(endpoints.listed, caller.connection_id, after=paging.after_id({}), limit=paging.limit + 1)
    page = paging.cut(found, {}, lambda row: str(row.id))
    return WebhookEndpoints(data=[endpoint_shown(row) for row in page.items], next_cursor=page.next_cursor)


@router.get(
    "/{endpoint_id}",
    operation_id="show_webhook_endpoint",
    summary="Show an endpoint",
    responses=responses(401, 403, 404, 429, 503),
)
async def show_webhook_endpoint(endpoint_id: PathId, caller: Manager, ctx: In) -> WebhookEndpoint:
    """Return an endpoint, without its secret."""
    return endpoint_shown(await ctx.db.read(endpoints.find, caller.connection_id, endpoint_id))


@router.patch(
    "/{endpoint_id}",
    operation_id="change_webhook_endpoint",
    summary="Change an endpoint",
    responses=responses(*_BODY),
)
async def change_webhook_endpoint(
    endpoint_id: PathId, body: WebhookEndpointPatch, caller: Manager, ctx: In
) -> WebhookEndpoint:
    """Change the URL, the event types or the state. Disabling cancels pending deliveries."""
    return await ctx.db.write(
        lambda session: endpoint_shown(
            endpoints.change(
                session,
                caller.connection_id,
                endpoint_id,
                url=body.url,
                event_types=body.event_types,
                disable=body.state is not None,
                to_loopback=ctx.webhooks_to_loopback,
            )
        )
    )


@router.delete(
    "/{endpoint_id}",
    status_code=204,
    operation_id="delete_webhook_endpoint",
    summary="Delete an endpoint",
    responses=responses(401, 403, 404, 429, 503),
)
async def delete_webhook_endpoint(endpoint_id: PathId, caller: Manager, ctx: In) -> None:
    """Delete an endpoint and the log of its deliveries."""
    await ctx.db.write(endpoints.remove, caller.connection_id, endpoint_id)


@router.post(
    "/{endpoint_id}/rotate-secret",
    response_model=WebhookEndpointWithSecret,
    operation_id="rotate_webhook_secret",
    summary="Rotate the signing secret",
    responses=responses(401, 403, 404, 409, 410, 422, 429, 503),
)
async def rotate_webhook_secret(
    endpoint_id: PathId, caller: Manager, ctx: In, idempotency_key: IdempotencyKey = None
) -> Response:
    """Return a new signing secret, shown only now. Events carry both signatures for 24 hours. Older secrets end at
    once.
    """

    def rotate(session: Session) -> BaseModel:
        now = ctx.clock.now()
        return with_secret(*endpoints.rotate_secret(session, caller.connection_id, endpoint_id, ctx.vault_key, now))

    return await _once(ctx, caller, f"rotate {endpoint_id}", b"", idempotency_key, rotate)


@router.post(
    "/{endpoint_id}/test",
    response_model=WebhookDelivery,
    status_code=202,
    operation_id="send_test_event",
    summary="Send a test event",
    responses=responses(401, 403, 404, 409, 422, 429, 503),
)
async def send_test_event(
    endpoint_id: PathId, caller: Manager, ctx: In, idempotency_key: IdempotencyKey = None
) -> Response:
    """Send `ping` to the endpoint, whatever its event types. The result is in the list of deliveries."""

    def ping(session: Session) -> BaseModel:
        today = ctx.clock.now().date()
        return delivery_shown(endpoints.ping(session, caller.connection_id, endpoint_id, today))

    return await _once(ctx, caller, f"ping {endpoint_id}", b"", idempotency_key, ping, status=202)


@router.post(
    "/{endpoint_id}/enable",
    operation_id="enable_webhook_endpoint",
    summary="Enable an endpoint",
    responses=responses(401, 403, 404, 429, 503),
)
async def enable_webhook_endpoint(endpoint_id: PathId, caller: Manager, ctx: In) -> WebhookEndpoint:
    """Enable an endpoint. Ask for redeliveries of the events that it missed."""
    return await ctx.db.write(
        lambda session: endpoint_shown(endpoints.enable(session, caller.connection_id, endpoint_id))
    )


@router.get(
    "/{endpoint_id}/deliveries",
    operation_id="list_webhook_deliveries",
    summary="List deliveries",
    responses=responses(401, 403, 404, 422, 429, 503),
)
async def list_webhook_deliveries(
    endpoint_id: PathId, caller: Manager, ctx: In, paging: PagesOfTwenty, state: DeliveryState | None = None
) -> WebhookDeliveries:
    """Return the deliveries of the last 30 days, latest days first, without the content of any feedback."""
    filters = {"state": state, "endpoint": endpoint_id}
    after = deliveries.place_of(paging.after(filters))

    def read(session: Session) -> Sequence[DeliveryRow]:
        endpoint = endpoints.find(session, caller.connection_id, endpoint_id)
        return deliveries.listed(session, endpoint, state=state, after=after, limit=paging.limit + 1)

    page = paging.cut(await ctx.db.read(read), filters, deliveries.key_of, query={"state": state})
    return WebhookDeliveries(data=[delivery_shown(row) for row in page.items], next_cursor=page.next_cursor)


@router.post(
    "/{endpoint_id}/deliveries/{delivery_id}/redelivery",
    status_code=202,
    operation_id="redeliver_webhook",
    summary="Redeliver an event",
    responses=responses(401, 403, 404, 409, 429, 503),
)
async def redeliver_webhook(endpoint_id: PathId, delivery_id: PathId, caller: Manager, ctx: In) -> WebhookDelivery:
    """Send this event again with new attempts and the same `webhook-id`."""

    def redeliver(session: Session) -> WebhookDelivery:
        endpoint = endpoints.find(session, caller.connection_id, endpoint_id, lock=True)
        return delivery_shown(deliveries.redeliver(session, endpoint, delivery_id))

    return await ctx.db.write(redeliver)


@router.post(
    "/{endpoint_id}/redeliveries",
    status_code=202,
    operation_id="redeliver_failed_webhooks",
    summary="Redeliver failed events",
    responses=responses(*_BODY),
)
async def redeliver_failed_webhooks(
    endpoint_id: PathId, body: RedeliveryCreate, caller: Manager, ctx: In
) -> RedeliveryStarted:
    """Send the failed deliveries of a range of days again. Successful ones are not repeated."""
    since, until = rules.days(body.since, body.until)

    def redeliver(session: Session) -> int:
        endpoint = endpoints.find(session, caller.connection_id, endpoint_id, lock=True)
        return deliveries.redeliver_failed(session, endpoint, since, until)

    return RedeliveryStarted(count=await ctx.db.write(redeliver))


async def _once(
    ctx: Context,
    caller: Caller,
    meaning: str,
    raw: bytes,
    key: str | None,
    act: Callable[[Session], BaseModel],
    *,
    status: int = 200,
) -> Response:
    """Run `act` once for an `Idempotency-Key` of this connection, and answer a repetition with the same response."""

    def run(session: Session) -> bytes:
        if key is None:
            return act(session).model_dump_json().encode()
        # The operation is part of the fingerprint: the same key on another route is refused.
        meant = f"{meaning}\n".encode() + raw
        own_key = f"{caller.connection_id}/{key}"

        def made() -> bytes:
            shown = act(session)
            if isinstance(shown, WebhookEndpointWithSecret):
                idempotency.tie(session, own_key, shown.id)
            return shown.model_dump_json().encode()

        return idempotency.once(session, own_key, meant, ctx.clock.now().date(), made)[0]

    return Response(await ctx.db.write(run), status, media_type="application/json")
