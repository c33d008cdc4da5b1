"""The one address to which applicant tracking systems send: theirs is the signature, theirs are the answer codes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from app.accounts.audiences import Anonymous
from app.accounts.rules import Provider
from app.core.http import is_json, unsupported_media_type
from app.core.problems import NOT_FOUND, responses
from app.integrations.receiving import receive
from app.integrations.registry import NATIVES
from app.rounds.dependencies import In

router = APIRouter(prefix="/v1/hooks", tags=["hooks"])

Sender = Annotated[Provider, Path(description="Which system sends.")]


@router.post(
    "/{provider}/{connection_id}",
    operation_id="receive_hook",
    summary="Take an event of an applicant tracking system",
    response_class=Response,
    responses={
        200: {
            "description": "It was taken.",
            "content": {"application/json": {"schema": {"type": "object", "description": "Empty, or without a body."}}},
        },
        **responses(400, 401, 404, 413, 415, 422, 429, 503),
    },
)
async def receive_hook(provider: Sender, connection_id: UUID, request: Request, to: In, _: Anonymous) -> Response:
    """Take an event, signed as its sender signs. Each is answered with the code that its sender takes for success."""
    native = NATIVES.get(provider)
    if native is None:
        raise NOT_FOUND
    if not is_json(request.headers.get("content-type", "")):
        return unsupported_media_type()
    headers = {name.lower(): value for name, value in request.headers.items()}
    answer = await receive(to, native, provider, connection_id, headers, await request.body())
    return Response(answer.body, answer.status, media_type="application/json" if answer.body else None)
