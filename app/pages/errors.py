"""A "no" for people: what the application answers as a problem becomes a page, where a browser asked for one."""

import json

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.problems import MEDIA_TYPE
from app.pages.rendering import page
from app.pages.site import Site

_FOR_MACHINES = ("/v1/", "/static/", "/livez", "/readyz", "/metrics", "/openapi.json")
_ALREADY_LONG = ("/r/", "/q/")


class ProblemPages:
    """Wraps the whole application, the edge included: what that refuses is seen by people, too.

    A response that is a problem is held back until it is complete, and then sent with the same status and headers.
    """

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self.app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_for_people(scope):
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, _Dressing(self._site, scope["path"], send))


class _Dressing:
    """Passes on what the application sends, but for problems."""

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
        dressed = page(
            self._site,
            "error.html",
            padded=self._path.startswith(_ALREADY_LONG),
            status=start["status"],
            title=problem["title"],
            detail=problem["detail"],
        )
        kept = [header for header in start["headers"] if header[0].lower() not in {b"content-type", b"content-length"}]
        await self._send({**start, "headers": [*kept, *dressed.raw_headers]})
        await self._send({"type": "http.response.body", "body": dressed.body})


def _is_for_people(scope: Scope) -> bool:
    if scope["path"].startswith(_FOR_MACHINES):
        return False
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    return b"text/html" in accepted
