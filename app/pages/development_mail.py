"""Pages at `/dev/mail` that show the mail of a development server."""

from pathlib import Path

from fastapi import APIRouter, Depends, Response
from markupsafe import Markup

from app.accounts.auth import anyone
from app.core.errors import Unknown
from app.core.ids import PathId
from app.core.problems import NOT_FOUND
from app.delivery.mail import development_mailbox
from app.pages.rendering import page
from app.pages.site import CurrentPage


def routes(directory: Path) -> APIRouter:
    """Return `/dev/mail`, for a server that writes its mail into `directory`."""
    router = APIRouter(prefix="/dev/mail", include_in_schema=False, dependencies=[Depends(anyone)])

    @router.get("", operation_id="show_development_mailbox")
    async def show_development_mailbox(page_ctx: CurrentPage) -> Response:
        return page(page_ctx.site, "mailbox.html", mails=development_mailbox.list_mails(directory))

    @router.get("/{mail_id}", operation_id="show_development_mail")
    async def show_development_mail(mail_id: PathId, page_ctx: CurrentPage) -> Response:
        found = development_mailbox.find(directory, mail_id)
        if found is None:
            raise Unknown(NOT_FOUND.code, NOT_FOUND.detail)
        # The body comes from our own mail template, which has escaped everything in it.
        return page(page_ctx.site, "mail.html", mail=found, body=Markup(found.html_body))  # noqa: S704

    return router
