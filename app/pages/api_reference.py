"""Pages for developers: the API reference, and the guide to integrating a system."""

from fastapi import APIRouter, Depends, Response

from app.accounts.auth import anyone
from app.pages.rendering import page
from app.pages.site import CurrentPage

router = APIRouter(include_in_schema=False)


@router.api_route("/docs", methods=["GET", "HEAD"], dependencies=[Depends(anyone)], operation_id="page_reference")
async def show(page_ctx: CurrentPage) -> Response:
    """Return the page on which Swagger UI draws the contract."""
    return page(page_ctx.site, "reference.html")


@router.api_route(
    "/docs/integrating", methods=["GET", "HEAD"], dependencies=[Depends(anyone)], operation_id="page_guide"
)
async def show_guide(page_ctx: CurrentPage) -> Response:
    """Return the guide, rendered from docs/integrating.md."""
    return page(page_ctx.site, "integrating.html")
