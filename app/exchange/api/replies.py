"""Routes of replies: the candidate sends one, and those asked read all of their round."""

from fastapi import APIRouter, Depends, Response

from app.accounts.auth import In, ManageDigest, code_holder
from app.core.http import JsonRoute
from app.core.ids import PathId
from app.core.problems import responses
from app.exchange import replies
from app.exchange.schemas import RepliesAsked, ReplyAccepted, ReplyCreate, RoundReplies

candidate = APIRouter(prefix="/v1/feedback-requests/{request_id}", tags=["requests"], route_class=JsonRoute)
invitee = APIRouter(
    prefix="/v1/rounds/{round_id}", tags=["answering"], route_class=JsonRoute, dependencies=[Depends(code_holder)]
)

# The replies of nearly every round fit one step: their length tells an observer of the network nothing.
_STEP = 64 * 1024


@candidate.post(
    "/concerns/{concern_id}/clarification",
    response_model=ReplyAccepted,
    status_code=201,
    operation_id="send_reply",
    summary="Reply to a doubt",
    responses={
        200: {"model": ReplyAccepted, "description": "It had been accepted before."},
        **responses(400, 401, 404, 409, 410, 413, 415, 422, 503),
    },
)
async def send_reply(
    request_id: PathId, concern_id: PathId, body: ReplyCreate, manage: ManageDigest, ctx: In
) -> Response:
    """Reply to a concern of a released answer: once, within 30 days after the release.

    Everyone who was asked in that round reads it behind their first link, and so does the hiring manager. They read
    your reply and its subject, never the words of the answer. The same reply again gets the same answer: 200.
    """
    sent = await replies.send(ctx, request_id, manage, concern_id, body)
    content = ReplyAccepted(concern_id=concern_id, reply=sent.reply)
    return Response(content.model_dump_json(), 200 if sent.repeated else 201, media_type="application/json")


@invitee.post(
    "/replies",
    response_model=RoundReplies,
    operation_id="read_replies",
    summary="Read the candidate's replies",
    responses=responses(400, 404, 410, 413, 415, 422, 429, 503),
)
async def read_replies(round_id: PathId, body: RepliesAsked, ctx: In) -> Response:
    """Return all replies to a round, the same for every code of it, until 30 days after the release. Changes nothing.

    Without a reply there is nothing here, whatever came of the round: 404, as for an unknown code.
    """
    content = (await replies.read_by_link(ctx, round_id, body.code)).model_dump_json().encode()
    return Response(content.ljust(-(-len(content) // _STEP) * _STEP), media_type="application/json")
