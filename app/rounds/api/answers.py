"""Routes of one-time links. The code is in the body, and all invalid codes get the same answer."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from app.accounts.auth import In, code_holder
from app.blinding.messages import TokenUse
from app.core.days import end_of_day, open_day
from app.core.http import JsonRoute
from app.core.ids import PathId
from app.core.problems import responses
from app.rounds import blind, invitee
from app.rounds.answer_schemas import (
    AnswerAccepted,
    AnswerForm,
    AnswerPreview,
    DeclineAccepted,
    DeclineCreate,
    RetractionAccepted,
    RetractionCreate,
)
from app.rounds.blind_schemas import (
    AnswerSent,
    ClaimAccepted,
    ClaimCreate,
    FormAsked,
    PreviewAsked,
    TokenAnswer,
    TokenPreview,
    TokenProof,
)
from app.sealing.keystore import FoundKey, KeyName, Purpose, find_key
from app.vocabulary.codes import Mode

router = APIRouter(
    prefix="/v1/rounds/{round_id}",
    tags=["answering"],
    route_class=JsonRoute,
    dependencies=[Depends(code_holder)],
    responses=responses(400, 404, 410, 413, 415, 422, 429, 503),
)
# Further refusals of a token.
_TOKEN = responses(403, 409)


# Responses are padded: their length would tell an observer of the network the person's role, and how much they wrote.
# The largest form fits one step. The preview of the largest answer does too, unless it has hundreds of hints. What is
# accepted has one length, whether it was an answer, a decline or a claim.
_FORM_STEP = 16 * 1024
_PREVIEW_STEP = 64 * 1024
_ACCEPTED_STEP = 1024


def _padded(content: BaseModel, step: int, status: int = 200) -> Response:
    """Return the JSON, padded with spaces to a multiple of `step` bytes.

    It is serialized here: FastAPI would validate the content again, which takes longer than the rest of the route.
    """
    body = content.model_dump_json().encode()
    return Response(body.ljust(-(-len(body) // step) * step), status, media_type="application/json")


def _accepted(content: AnswerAccepted | ClaimAccepted | DeclineAccepted, *, repeated: bool) -> Response:
    return _padded(content, _ACCEPTED_STEP, 200 if repeated else 201)


@router.post(
    "/form", response_model=AnswerForm, operation_id="show_form", summary="See what is asked", responses=_TOKEN
)
async def show_form(round_id: PathId, body: FormAsked, ctx: In) -> Response:
    """Return the questions, the promise and the candidate's worries. Changes nothing.

    The form does not show whether the code was used.

    In a blind round that takes answers, a token can replace the code.
    """
    if isinstance(body, TokenProof):
        token = blind.read_token(ctx.blind_seed, round_id, TokenUse.FORM, body.x, body.mac)
        round_key = await _find_round_key(ctx, round_id)
        shown = await ctx.db.look(
            blind.form, round_key=round_key, token=token, today=_today(ctx), operator=ctx.operator
        )
        return _padded(shown, _FORM_STEP)
    form = await ctx.db.look(
        invitee.form,
        round_key=await _find_round_key(ctx, round_id),
        code_hash=invitee.hash_code(ctx.pepper, body.code),
        today=_today(ctx),
        operator=ctx.operator,
    )
    return _padded(form, _FORM_STEP)


@router.post(
    "/preview",
    response_model=AnswerPreview,
    operation_id="preview_answer",
    summary="See what would be read",
    responses=_TOKEN,
)
async def preview_answer(round_id: PathId, body: PreviewAsked, ctx: In) -> Response:
    """Return what the candidate would read, hints on the wording, and what is missing. Changes nothing.

    Ask for it once, before you send: the number of requests must not tell how much somebody wrote. Before a decline
    or a claim, send no answer; the response has the same length.
    """
    if isinstance(body, TokenPreview):
        token = blind.read_token(ctx.blind_seed, round_id, TokenUse.PREVIEW, body.x, body.mac, body=body.exact)
        round_key = await _find_round_key(ctx, round_id)
        shown = await ctx.db.look(
            blind.preview, round_key=round_key, token=token, answer=body.answer, today=_today(ctx)
        )
        return _padded(shown, _PREVIEW_STEP)
    preview = await ctx.db.look(
        invitee.preview,
        round_key=await _find_round_key(ctx, round_id),
        code_hash=invitee.hash_code(ctx.pepper, body.code),
        answer=body.answer,
        today=_today(ctx),
    )
    return _padded(preview, _PREVIEW_STEP)


@router.post(
    "/answers",
    response_model=AnswerAccepted,
    status_code=201,
    operation_id="send_answer",
    summary="Answer",
    responses={200: {"model": AnswerAccepted, "description": "It had been accepted before."}, **responses(403, 409)},
)
async def send_answer(round_id: PathId, body: AnswerSent, ctx: In) -> Response:
    """Store a complete answer: 201, or 200 with the same body for a repetition with the same nonce.

    In a blind round the answer comes with a token; the same token with the same answer is a repetition.
    """
    if isinstance(body, TokenAnswer):
        return await _send_with_token(ctx, round_id, body)
    accepted = await ctx.db.write(
        invitee.submit,
        round_key=await _find_round_key(ctx, round_id),
        code_hash=invitee.hash_code(ctx.pepper, body.code),
        nonce=body.nonce,
        answer=body.answer,
        understood=body.understood is True,
        tag=invitee.hash_tag(ctx.pepper, round_id, body.receipt_tag),
        now=ctx.clock.now(),
    )
    content = AnswerAccepted(
        status="released" if accepted.mode is Mode.ATTRIBUTED else "sealed",
        closes_on=accepted.closes_on,
        closes_at=end_of_day(accepted.closes_on),
        shows_at=accepted.shows_at.isoformat() if accepted.shows_at else None,
    )
    return _accepted(content, repeated=accepted.repeated)


@router.post(
    "/declines",
    response_model=DeclineAccepted,
    status_code=201,
    operation_id="decline",
    summary="Decline to answer",
    responses={200: {"model": DeclineAccepted, "description": "It had been accepted before."}, **responses(409)},
)
async def decline(round_id: PathId, body: DeclineCreate, ctx: In) -> Response:
    """Spend the link without an answer. The candidate learns only that someone declined, and the reason."""
    repeated = await ctx.db.write(
        invitee.decline,
        round_key=await _find_round_key(ctx, round_id),
        code_hash=invitee.hash_code(ctx.pepper, body.code),
        nonce=body.nonce,
        reason=body.reason,
        today=_today(ctx),
    )
    return _accepted(DeclineAccepted(status="declined"), repeated=repeated)


@router.post(
    "/retractions", operation_id="take_answer_back", summary="Take a signed answer back", responses=responses(409)
)
async def take_answer_back(round_id: PathId, body: RetractionCreate, ctx: In) -> RetractionAccepted:
    """Delete a signed answer within 15 minutes. Its link can be used again, with a new nonce."""
    await ctx.db.write(
        invitee.take_back,
        round_key=await _find_round_key(ctx, round_id),
        code_hash=invitee.hash_code(ctx.pepper, body.code),
        nonce=body.nonce,
        now=ctx.clock.now(),
    )
    return RetractionAccepted(status="retracted")


@router.post(
    "/claims",
    response_model=ClaimAccepted,
    status_code=201,
    operation_id="claim_token",
    summary="Take part in a blind round",
    responses={200: {"model": ClaimAccepted, "description": "It had been claimed before."}, **responses(409)},
)
async def claim_token(round_id: PathId, body: ClaimCreate, ctx: In) -> Response:
    """Spend the link on the evaluation of a blinded element. The same element gets the same result."""
    claimed, repeated = await ctx.db.write(
        blind.claim,
        round_key=await _find_round_key(ctx, round_id),
        code_hash=invitee.hash_code(ctx.pepper, body.code),
        blinded=body.blinded,
        today=_today(ctx),
        seed=ctx.blind_seed,
    )
    return _accepted(claimed, repeated=repeated)


async def _send_with_token(ctx: In, round_id: UUID, body: TokenAnswer) -> Response:
    token = blind.read_token(
        ctx.blind_seed,
        round_id,
        TokenUse.ANSWER,
        body.x,
        body.mac,
        receipt_tag=body.receipt_tag,
        body=body.exact,
    )
    accepted = await ctx.db.write(
        blind.answer,
        round_key=await _find_round_key(ctx, round_id),
        token=token,
        answer=body.answer,
        tag=invitee.hash_tag(ctx.pepper, round_id, body.receipt_tag),
        now=ctx.clock.now(),
    )
    content = AnswerAccepted(
        status="sealed", closes_on=accepted.closes_on, closes_at=end_of_day(accepted.closes_on), shows_at=None
    )
    return _accepted(content, repeated=accepted.repeated)


async def _find_round_key(ctx: In, round_id: UUID) -> FoundKey:
    return await find_key(ctx.keys, KeyName(Purpose.ROUND, round_id))


def _today(ctx: In) -> date:
    return open_day(ctx.clock.now())
