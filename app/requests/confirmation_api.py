"""How a candidate shows that a mail address is theirs: the code that was sent there comes back, in a body."""

from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from app.accounts.audiences import anyone
from app.core.errors import Unknown
from app.core.http import JsonRoute
from app.core.problems import responses
from app.delivery import pages
from app.requests import correspondence
from app.requests.schemas import ConfirmationCreate, Confirmed
from app.rounds.answering import hash_code
from app.rounds.context import Context
from app.rounds.dependencies import In

router = APIRouter(tags=["requests"], route_class=JsonRoute, dependencies=[Depends(anyone)])
page_router = APIRouter(
    prefix="/confirm", include_in_schema=False, dependencies=[Depends(anyone)], default_response_class=HTMLResponse
)


@router.post(
    "/v1/address-confirmations",
    operation_id="confirm_address",
    summary="Confirm a mail address",
    responses=responses(400, 404, 413, 415, 422, 429, 503),
)
async def confirm_address(body: ConfirmationCreate, to: In) -> Confirmed:
    """Show, with the code that was mailed, that the address is yours: only then is anybody else written to.

    The answer is the same each time, and says nothing of the request.
    """
    await _confirm(body.code, to)
    return Confirmed(status="confirmed")


@page_router.api_route("", methods=["GET", "HEAD"], operation_id="show_confirmation")
async def show_confirmation() -> str:
    """Return the page on which the code is typed. It changes nothing."""
    return _ask()


@page_router.post("", operation_id="confirm_address_by_form")
async def confirm_address_by_form(request: Request, to: In) -> HTMLResponse:
    """Do the same for a browser without scripts."""
    fields = parse_qs((await request.body()).decode(errors="replace"))
    try:
        await _confirm(fields.get("code", [""])[0], to)
    except Unknown as error:
        return HTMLResponse(_ask(error.detail), 404)
    return HTMLResponse(pages.page("Confirmed", pages.paragraph("This is your address. Thank you.")))


async def _confirm(code: str, to: Context) -> None:
    await to.db.write(correspondence.confirm, code_hash=hash_code(to.pepper, code), today=to.clock.now().date())


def _ask(problem: str | None = None) -> str:
    return pages.page(
        "Is this your address?",
        pages.paragraph(problem) if problem else "",
        '<form method="post"><label>Code from the mail <input name="code" autocomplete="off" required maxlength="80">'
        '</label> <button type="submit">Yes, this is my address</button></form>',
    )
