"""The pages that mail leads to: an address confirmed, mail ended for good, and the mailbox of a development server.

Looking changes nothing, since scanners follow every link. What is pressed does, and so does the POST of a mail program.
"""

from pathlib import Path

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from app.accounts.auth import anyone
from app.core.errors import Unknown
from app.core.ids import PathId
from app.core.problems import NOT_FOUND, responses
from app.delivery import suppression
from app.delivery.mail import development_mailbox
from app.pages import entrance
from app.pages.forms import read_fields
from app.pages.rendering import page
from app.pages.site import Here
from app.requests import mail
from app.rounds.invitee import hash_code

router = APIRouter(include_in_schema=False)


# "#" is "%23" in the address where a mail program has rewritten it: the code is then a part of the path.
@router.api_route(
    "/confirm{rest:path}", methods=["GET", "HEAD"], dependencies=[Depends(anyone)], operation_id="show_confirmation"
)
async def show_confirmation(here: Here) -> Response:
    """Return the page on which the code is typed, or filled in by the script. It changes nothing."""
    return entrance.enter(here.site, entrance.CONFIRM)


@router.post("/confirm{rest:path}", dependencies=[Depends(anyone)], operation_id="confirm_address_by_form")
async def confirm_address_by_form(request: Request, here: Here) -> Response:
    """Take the address for the candidate's own. The answer is the same each time, and says nothing of the request."""
    fields = await read_fields(request)
    code_hash = hash_code(here.ctx.pepper, fields.one("code"))
    try:
        await here.ctx.db.write(mail.confirm_address, code_hash=code_hash, today=here.ctx.clock.now().date())
    except Unknown as error:
        return entrance.unknown(here.site, entrance.CONFIRM, fields, error)
    lines = (
        "From now on Debrief writes to you when there is something to read, and to those whom it is to ask for you.",
        "You can close this page.",
    )
    return page(
        here.site, "done.html", heading="Thank you. This is your address.", lines=lines, actions=(), shows_at=None
    )


def unsubscribe_routes(key: bytes) -> APIRouter:
    """Return `/u/{token}`; `key` is that of the tokens."""
    routes = APIRouter(tags=["mail"], dependencies=[Depends(anyone)], default_response_class=HTMLResponse)

    @routes.api_route("/u/{token}", methods=["GET", "HEAD"], operation_id="show_unsubscribe", include_in_schema=False)
    async def show_unsubscribe(token: str, here: Here) -> Response:
        _digest(key, token)
        return page(here.site, "unsubscribe.html")

    @routes.post(
        "/u/{token}",
        operation_id="unsubscribe",
        summary="Never write to me again",
        responses=responses(404, 503),
    )
    async def unsubscribe(token: str, here: Here) -> Response:
        """Suppress the address that the token was made for (RFC 8058): it can do nothing else. The body is ignored."""
        await here.ctx.db.write(suppression.suppress, _digest(key, token))
        lines = ("Debrief will not write to this address again. Links that you have go on working.",)
        return page(here.site, "done.html", heading="Done", lines=lines, actions=(), shows_at=None)

    return routes


def mailbox_routes(directory: Path) -> APIRouter:
    """Return `/dev/mail`, for a server that writes its mail into `directory`."""
    routes = APIRouter(prefix="/dev/mail", include_in_schema=False, dependencies=[Depends(anyone)])

    @routes.get("", operation_id="show_development_mailbox")
    async def show_development_mailbox(here: Here) -> Response:
        return page(here.site, "mailbox.html", mails=development_mailbox.list_mails(directory))

    @routes.get("/{mail_id}", operation_id="show_development_mail")
    async def show_development_mail(mail_id: PathId, here: Here) -> Response:
        found = development_mailbox.find(directory, mail_id)
        if found is None:
            raise _not_found()
        # Our own template, in which everything that came from outside is escaped.
        return page(here.site, "mail.html", mail=found, body=Markup(found.html_body))  # noqa: S704

    return routes


def _digest(key: bytes, token: str) -> bytes:
    digest = suppression.read_token(key, token)
    if digest is None:
        raise _not_found()
    return digest


def _not_found() -> Unknown:
    return Unknown(NOT_FOUND.code, NOT_FOUND.detail)
