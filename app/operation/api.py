"""The route `/metrics`."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse

from app.core.metrics import CONTENT_TYPE
from app.core.problems import responses
from app.operation.metrics import PATH, ServiceMetrics


def metrics_routes(metrics: ServiceMetrics, audience: Callable[[Request], Awaitable[None]]) -> APIRouter:
    """Return the route `/metrics`."""
    router = APIRouter(tags=["operation"], dependencies=[Depends(audience)])

    @router.get(
        PATH,
        operation_id="metrics",
        summary="Numbers for a monitoring system",
        description="Prometheus' text format. No number changes when somebody answers.",
        response_class=PlainTextResponse,
        responses=responses(401),
    )
    async def read_metrics() -> Response:
        return Response(await metrics.text(), media_type=CONTENT_TYPE)

    return router
