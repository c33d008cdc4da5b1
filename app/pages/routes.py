"""Registration of all pages with an application."""

from pathlib import Path

from fastapi import APIRouter, FastAPI

from app.core.settings import Settings
from app.pages import api_reference, assets, development_mail, employers, home, unsubscribe
from app.pages.candidate import confirmation, offer, request
from app.pages.errors import ProblemPages
from app.pages.invitee import answer
from app.pages.manager import link
from app.pages.site import site_of

# FastAPI prepares an included router at its first request. All applications of a process share the result.
SHARED = APIRouter()
for _part in (home, answer, link, offer, request, confirmation, employers, api_reference, assets, unsubscribe):
    SHARED.include_router(_part.router)


def install(app: FastAPI, settings: Settings, *, mailbox: Path | None) -> None:
    """Add the pages to `app`. Call it last: `ProblemPages` must wrap everything else, the middleware included.

    `mailbox` is the directory into which a development server writes its mail.
    """
    site = site_of(settings)
    app.state.site = site
    app.router.routes.extend(SHARED.routes)
    if mailbox is not None:
        app.include_router(development_mail.routes(mailbox))
    app.add_middleware(ProblemPages, site=site)
