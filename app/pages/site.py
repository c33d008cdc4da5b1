"""The operator's details on every page, and the context that the routes of pages take."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from app.context import Context
from app.core.settings import Settings


@dataclass(frozen=True)
class Site:
    """The operator's details in the footer of every page."""

    operator: str
    contact: str
    contact_link: str
    privacy_link: str


@dataclass(frozen=True)
class PageContext:
    """What a page's route needs: the context of the use cases, and the site."""

    ctx: Context
    site: Site


def site_of(settings: Settings) -> Site:
    """Build the site from the settings. Only addresses become links."""
    contact = settings.operator_contact
    link = contact if _is_web(contact) else f"mailto:{contact}" if "@" in contact and " " not in contact else ""
    privacy = settings.privacy_url if _is_web(settings.privacy_url) else ""
    return Site(operator=settings.operator_name, contact=contact, contact_link=link, privacy_link=privacy)


async def _page_context_of(request: Request) -> PageContext:
    state = request.app.state
    return PageContext(cast(Context, state.context), cast(Site, state.site))


CurrentPage = Annotated[PageContext, Depends(_page_context_of)]


def _is_web(address: str) -> bool:
    return address.startswith(("https://", "http://"))
