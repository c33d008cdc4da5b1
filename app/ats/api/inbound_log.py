"""Routes for operators and vendors to see the inbound messages and the notices of a connection."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.orm import Session

from app.accounts import connections
from app.accounts.auth import In, Maker, maker
from app.accounts.rules import Provider
from app.applications import inbound_log, notices, sync_queue
from app.ats.connection_schemas import (
    ConnectionNotice,
    ConnectionNotices,
    InboundMessage,
    InboundMessages,
    ReplayAccepted,
)
from app.core import pagination
from app.core.errors import Conflict
from app.core.http import JsonRoute
from app.core.ids import PathId
from app.core.pagination import Cursor, Limit
from app.core.problems import responses

router = APIRouter(prefix="/v1/connections", tags=["connections"], route_class=JsonRoute)

By = Annotated[Maker, Depends(maker)]


@router.get(
    "/{connection_id}/deliveries",
    operation_id="list_inbound",
    summary="What came through a connection",
    responses=responses(401, 404, 422, 503),
)
async def list_inbound(
    connection_id: PathId,
    request: Request,
    response: Response,
    by: By,
    ctx: In,
    limit: Annotated[Limit, Query()] = 50,
    cursor: Annotated[Cursor | None, Query()] = None,
) -> InboundMessages:
    """Return the messages of the last two weeks: the subject and the outcome of each, never its content.

    The log has only the last snapshot (`application.snapshot`, `interview.snapshot`) of each application and interview.
    """
    filters = {"connection": str(connection_id)}
    after = pagination.read_id(cursor, filters)

    def read(session: Session) -> pagination.Page[InboundMessage]:
        row = connections.find(session, connection_id, vendor_id=by.vendor_id)
        found = inbound_log.listed(session, row.id, after=after, limit=limit + 1)
        shown = [
            InboundMessage(
                id=one.id,
                event_type=one.event_type,
                application_remote_id=one.application_remote_id,
                outcome=one.outcome,
                received_on=one.received_on,
            )
            for one in found
        ]
        return pagination.cut(shown, limit, filters, lambda one: str(one.id))

    page = await ctx.db.read(read)
    response.headers.update(pagination.link_to(request.url.path, limit, {}, page))
    return InboundMessages(data=list(page.items), next_cursor=page.next_cursor)


@router.post(
    "/{connection_id}/deliveries/{delivery_id}/replay",
    status_code=202,
    operation_id="replay_inbound",
    summary="Act on a message once more",
    responses=responses(401, 404, 409, 422, 503),
)
async def replay_inbound(connection_id: PathId, delivery_id: PathId, by: By, ctx: In) -> ReplayAccepted:
    """Pull the application of a message from its ATS again: the content of the message is not kept, and may be old.

    A neutral system has to send the message again: 409.
    """

    def act(session: Session) -> str:
        row = connections.find(session, connection_id, vendor_id=by.vendor_id)
        about = inbound_log.find(session, row.id, delivery_id).application_remote_id
        if row.provider == Provider.NEUTRAL or about is None:
            raise Conflict("nothing_to_replay", "What it said is not kept. Please send it again, with another id.")
        sync_queue.enqueue(session, row.id, [about], ctx.clock.now())
        return about

    return ReplayAccepted(application_remote_id=await ctx.db.write(act))


@router.get(
    "/{connection_id}/notices",
    operation_id="list_notices",
    summary="What an administrator should know",
    responses=responses(401, 404, 422, 503),
)
async def list_notices(
    connection_id: PathId,
    request: Request,
    response: Response,
    by: By,
    ctx: In,
    limit: Annotated[Limit, Query()] = 50,
    cursor: Annotated[Cursor | None, Query()] = None,
) -> ConnectionNotices:
    """Return notices as codes and application ids: a rejection was taken back, a signature was wrong."""
    filters = {"connection": str(connection_id), "list": "notices"}
    after = pagination.read_id(cursor, filters)

    def read(session: Session) -> pagination.Page[ConnectionNotice]:
        row = connections.find(session, connection_id, vendor_id=by.vendor_id)
        found = notices.listed(session, row.id, after=after, limit=limit + 1)
        shown = [
            ConnectionNotice(
                id=one.id, code=one.code, application_remote_id=one.application_remote_id, noted_on=one.noted_on
            )
            for one in found
        ]
        return pagination.cut(shown, limit, filters, lambda one: str(one.id))

    page = await ctx.db.read(read)
    response.headers.update(pagination.link_to(request.url.path, limit, {}, page))
    return ConnectionNotices(data=list(page.items), next_cursor=page.next_cursor)
