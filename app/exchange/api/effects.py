"""Routes of effects: what a reply changed, by link, by the manager's link, and by receipt."""

from fastapi import APIRouter, Depends, Response

from app.accounts.auth import In, code_holder, receipt_holder
from app.core.http import JsonRoute
from app.core.ids import PathId
from app.core.problems import responses
from app.exchange import effects
from app.exchange.schemas import EffectRecorded, ManagerEffectCreate, PanelEffectCreate, ReactionCreate
from app.rounds.invitee import hash_code
from app.sealing.keystore import KeyName, Purpose, find_key

_REFUSALS = (400, 404, 409, 410, 413, 415, 422, 429, 503)
panel = APIRouter(
    prefix="/v1/rounds/{round_id}", tags=["answering"], route_class=JsonRoute, dependencies=[Depends(code_holder)]
)
manager = APIRouter(
    prefix="/v1/manager/{request_id}", tags=["manager"], route_class=JsonRoute, dependencies=[Depends(code_holder)]
)
mailbox = APIRouter(
    prefix="/v1/mailbox", tags=["mailbox"], route_class=JsonRoute, dependencies=[Depends(receipt_holder)]
)
_QUEUED = EffectRecorded(status="recorded", shows="with_daily_run")


@panel.post(
    "/effects",
    status_code=202,
    operation_id="record_effect",
    summary="Say what a reply changed",
    responses=responses(403, *_REFUSALS),
)
async def record_effect(round_id: PathId, body: PanelEffectCreate, ctx: In) -> EffectRecorded:
    """Record for the panel what a reply changed. The panel has one effect for each concern.

    The candidate reads it at the first daily run of a later day. A link that the candidate had in their hands can't.
    """
    await effects.record_by_panel(ctx, round_id, body.code, body)
    return _QUEUED


@mailbox.post(
    "/reactions",
    status_code=202,
    operation_id="react_by_receipt",
    summary="Say what a reply to your own answer changed",
    responses=responses(*_REFUSALS),
)
async def react_by_receipt(body: ReactionCreate, ctx: In) -> EffectRecorded:
    """Record what a reply changed, as the author of the answer: once for each concern.

    Send one per visit, without a `reaction` if nothing is chosen: then nothing is recorded, and it looks the same.
    """
    await effects.record_by_author(ctx, body.round_id, body.receipt_tag, body.reaction)
    return _QUEUED


@manager.post(
    "/effects",
    response_model=EffectRecorded,
    status_code=201,
    operation_id="record_effect_as_manager",
    summary="Say what a reply changed, or talk again",
    responses={
        200: {"model": EffectRecorded, "description": "It had been accepted before."},
        **responses(*_REFUSALS),
    },
)
async def record_effect_as_manager(request_id: PathId, body: ManagerEffectCreate, ctx: In) -> Response:
    """Record what a reply changed: once for each concern; the candidate reads it at once.

    `reopened` needs a `next_step` and a `signature`.
    """
    repeated = await ctx.db.write(
        effects.record_by_manager,
        key=await find_key(ctx.keys, KeyName(Purpose.REQUEST, request_id)),
        code_hash=hash_code(ctx.pepper, body.code),
        given=body,
        now=ctx.clock.now(),
    )
    content = EffectRecorded(status="recorded", shows="at_once")
    return Response(content.model_dump_json(), 200 if repeated else 201, media_type="application/json")
