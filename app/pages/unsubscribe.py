"""The page that ends mail to an address, and the POST by which mail programs do it (RFC 8058)."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from app.accounts.auth import anyone
from app.core.errors import Unknown
from app.core.problems import NOT_FOUND, responses
from app.delivery import suppression
from app.pages.rendering import page
from app.pages.site import CurrentPage

router = APIRouter(tags=["mail"], dependencies=[Depends(anyone)], default_response_class=HTMLResponse)


@router.api_route("/u/{token}", methods=["GET", "HEAD"], operation_id="show_unsubscribe", include_in_schema=False)
async def show_unsubscribe(token: str, request: Request, page_ctx: CurrentPage) -> Response:
    """Show a button that ends mail, so that a program that only follows links ends nothing."""
    _digest(request, token)
    return page(page_ctx.site, "unsubscribe.html")


@router.post(
    "/u/{token}",
    operation_id="unsubscribe",
    summary="Never write to me again",
    responses=responses(404, 503),
)
async def unsubscribe(token: str, request: Request, page_ctx: CurrentPage) -> Response:
    """Suppress the address that the token was made for (RFC 8058): it can do nothing else. The body is ignored."""
    await page_ctx.ctx.db.write(suppression.suppress, _digest(request, token))
    lines = ("Debrief will not write to this address again. Links that you have go on working.",)
    return page(page_ctx.site, "done.html", heading="Done", lines=lines, actions=(), shows_at=None)


def _digest(request: Request, token: str) -> bytes:
    digest = suppression.read_token(request.app.state.suppression_key, token)
    if digest is None:
        raise Unknown(NOT_FOUND.code, NOT_FOUND.detail)
    return digest
