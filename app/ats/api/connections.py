"""Routes for operators and vendors to create and manage connections."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session

from app.accounts import connections, keys
from app.accounts.auth import In, Maker, maker
from app.accounts.models import ConnectionRow
from app.accounts.rules import ConnectionState, KeyOwner, Provider
from app.ats import connection_check, connection_state, webhook_setup
from app.ats.api.paging import PagesOfFifty
from app.ats.connection_schemas import (
    ApiKeyCreate,
    ApiKeyCreated,
    ConnectionCreate,
    ConnectionMade,
    ConnectionPatch,
    Connections,
    ConnectionSetUp,
    ConnectionShown,
    ConnectionTested,
    HookSecretRotated,
    connection_shown,
    key_shown,
)
from app.context import Context
from app.core import idempotency
from app.core.http import IdempotencyKey, JsonRoute
from app.core.ids import PathId
from app.core.problems import responses

router = APIRouter(prefix="/v1/connections", tags=["connections"], route_class=JsonRoute)

By = Annotated[Maker, Depends(maker)]
_READ = (401, 404, 422, 503)
_WRITE = (400, 401, 404, 409, 413, 415, 422, 503)


@router.post(
    "",
    response_model=ConnectionMade,
    status_code=201,
    operation_id="create_connection",
    summary="Connect an employer's system",
    responses=responses(400, 401, 409, 413, 415, 422, 503),
)
async def create_connection(
    body: ConnectionCreate, request: Request, by: By, ctx: In, idempotency_key: IdempotencyKey = None
) -> Response:
    """Create a connection. Its key and its webhook secret are shown only now: keep them."""

    def act(session: Session) -> ConnectionMade:
        made = connections.make_connection(
            session,
            provider=body.provider,
            settings=body.settings,
            is_test=body.is_test,
            vendor_id=by.vendor_id,
            credentials=body.credentials,
            vault_key=ctx.vault_key,
            now=ctx.clock.now(),
        )
        shown = connection_shown(made.row, [made.key_row], ctx.base_url)
        return ConnectionMade(**dict(shown), key=made.key, hook_secret=made.hook_secret)

    return await _once(ctx, by, "connection", await request.body(), idempotency_key, act)


@router.get("", operation_id="list_connections", summary="List connections", responses=responses(401, 422, 503))
async def list_connections(by: By, ctx: In, paging: PagesOfFifty) -> Connections:
    """Return all connections, or those of the calling vendor."""
    after = paging.after_id({})

    def read(session: Session) -> list[ConnectionShown]:
        found = connections.listed(session, vendor_id=by.vendor_id, after=after, limit=paging.limit + 1)
        return [_shown(session, row, ctx) for row in found]

    page = paging.cut(await ctx.db.read(read), {}, lambda shown: str(shown.id))
    return Connections(data=list(page.items), next_cursor=page.next_cursor)


@router.get(
    "/{connection_id}", operation_id="show_connection", summary="Show a connection", responses=responses(*_READ)
)
async def show_connection(connection_id: PathId, by: By, ctx: In) -> ConnectionShown:
    """Return a connection: its settings, the beginnings of its keys, and the events that arrived."""
    return await ctx.db.read(
        lambda session: _shown(session, connections.find(session, connection_id, vendor_id=by.vendor_id), ctx)
    )


@router.patch(
    "/{connection_id}",
    operation_id="change_connection",
    summary="Change settings or credentials",
    responses=responses(*_WRITE),
)
async def change_connection(connection_id: PathId, body: ConnectionPatch, by: By, ctx: In) -> ConnectionShown:
    """Change the settings or the credentials of a connection."""

    def act(session: Session) -> ConnectionShown:
        row = connections.find(session, connection_id, vendor_id=by.vendor_id, lock=True)
        if body.settings is not None:
            row.settings = connections.settings_for(body.settings, is_test=row.is_test).model_dump(mode="json")
        if body.credentials is not None:
            connections.change_credentials(row, body.credentials, ctx.vault_key)
            if row.state == ConnectionState.NEEDS_RECONNECT:
                row.state = ConnectionState.ACTIVE
        return _shown(session, row, ctx)

    return await ctx.db.write(act)


@router.post(
    "/{connection_id}/disable",
    operation_id="disable_connection",
    summary="Disable a connection",
    responses=responses(*_READ),
)
async def disable_connection(connection_id: PathId, by: By, ctx: In) -> ConnectionShown:
    """Disable a connection: it accepts no messages and makes no offers. Accepted offers continue."""
    return await _switch(connection_id, by, ctx, connection_state.switch_off)


@router.post(
    "/{connection_id}/enable",
    operation_id="enable_connection",
    summary="Enable a connection",
    responses=responses(*_READ),
)
async def enable_connection(connection_id: PathId, by: By, ctx: In) -> ConnectionShown:
    """Enable a disabled connection."""
    return await _switch(connection_id, by, ctx, connection_state.switch_on)


@router.post(
    "/{connection_id}/rotate-secret",
    operation_id="rotate_hook_secret",
    summary="Rotate the webhook secret",
    responses=responses(*_READ),
)
async def rotate_hook_secret(connection_id: PathId, by: By, ctx: In) -> HookSecretRotated:
    """Return a new webhook secret, shown only now. The previous one stays valid for a day."""

    def act(session: Session) -> HookSecretRotated:
        row = connections.find(session, connection_id, vendor_id=by.vendor_id, lock=True)
        secret = connections.new_hook_secret(Provider(row.provider))
        connections.rotate_hook_secret(row, secret, ctx.vault_key, ctx.clock.now())
        return HookSecretRotated(hook_secret=secret)

    return await ctx.db.write(act)


@router.post(
    "/{connection_id}/keys",
    response_model=ApiKeyCreated,
    status_code=201,
    operation_id="create_key",
    summary="Create a key",
    responses=responses(*_WRITE, 410),
)
async def create_key(
    connection_id: PathId,
    body: ApiKeyCreate,
    request: Request,
    by: By,
    ctx: In,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Return a new key, shown only now. By default, older keys stay valid for a day.

    A key that was replaced before expires at once, so that at most two keys are valid.
    """

    def act(session: Session) -> ApiKeyCreated:
        row = connections.find(session, connection_id, vendor_id=by.vendor_id, lock=True)
        now = ctx.clock.now()
        key_row, key = keys.add(session, connections.kind_of(row), KeyOwner.CONNECTION, row.id, body.scopes, now)
        if body.retire != "never":
            keys.retire(session, row.id, now, keep=key_row.id, at_once=body.retire == "now")
        return ApiKeyCreated(**dict(key_shown(key_row)), key=key)

    return await _once(ctx, by, f"key:{connection_id}", await request.body(), idempotency_key, act)


