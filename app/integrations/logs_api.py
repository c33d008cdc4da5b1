"""The routes by which an operator or a vendor looks at what came through a connection, and at what needs them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.orm import Session

from app.accounts import connections
from app.accounts.audiences import Maker, maker
from app.applications import inbound, notices
from app.core import paging
from app.core.http import JsonRoute
from app.core.ids import PathId
from app.core.paging import Cursor, Limit
from app.core.problems import responses
from app.integrations.connection_schemas import Inbound, InboundShown, Notices, NoticeShown
from app.rounds.dependencies import In

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
    to: In,
    limit: Annotated[Limit, Query()] = 50,
    cursor: Annotated[Cursor | None, Query()] = None,
) -> Inbound:
    """Return what came in the last two weeks: what each message was about and what came of it, never what it said.

    Of snapshots (`application.snapshot`, `interview.snapshot`) only the last of each application and interview.
    """
    filters = {"connection": str(connection_id)}
    after = paging.read_id(cursor, filters)

    def read(session: Session) -> paging.Page[InboundShown]:
        row = connections.find(session, connection_id, vendor_id=by.vendor_id)
        found = inbound.listed(session, row.id, after=after, limit=limit + 1)
        shown = [
            InboundShown(
                id=one.id,
                event_type=one.event_type,
                application_remote_id=one.application_remote_id,
                outcome=one.outcome,
                received_on=one.received_on,
            )
            for one in found
        ]
        return paging.cut(shown, limit, filters, lambda one: str(one.id))

    page = await to.db.read(read)
    response.headers.update(paging.link_to(request.url.path, limit, {}, page))
    return Inbound(data=list(page.items), next_cursor=page.next_cursor)


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
    to: In,
    limit: Annotated[Limit, Query()] = 50,
    cursor: Annotated[Cursor | None, Query()] = None,
) -> Notices:
    """Return codes and ids of applications: a rejection that was taken back, a signature that was wrong."""
    filters = {"connection": str(connection_id), "list": "notices"}
    after = paging.read_id(cursor, filters)

    def read(session: Session) -> paging.Page[NoticeShown]:
        row = connections.find(session, connection_id, vendor_id=by.vendor_id)
        found = notices.listed(session, row.id, after=after, limit=limit + 1)
        shown = [
            NoticeShown(
                id=one.id, code=one.code, application_remote_id=one.application_remote_id, noted_on=one.noted_on
            )
            for one in found
        ]
        return paging.cut(shown, limit, filters, lambda one: str(one.id))

    page = await to.db.read(read)
    response.headers.update(paging.link_to(request.url.path, limit, {}, page))
    return Notices(data=list(page.items), next_cursor=page.next_cursor)
