"""The routes of mail: to be written to never again, and the mailbox of a development server."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from app.core.db import Database
from app.core.errors import Unknown
from app.core.ids import PathId
from app.core.problems import NOT_FOUND, responses
from app.delivery import pages, suppression
from app.delivery.mail import reading


def unsubscribe_routes(database: Database, key: bytes, audience: Callable[[], Awaitable[None]]) -> APIRouter:
    """Return `/u/{token}`: looking at it does nothing, pressing the button, or a mail program's POST, ends the mail."""
    router = APIRouter(tags=["mail"], dependencies=[Depends(audience)], default_response_class=HTMLResponse)

    @router.api_route("/u/{token}", methods=["GET", "HEAD"], operation_id="show_unsubscribe", include_in_schema=False)
    async def show_unsubscribe(token: str) -> str:
        _read(token)
        return pages.ask_to_unsubscribe()

    @router.post(
        "/u/{token}",
        operation_id="unsubscribe",
        summary="Never write to me again",
        responses=responses(404, 503),
    )
    async def unsubscribe(token: str) -> str:
        """Suppress the address that the token was made for (RFC 8058): it can do nothing else. The body is ignored."""
        await database.write(suppression.suppress, _read(token))
        return pages.unsubscribed()

    def _read(token: str) -> bytes:
        digest = suppression.read_token(key, token)
        if digest is None:
            raise _not_found()
        return digest

    return router


def mailbox_routes(directory: Path, audience: Callable[[], Awaitable[None]]) -> APIRouter:
    """Return `/dev/mail`, for a server that writes its mail into `directory`."""
    router = APIRouter(
        prefix="/dev/mail",
        include_in_schema=False,
        dependencies=[Depends(audience)],
        default_response_class=HTMLResponse,
    )

    @router.get("", operation_id="show_development_mailbox")
    async def show_development_mailbox() -> str:
        return pages.mailbox(reading.stored(directory))

    @router.get("/{mail_id}", operation_id="show_development_mail")
    async def show_development_mail(mail_id: PathId) -> str:
        found = reading.find(directory, mail_id)
        if found is None:
            raise _not_found()
        return pages.mail(found)

    return router


def _not_found() -> Unknown:
    return Unknown(NOT_FOUND.code, NOT_FOUND.detail)
