"""Error pages: turns problem+json responses into HTML if a browser asked for it."""

import json

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.problems import MEDIA_TYPE
from app.pages.rendering import page
from app.pages.site import Site

_FOR_MACHINES = ("/v1/", "/static/", "/livez", "/readyz", "/metrics", "/openapi.json")
_PADDED_PATHS = ("/r/", "/q/")


class ProblemPages:
    """ASGI middleware around the whole application, the other middleware included: people see its refusals, too.

    It buffers a problem response until it is complete, then sends a page with the same status and headers.
    """

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self.app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_for_people(scope):
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, _ProblemToPage(self._site, scope["path"], send))


class _ProblemToPage:
    """ASGI `send` that replaces problem responses and passes on all others."""

    def __init__(self, site: Site, path: str, send: Send) -> None:
        self._site = site
        self._path = path
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            types = [value for name, value in message["headers"] if name.lower() == b"content-type"]
            if types and types[0].startswith(MEDIA_TYPE.encode()):
                self._start = message
                return
        if self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if not message.get("more_body", False):
            await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        problem = json.loads(self._body)
        html = page(
            self._site,
            "error.html",
            padded=self._path.startswith(_PADDED_PATHS),
            status=start["status"],
            title=problem["title"],
            detail=problem["detail"],
        )
        kept = [header for header in start["headers"] if header[0].lower() not in {b"content-type", b"content-length"}]
        await self._send({**start, "headers": [*kept, *html.raw_headers]})
        await self._send({"type": "http.response.body", "body": html.body})


def _is_for_people(scope: Scope) -> bool:
    if scope["path"].startswith(_FOR_MACHINES):
        return False
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    return b"text/html" in accepted
