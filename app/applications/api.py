"""The routes of an offer. The code is in the body, and every link that is dead looks the same."""

from fastapi import APIRouter, Depends, Response

from app.accounts.auth import In, anyone, code_holder
from app.applications import acceptance
from app.applications.schemas import (
    OfferAccept,
    OfferAccepted,
    OfferCodeAsked,
    OfferCodeSent,
    OfferDecline,
    OfferDeclined,
    OfferProof,
    OfferShown,
)
from app.core.http import JsonRoute
from app.core.ids import PathId
from app.core.problems import responses

router = APIRouter(prefix="/v1/offers/{offer_id}", tags=["offers"], route_class=JsonRoute)
_holder = [Depends(code_holder)]


@router.post(
    "/view",
    operation_id="show_offer",
    summary="See what is offered",
    dependencies=_holder,
    responses=responses(400, 404, 410, 413, 415, 422, 429, 503),
)
async def show_offer(offer_id: PathId, body: OfferProof, ctx: In) -> OfferShown:
    """Return what is offered, and how the company treats its candidates. Changes nothing."""
    return await acceptance.view(ctx, offer_id, body.code)


@router.post(
    "/acceptance",
    response_model=OfferAccepted,
    status_code=201,
    operation_id="accept_offer",
    summary="Accept an offer",
    dependencies=_holder,
    responses=responses(400, 404, 409, 410, 413, 415, 422, 429, 503),
)
async def accept_offer(offer_id: PathId, body: OfferAccept, ctx: In) -> Response:
    """Ask those who met you. The token of the request is shown to the holder of the nonce for a day, and mailed."""
    return Response(await acceptance.accept(ctx, offer_id, body), 201, media_type="application/json")


@router.post(
    "/decline",
    operation_id="decline_offer",
    summary="Decline an offer",
    dependencies=_holder,
    responses=responses(400, 404, 409, 410, 413, 415, 422, 429, 503),
)
async def decline_offer(offer_id: PathId, body: OfferDecline, ctx: In) -> OfferDeclined:
    """Let nobody be asked. The company does not learn of it."""
    return await acceptance.decline(ctx, offer_id, body)


@router.post(
    "/codes",
    status_code=202,
    operation_id="send_offer_code",
    summary="Get the code of an offer by mail",
    dependencies=[Depends(anyone)],
    responses=responses(400, 404, 413, 415, 422, 429, 503),
)
async def send_offer_code(offer_id: PathId, body: OfferCodeAsked, ctx: In) -> OfferCodeSent:
    """Get a code at the address that the company knows. The answer is the same whatever was given."""
    await acceptance.send_code(ctx, offer_id, body.email)
    return OfferCodeSent(status="sent_if_known")
