"""Caller of the webhook endpoint routes."""

from typing import Any
from uuid import UUID

import httpx
from sqlalchemy.orm import Session

from app.accounts import keys
from app.accounts.rules import KeyOwner, Scope, TokenKind
from tests.support.app import Running

ENDPOINTS = "/v1/webhook-endpoints"
WISH = {"url": "https://acme.example/hooks?token=canary-of-a-url", "event_types": ["feedback_request.offered"]}


async def a_key(app: Running, connection_id: UUID, *scopes: Scope) -> dict[str, str]:
    """Return the headers with a new key of a connection."""

    def make(session: Session) -> str:
        return keys.add(session, TokenKind.CONNECTION, KeyOwner.CONNECTION, connection_id, scopes, app.clock.now())[1]

    return {"Authorization": f"Bearer {await app.ctx.db.write(make)}"}


class Caller:
    """A connection that calls the webhook endpoint routes."""

    def __init__(self, app: Running, connection_id: UUID, headers: dict[str, str]) -> None:
        self.connection_id = connection_id
        self._app = app
        self._headers = headers

    async def __call__(self, method: str, path: str = "", body: Any = None, key: str | None = None) -> httpx.Response:
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        return await self._app.client.request(method, f"{ENDPOINTS}{path}", json=body, headers=headers)

    async def made(self, **over: Any) -> dict[str, Any]:
        response = await self("POST", body=WISH | over)
        assert response.status_code == 201, response.text
        found: dict[str, Any] = response.json()
        return found
