"""All pages, put into an application at one place."""

from fastapi import FastAPI

from app.core.settings import Settings
from app.pages import answering, assets, employers, managing, own_request, raising, reference
from app.pages.errors import ProblemPages
from app.pages.site import site_of


def install(app: FastAPI, settings: Settings) -> None:
    """Add the pages. Call it after everything else: what they wrap must be complete, the edge included."""
    site = site_of(settings)
    app.state.site = site
    for part in (raising, answering, managing, own_request, employers, reference, assets):
        app.include_router(part.router)
    app.add_middleware(ProblemPages, site=site)
