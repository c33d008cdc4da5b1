"""The API for people: a page drawn from the contract in the browser, and the guide for those who integrate a system."""

from fastapi import APIRouter, Depends, Response

from app.accounts.auth import anyone
from app.pages.rendering import page
from app.pages.site import Here

router = APIRouter(include_in_schema=False)


@router.api_route("/docs", methods=["GET", "HEAD"], dependencies=[Depends(anyone)], operation_id="page_reference")
async def show(here: Here) -> Response:
    """Return the page of the API."""
    return page(here.site, "reference.html")


@router.api_route(
    "/docs/integrating", methods=["GET", "HEAD"], dependencies=[Depends(anyone)], operation_id="page_guide"
)
async def show_guide(here: Here) -> Response:
    """Return the guide."""
    return page(here.site, "integrating.html")
