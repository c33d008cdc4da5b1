"""Routes for operators and vendors to see the inbound messages and the notices of a connection."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session

from app.accounts import connections
from app.accounts.auth import In, Maker, maker
from app.accounts.rules import Provider
from app.applications import inbound_log, notices, sync_queue
from app.applications.models import InboundRow, NoticeRow
from app.ats.api.paging import PagesOfFifty
from app.ats.connection_schemas import (
    ConnectionNotice,
    ConnectionNotices,
    InboundMessage,
    InboundMessages,
    ReplayAccepted,
)
from app.core.errors import Conflict
from app.core.http import JsonRoute
from app.core.ids import PathId
from app.core.problems import responses

router = APIRouter(prefix="/v1/connections", tags=["connections"], route_class=JsonRoute)

By = Annotated[Maker, Depends(maker)]


@router.get(
    "/{connection_id}/deliveries",
    operation_id="list_inbound",
    summary="List inbound messages",
    responses=responses(401, 404, 422, 503),
)
async def list_inbound(
    connection_id: PathId,
    by: By,
    ctx: In,
    paging: PagesOfFifty,
) -> InboundMessages:
    """Return the messages of the last two weeks: the subject and the outcome of each, never its content.

    The log has only the last snapshot (`application.snapshot`, `interview.snapshot`) of each application and interview.
    """
    filters = {"connection": str(connection_id)}
    after = paging.after_id(filters)

    def read(session: Session) -> Sequence[InboundRow]:
        row = connections.find(session, connection_id, vendor_id=by.vendor_id)
        return inbound_log.list_page(session, row.id, after=after, limit=paging.limit + 1)

    page = paging.cut(await ctx.db.read(read), filters, lambda row: str(row.id))
    shown = [
        InboundMessage(
            id=row.id,
            event_type=row.event_type,
            application_remote_id=row.application_remote_id,
            outcome=row.outcome,
            received_on=row.received_on,
        )
        for row in page.items
    ]
    return InboundMessages(data=shown, next_cursor=page.next_cursor)


@router.post(
    "/{connection_id}/deliveries/{delivery_id}/replay",
    status_code=202,
    operation_id="replay_inbound",
    summary="Replay an inbound message",
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
            raise Conflict("nothing_to_replay", "Debrief does not store messages. Send it again with another id.")
        sync_queue.enqueue(session, row.id, [about], ctx.clock.now())
        return about

    return ReplayAccepted(application_remote_id=await ctx.db.write(act))


@router.get(
    "/{connection_id}/notices",
    operation_id="list_notices",
    summary="List notices",
    responses=responses(401, 404, 422, 503),
)
async def list_notices(
    connection_id: PathId,
    by: By,
    ctx: In,
    paging: PagesOfFifty,
) -> ConnectionNotices:
    """Return notices as codes and application ids: a rejection was taken back, a signature was wrong."""
    filters = {"connection": str(connection_id), "list": "notices"}
    after = paging.after_id(filters)

    def read(session: Session) -> Sequence[NoticeRow]:
        row = connections.find(session, connection_id, vendor_id=by.vendor_id)
        return notices.list_page(session, row.id, after=after, limit=paging.limit + 1)

    page = paging.cut(await ctx.db.read(read), filters, lambda row: str(row.id))
    shown = [
        ConnectionNotice(
            id=row.id, code=row.code, application_remote_id=row.application_remote_id, noted_on=row.noted_on
        )
        for row in page.items
    ]
    return ConnectionNotices(data=shown, next_cursor=page.next_cursor)
