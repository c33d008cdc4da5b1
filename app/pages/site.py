"""Whom the pages speak for: what the operator has set, and how a view gets it together with the use cases' context."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from app.context import Context
from app.core.settings import Settings


@dataclass(frozen=True)
class Site:
    """What stands at the foot of every page."""

    operator: str
    contact: str
    contact_link: str
    privacy_link: str


@dataclass(frozen=True)
class Place:
    """What a view stands on."""

    ctx: Context
    site: Site


def site_of(settings: Settings) -> Site:
    """Read what the operator says of itself; only what is an address becomes a link."""
    contact = settings.operator_contact
    link = contact if _is_web(contact) else f"mailto:{contact}" if "@" in contact and " " not in contact else ""
    privacy = settings.privacy_url if _is_web(settings.privacy_url) else ""
    return Site(operator=settings.operator_name, contact=contact, contact_link=link, privacy_link=privacy)


async def _place_of(request: Request) -> Place:
    state = request.app.state
    return Place(cast(Context, state.context), cast(Site, state.site))


Here = Annotated[Place, Depends(_place_of)]


def _is_web(address: str) -> bool:
    return address.startswith(("https://", "http://"))
