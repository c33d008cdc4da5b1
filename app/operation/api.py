"""The routes for monitoring and for a mail provider: `/metrics` and `/v1/bounces`."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse

from app.accounts.auth import In, operator
from app.core.http import JsonRoute
from app.core.metrics import CONTENT_TYPE
from app.core.problems import responses
from app.delivery import bounces, suppression
from app.operation.metrics import PATH
from app.operation.schemas import Bounce, BounceCreate, BounceResult

metrics_router = APIRouter(tags=["operation"], dependencies=[Depends(operator)])
router = APIRouter(prefix="/v1", tags=["operation"], route_class=JsonRoute, dependencies=[Depends(operator)])


@metrics_router.get(
    PATH,
    operation_id="metrics",
    summary="Numbers for a monitoring system",
    description="Prometheus' text format. No number changes when somebody answers.",
    response_class=PlainTextResponse,
    responses=responses(401),
)
async def read_metrics(request: Request) -> Response:
    """Return the numbers as text."""
    return Response(await request.app.state.metrics.text(), media_type=CONTENT_TYPE)


@router.post(
    "/bounces",
    operation_id="report_bounce",
    summary="Report a mail that came back",
    responses=responses(400, 401, 413, 415, 422, 503),
)
async def report_bounce(body: BounceCreate, request: Request, ctx: In) -> Bounce:
    """Suppress an address that does not exist any more, and mark the mail as undelivered.

    For the webhook of a mail provider, by way of a small program of the operator. Repeating it changes nothing.
    """
    if not bounces.is_final(body.status):
        return Bounce(result=BounceResult.IGNORED)
    key = request.app.state.suppression_key
    digest = suppression.digest_of(key, body.recipient)
    row_id = bounces.row_of(body.message_id or "")
    hard = await ctx.db.write(bounces.record, key, digest, body.status, row_id)
    return Bounce(result=BounceResult.SUPPRESSED if hard else BounceResult.NOTED)
