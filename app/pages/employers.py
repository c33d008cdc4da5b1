"""The page for HR and legal: what Debrief asks, what it never asks, who reads the answers, and for how long."""

from fastapi import APIRouter, Depends, Response

from app.accounts.auth import anyone
from app.pages.questions import offered
from app.pages.rendering import page
from app.pages.site import CurrentPage
from app.periods import CLARIFICATION, REQUEST, ROUND_OPEN
from app.rounds.rules import TAKE_BACK_MINUTES

router = APIRouter(include_in_schema=False)


@router.api_route(
    "/for-employers", methods=["GET", "HEAD"], dependencies=[Depends(anyone)], operation_id="page_for_employers"
)
async def show(page_ctx: CurrentPage) -> Response:
    """Return the page."""
    return page(
        page_ctx.site,
        "employers.html",
        reasons=offered("reason"),
        take_back_minutes=TAKE_BACK_MINUTES,
        longest_days=ROUND_OPEN.days,
        clarification_days=CLARIFICATION.days,
        kept_days=REQUEST.days,
    )
