"""Routes of the manager's link. The code is in the body; it is never spent, and ends with the request."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from app.accounts.auth import In, code_holder
from app.core.days import end_of_day
from app.core.http import JsonRoute
from app.core.ids import PathId
from app.core.problems import responses
from app.requests import manager, panel
from app.requests.manager_schemas import (
    ManagerDeclineCreate,
    ManagerLinkProof,
    ManagerView,
    PanelClose,
    PanelClosing,
    PanelCreate,
    PanelMessages,
    PanelOpened,
    TeamAnswerAccepted,
    TeamAnswerCreate,
    TeamRetractionCreate,
)
from app.rounds.answer_schemas import DeclineAccepted, RetractionAccepted
from app.rounds.invitee import hash_code
from app.sealing.keystore import FoundKey, KeyName, Purpose, find_key

router = APIRouter(
    prefix="/v1/manager/{request_id}",
    tags=["manager"],
    route_class=JsonRoute,
    dependencies=[Depends(code_holder)],
    responses=responses(400, 404, 410, 413, 415, 422, 429, 503),
)


async def _key(ctx: In, request_id: UUID) -> FoundKey:
    return await find_key(ctx.keys, KeyName(Purpose.REQUEST, request_id))


def _json(content: BaseModel, status: int) -> Response:
    return Response(content.model_dump_json(), status, media_type="application/json")


@router.post("/view", operation_id="show_manager_link", summary="See what is asked")
async def show_manager_link(request_id: PathId, body: ManagerLinkProof, ctx: In) -> ManagerView:
    """Return what is asked and which rounds there are. Changes nothing."""
    key = await _key(ctx, request_id)
    return await ctx.db.read(manager.view, key=key, code_hash=hash_code(ctx.pepper, body.code), ctx=ctx)


@router.post(
    "/team-answers",
    response_model=TeamAnswerAccepted,
    status_code=201,
    operation_id="answer_for_team",
    summary="Answer for the team",
    responses={200: {"model": TeamAnswerAccepted, "description": "It had been accepted before."}, **responses(409)},
)
async def answer_for_team(request_id: PathId, body: TeamAnswerCreate, ctx: In) -> Response:
    """Keep a signed answer for the team: shown after 15 minutes, until then it can be taken back."""
    answered = await ctx.db.write(
        manager.answer_for_team,
        key=await _key(ctx, request_id),
        code_hash=hash_code(ctx.pepper, body.code),
        nonce=body.nonce,
        stage=body.stage,
        answer=body.answer,
        now=ctx.clock.now(),
    )
    content = TeamAnswerAccepted(status="released", shows_at=answered.shows_at.isoformat())
    return _json(content, 200 if answered.repeated else 201)


@router.post(
    "/retractions",
    operation_id="take_team_answer_back",
    summary="Take the team's answer back",
    responses=responses(409),
)
async def take_team_answer_back(request_id: PathId, body: TeamRetractionCreate, ctx: In) -> RetractionAccepted:
    """Remove the team's answer within 15 minutes."""
    await ctx.db.write(
        manager.take_back,
        key=await _key(ctx, request_id),
        code_hash=hash_code(ctx.pepper, body.code),
        nonce=body.nonce,
        stage=body.stage,
        now=ctx.clock.now(),
    )
    return RetractionAccepted(status="retracted")


@router.post(
    "/panels",
    response_model=PanelOpened,
    status_code=201,
    operation_id="open_panel",
    summary="Let the team answer",
    responses={202: {"model": PanelOpened, "description": "The links are being mailed."}, **responses(409)},
)
async def open_panel(request_id: PathId, body: PanelCreate, ctx: In) -> Response:
    """Open a sealed round and get its links with a message to forward, or have that mailed to an address at work: 202.

    The same nonce gets the same again.
    """
    status = 201 if body.work_address is None else 202
    return Response(await panel.open_panel(ctx, request_id, body), status, media_type="application/json")


@router.post("/panel-messages", operation_id="show_panel_messages", summary="Get the message to forward again")
async def show_panel_messages(request_id: PathId, body: ManagerLinkProof, ctx: In) -> PanelMessages:
    """Return the links and messages of panels that still collect. Changes nothing.

    They are kept under a key that is made of the code: without it, not even the server can read them.
    """
    return await panel.show_messages(ctx, await _key(ctx, request_id), body.code)


@router.post(
    "/declines",
    response_model=DeclineAccepted,
    status_code=201,
    operation_id="decline_as_manager",
    summary="Decline, or promise to call",
    responses={200: {"model": DeclineAccepted, "description": "It had been accepted before."}, **responses(409)},
)
async def decline_as_manager(request_id: PathId, body: ManagerDeclineCreate, ctx: In) -> Response:
    """Tell the candidate that you can't answer here. The link stays open for a change of mind."""
    repeated = await ctx.db.write(
        manager.decline,
        key=await _key(ctx, request_id),
        code_hash=hash_code(ctx.pepper, body.code),
        nonce=body.nonce,
        reason=body.reason,
    )
    return _json(DeclineAccepted(status="declined"), 200 if repeated else 201)


@router.post("/close", operation_id="close_panel", summary="Open the answers sooner")
async def close_panel(request_id: PathId, body: PanelClose, ctx: In) -> PanelClosing:
    """Make today the last day of a panel that you opened. Everyone asked sees the new day."""
    closes_on = await ctx.db.write(
        manager.close_panel,
        key=await _key(ctx, request_id),
        code_hash=hash_code(ctx.pepper, body.code),
        round_id=body.round_id,
        now=ctx.clock.now(),
    )
    return PanelClosing(status="closing", closes_on=closes_on, closes_at=end_of_day(closes_on))
