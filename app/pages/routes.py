"""All pages, put into an application at one place."""

from pathlib import Path

from fastapi import APIRouter, FastAPI

from app.core.settings import Settings
from app.pages import api_reference, assets, employers, home, mail
from app.pages.candidate import offer, request
from app.pages.errors import ProblemPages
from app.pages.invitee import answer
from app.pages.manager import link
from app.pages.site import site_of

# FastAPI prepares an included router at its first request. All applications of a process share the result.
SHARED = APIRouter()
for _part in (home, answer, link, offer, request, mail, employers, api_reference, assets):
    SHARED.include_router(_part.router)


def install(app: FastAPI, settings: Settings, *, mailbox: Path | None) -> None:
    """Add the pages. Call it after everything else: what they wrap must be complete, the edge included.

    `mailbox` is where a development server writes its mail.
    """
    site = site_of(settings)
    app.state.site = site
    app.router.routes.extend(SHARED.routes)
    app.include_router(mail.unsubscribe_routes(settings.subkey("suppression")))
    if mailbox is not None:
        app.include_router(mail.mailbox_routes(mailbox))
    app.add_middleware(ProblemPages, site=site)