@router.delete(
    "/{connection_id}/keys/{key_id}",
    status_code=204,
    operation_id="delete_key",
    summary="Delete a key",
    responses=responses(*_READ),
)
async def delete_key(connection_id: PathId, key_id: PathId, by: By, ctx: In) -> None:
    """Delete a key. It stops working at once."""

    def act(session: Session) -> None:
        row = connections.find(session, connection_id, vendor_id=by.vendor_id, lock=True)
        keys.remove(session, row.id, key_id)

    await ctx.db.write(act)


@router.post(
    "/{connection_id}/webhooks",
    operation_id="set_connection_up",
    summary="Create the webhooks in the other system",
    responses=responses(401, 404, 409, 422, 503),
)
async def set_connection_up(connection_id: PathId, by: By, ctx: In) -> ConnectionSetUp:
    """Create the webhooks in Ashby or Lever. Safe to repeat. Other systems need a person to create them."""
    return ConnectionSetUp(failed=list(await webhook_setup.set_up(ctx, connection_id, by.vendor_id)))


@router.post(
    "/{connection_id}/test",
    operation_id="test_connection",
    summary="Check a connection",
    responses=responses(*_READ),
)
async def test_connection(connection_id: PathId, by: By, ctx: In) -> ConnectionTested:
    """Return missing and excessive settings and permissions. Changes nothing here or in the other system."""
    return await connection_check.check(ctx, connection_id, by.vendor_id)


def _shown(session: Session, row: ConnectionRow, ctx: Context) -> ConnectionShown:
    return connection_shown(row, keys.valid_keys(session, row.id, ctx.clock.now()), ctx.base_url)


async def _switch(
    connection_id: UUID, by: Maker, ctx: Context, switch: Callable[[Session, ConnectionRow], None]
) -> ConnectionShown:
    def act(session: Session) -> ConnectionShown:
        row = connections.find(session, connection_id, vendor_id=by.vendor_id, lock=True)
        switch(session, row)
        return _shown(session, row, ctx)

    return await ctx.db.write(act)


async def _once(
    ctx: Context,
    by: Maker,
    what: str,
    raw: bytes,
    key: str | None,
    act: Callable[[Session], ConnectionMade | ApiKeyCreated],
) -> Response:
    """Run `act` once for an `Idempotency-Key`, whose scope is its caller."""
    today = ctx.clock.now().date()

    def write(session: Session) -> bytes:
        if key is None:
            return act(session).model_dump_json().encode()
        own_key = f"{what}:{by.vendor_id}:{key}"

        def made() -> bytes:
            shown = act(session)
            idempotency.tie(session, own_key, shown.id)
            return shown.model_dump_json().encode()

        return idempotency.once(session, own_key, raw, today, made)[0]

    return Response(await ctx.db.write(write), 201, media_type="application/json")
