"""Route for webhooks of Ashby, Greenhouse and Lever, with each vendor's own signature and status codes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from app.accounts.auth import Anonymous, In
from app.accounts.rules import Provider
from app.ats.ingest import receive
from app.ats.registry import CONNECTORS
from app.core.http import is_json, unsupported_media_type
from app.core.problems import NOT_FOUND, responses

router = APIRouter(prefix="/v1/hooks", tags=["hooks"])

Sender = Annotated[Provider, Path(description="The system that sends the event.")]


@router.post(
    "/{provider}/{connection_id}",
    operation_id="receive_hook",
    summary="Receive a webhook of an ATS",
    response_class=Response,
    responses={
        200: {
            "description": "The event was accepted.",
            "content": {"application/json": {"schema": {"type": "object", "description": "Empty, or without a body."}}},
        },
        **responses(400, 401, 404, 413, 415, 422, 429, 503),
    },
)
async def receive_hook(provider: Sender, connection_id: UUID, request: Request, ctx: In, _: Anonymous) -> Response:
    """Take an event, signed as its sender signs. Each is answered with the code that its sender takes for success."""
    connector = CONNECTORS.get(provider)
    if connector is None:
        raise NOT_FOUND
    if not is_json(request.headers.get("content-type", "")):
        return unsupported_media_type()
    headers = {name.lower(): value for name, value in request.headers.items()}
    answer = await receive(ctx, connector, provider, connection_id, headers, await request.body())
    return Response(answer.body, answer.status, media_type="application/json" if answer.body else None)
