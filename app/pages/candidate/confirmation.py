"""The page that confirms the candidate's mail address."""

from fastapi import APIRouter, Depends, Request, Response

from app.accounts.auth import anyone
from app.core.errors import Unknown
from app.pages import entrance
from app.pages.forms import read_fields
from app.pages.rendering import page
from app.pages.site import CurrentPage
from app.requests import mail
from app.rounds.invitee import hash_code

router = APIRouter(include_in_schema=False)


# Some mail programs rewrite "#" as "%23". The code is then a part of the path, so every path with this prefix matches.
@router.api_route(
    "/confirm{rest:path}", methods=["GET", "HEAD"], dependencies=[Depends(anyone)], operation_id="show_confirmation"
)
async def show_confirmation(page_ctx: CurrentPage) -> Response:
    """Return the page that takes the code. It changes nothing, since scanners follow every link."""
    return entrance.enter(page_ctx.site, entrance.CONFIRM)


@router.post("/confirm{rest:path}", dependencies=[Depends(anyone)], operation_id="confirm_address_by_form")
async def confirm_address_by_form(request: Request, page_ctx: CurrentPage) -> Response:
    """Confirm the address. A repetition gets the same page, which says nothing of the request."""
    fields = await read_fields(request)
    code_hash = hash_code(page_ctx.ctx.pepper, fields.one("code"))
    try:
        await page_ctx.ctx.db.write(mail.confirm_address, code_hash=code_hash, today=page_ctx.ctx.clock.now().date())
    except Unknown as error:
        return entrance.wrong_secret(page_ctx.site, entrance.CONFIRM, fields, error)
    lines = (
        "From now on Debrief writes to you when there is something to read, and to those whom it is to ask for you.",
        "You can close this page.",
    )
    return page(
        page_ctx.site, "done.html", heading="Thank you. This is your address.", lines=lines, actions=(), shows_at=None
    )
