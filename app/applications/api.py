"""Routes of an offer. The code is in the body, and every dead link gets the same answer."""

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
    """Return the offer, and the company's settings for its candidates. Changes nothing."""
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
    """Ask the people who met the candidate. The token is mailed, and returned again for the same nonce for a day."""
    return Response(await acceptance.accept(ctx, offer_id, body), 201, media_type="application/json")


@router.post(
    "/decline",
    operation_id="decline_offer",
    summary="Decline an offer",
    dependencies=_holder,
    responses=responses(400, 404, 409, 410, 413, 415, 422, 429, 503),
)
async def decline_offer(offer_id: PathId, body: OfferDecline, ctx: In) -> OfferDeclined:
    """Decline the offer: nobody is asked. The company sees it only if the candidate shares it."""
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
    """Mail the code to the address that the company knows. The response is the same for any other address."""
    await acceptance.send_code(ctx, offer_id, body.email)
    return OfferCodeSent(status="sent_if_known")
