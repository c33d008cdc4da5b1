"""The candidate's routes: raise, show, extend, withdraw and erase a request; read its feedback."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session

from app.accounts.auth import Caller, In, ManageDigest, ManageToken, raiser
from app.context import Context
from app.core.days import open_day
from app.core.http import IdempotencyKey, JsonRoute
from app.core.ids import PathId
from app.core.problems import responses
from app.requests import candidate_links, candidate_view, create, later_round, lifecycle
from app.requests.csv_export import Separator, to_csv
from app.requests.schemas import (
    Feedback,
    FeedbackRequest,
    FeedbackRequestCreate,
    FeedbackRequestPatch,
    FeedbackRequestRaised,
    LinksAgain,
    RoundCreate,
    RoundOpened,
)

router = APIRouter(prefix="/v1/feedback-requests", tags=["requests"], route_class=JsonRoute)


@router.post(
    "",
    response_model=FeedbackRequestRaised,
    status_code=201,
    operation_id="raise_request",
    summary="Raise a request",
    # The key is optional.
    openapi_extra={"security": [{}]},
    responses={
        202: {"model": FeedbackRequest, "description": "A connection has raised it: token and links are being mailed."},
        **responses(400, 401, 403, 409, 410, 413, 415, 422, 429, 503),
    },
)
async def raise_request(
    body: FeedbackRequestCreate,
    request: Request,
    caller: Annotated[Caller | None, Depends(raiser)],
    ctx: In,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Ask for feedback, without an account. The manage token is shown this once: keep it.

    A connection that asks with its key is shown neither: they go by mail, once the candidate has confirmed the address.
    """
    raw = await request.body()
    if caller is not None:
        shown = await create.raise_for_connection(
            ctx, caller.connection_id, body, idempotency_key=idempotency_key, raw=raw
        )
        return Response(shown, 202, media_type="application/json")
    raised = await create.raise_request(ctx, body, idempotency_key=idempotency_key, raw=raw)
    return Response(raised, 201, media_type="application/json")


@router.get("/{request_id}", operation_id="show_request", summary="Show a request", responses=responses(401, 404, 503))
async def show_request(request_id: PathId, manage: ManageDigest, ctx: In) -> FeedbackRequest:
    """Return the request with its rounds and their promises."""
    return await ctx.db.read(
        lambda session: candidate_view.show_request(
            session, candidate_view.find_request(session, request_id, manage), ctx
        )
    )


@router.patch(
    "/{request_id}",
    operation_id="extend_request",
    summary="Move the closing date",
    responses=responses(400, 401, 404, 409, 413, 415, 422, 503),
)
async def extend_request(
    request_id: PathId, body: FeedbackRequestPatch, manage: ManageDigest, ctx: In
) -> FeedbackRequest:
    """Give those asked more time: a later day only, at most 60 days after opening."""
    return await ctx.db.write(
        lambda session: candidate_view.show_request(
            session, lifecycle.extend(session, request_id, manage, body.closes_on, _today(ctx)), ctx
        )
    )


@router.post(
    "/{request_id}/withdrawal",
    status_code=204,
    operation_id="withdraw_request",
    summary="Withdraw a request",
    responses=responses(401, 404, 503),
)
async def withdraw_request(request_id: PathId, manage: ManageDigest, ctx: In) -> None:
    """End the request: all links die, and sealed answers are destroyed unread. What was released stays yours."""
    await lifecycle.withdraw(ctx.db, ctx.keys, request_id, manage, ctx.clock.now())


@router.delete(
    "/{request_id}",
    status_code=204,
    operation_id="erase_request",
    summary="Erase a request",
    responses=responses(401, 404, 503),
)
async def erase_request(request_id: PathId, manage: ManageDigest, ctx: In) -> None:
    """Delete the request with everything that belongs to it, for good."""
    await lifecycle.erase(ctx.db, ctx.keys, request_id, manage)


@router.post(
    "/{request_id}/rounds",
    response_model=RoundOpened,
    status_code=201,
    operation_id="open_round",
    summary="Ask at another stage",
    responses=responses(400, 401, 404, 409, 410, 413, 415, 422, 503),
)
async def open_round(
    request_id: PathId,
    body: RoundCreate,
    manage: ManageToken,
    request: Request,
    ctx: In,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Ask another group, or the same at another stage. `GET …/links` shows the links again."""
    opened = await later_round.open_round(
        ctx, request_id, manage, body, idempotency_key=idempotency_key, raw=await request.body()
    )
    return Response(opened, 201, media_type="application/json")


@router.get(
    "/{request_id}/links",
    operation_id="show_links",
    summary="Show the links again",
    responses=responses(401, 404, 503),
)
async def show_links(request_id: PathId, manage: ManageToken, ctx: In) -> LinksAgain:
    """Return the links to hand over with their notes, until their rounds close.

    They are kept under a key that is made of the manage token: without it, not even the server can read them.
    """
    return await candidate_links.show_again(ctx, request_id, manage)


@router.get(
    "/{request_id}/feedback",
    operation_id="read_feedback",
    summary="Read the feedback",
    responses=responses(401, 404, 503),
)
async def read_feedback(request_id: PathId, manage: ManageDigest, ctx: In) -> Feedback:
    """Return what was released. Until then nothing in the answer depends on whether anybody has answered."""
    return await _feedback(request_id, manage, ctx)


@router.get(
    "/{request_id}/feedback.csv",
    operation_id="read_feedback_csv",
    summary="Read the feedback in a spreadsheet",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}, **responses(401, 404, 422, 503)},
)
async def read_feedback_csv(
    request_id: PathId, manage: ManageDigest, ctx: In, separator: Separator = Separator.COMMA
) -> Response:
    """Return the same as a table. Where spreadsheets expect semicolons, ask for `separator=semicolon`."""
    feedback = await _feedback(request_id, manage, ctx)
    return Response(
        to_csv(feedback, separator),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="feedback.csv"'},
    )


async def _feedback(request_id: UUID, manage: bytes, ctx: Context) -> Feedback:
    def read(session: Session) -> Feedback:
        return candidate_view.show_feedback(
            session, candidate_view.find_request(session, request_id, manage), ctx.clock.now()
        )

    return await ctx.db.read(read)


def _today(ctx: Context) -> date:
    return open_day(ctx.clock.now())
