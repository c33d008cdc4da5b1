"""Route for signed events of the neutral contract. It checks the signature before it parses anything."""

from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session
from typing_extensions import override

from app.accounts import connections
from app.accounts.auth import Anonymous, In, check_rate, context_of
from app.accounts.models import ConnectionRow
from app.accounts.rules import ConnectionState, Provider
from app.ats.api.applications import WRITES, accept_event
from app.ats.neutral import answer_schemas as answers
from app.ats.neutral import schemas
from app.context import Context
from app.core.errors import Unauthenticated, Unknown
from app.core.http import JsonRoute
from app.core.ids import PathId
from app.core.problems import NOT_FOUND
from app.delivery.webhooks import signature


class SignedRoute(JsonRoute):
    """A route that checks the signature over the bytes before anything in them is parsed."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def check_and_handle(request: Request) -> Response:
            await _authenticate(await context_of(request), request)
            return await handle(request)

        return check_and_handle


router = APIRouter(prefix="/v1/hooks/neutral", tags=["ats"], route_class=SignedRoute)


@router.post(
    "/{connection_id}",
    status_code=202,
    operation_id="post_signed_event",
    summary="Send a signed event",
    responses=WRITES,
)
async def post_signed_event(
    connection_id: PathId, body: schemas.AtsEvent, request: Request, _anyone: Anonymous, ctx: In
) -> answers.AtsEventAccepted:
    """Take an event that is signed as Standard Webhooks has it, with the secret of the connection."""
    return await accept_event(ctx, await ctx.db.read(connections.find, connection_id), body, request)


async def _authenticate(ctx: Context, request: Request) -> None:
    """Raise Unknown, Unauthenticated or TooManyRequests unless a connection signed this and may still send."""
    try:
        connection_id = UUID(request.path_params["connection_id"])
    except ValueError:
        raise NOT_FOUND from None
    now = ctx.clock.now()
    connection = await ctx.db.read(_find, connection_id)
    # The time until a refusal must not show whether the connection exists.
    secrets = connections.hook_secrets(connection, ctx.vault_key, now) if connection else [signature.new_secret()]
    verdict = signature.verify(secrets, request.headers, await request.body(), now)
    if connection is None:
        raise Unknown("unknown_connection", "There is no such connection.")
    if verdict is not signature.Verdict.GOOD:
        raise Unauthenticated("bad_signature", "The signature is missing, wrong or more than five minutes old.")
    check_rate(request, connection_id)


def _find(session: Session, connection_id: UUID) -> ConnectionRow | None:
    row = session.get(ConnectionRow, connection_id)
    if row is None or row.provider != Provider.NEUTRAL or row.state == ConnectionState.DISABLED:
        return None
    return row
