"""Fixture of the neutral contract: Acme's ATS with bodies, a connection, and access to the stored state."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy.orm import Session

from app.accounts import connections, keys
from app.accounts.rules import ConnectionSettings, KeyOwner, Provider, Scope, TokenKind
from app.applications.dossier import Dossier
from app.applications.dossier_store import open_dossier
from app.applications.models import ApplicationRow
from app.applications.queries import find_row
from app.context import Context
from app.delivery.webhooks import signature
from app.sealing.keystore import KeyName, Purpose
from tests.support.app import NOON, Running, an_app, follow

START = datetime(2026, 11, 16, 9, tzinfo=UTC)


def at(hours: float = 0) -> str:
    """Return the time this many hours after the start."""
    return (START + timedelta(hours=hours)).isoformat()


def a_candidate(**over: Any) -> dict[str, Any]:
    """Return the candidate Ben."""
    return {
        "remote_id": "ben",
        "first_name": "Ben",
        "last_name": "Ode",
        "email_addresses": [{"value": "Ben@Example.test", "email_address_type": "PERSONAL", "is_primary": True}],
        "remote_updated_at": at(),
        **over,
    }


def an_interview(**over: Any) -> dict[str, Any]:
    """Return Ben's interview."""
    omar = {"remote_id": "4080", "first_name": "Omar", "last_name": "Haddad", "email": "omar@acme.test"}
    return {
        "remote_id": "i1",
        "start_at": at(1),
        "end_at": at(2),
        "status": "COMPLETE",
        "remote_updated_at": at(2),
        "interviewers": [{**omar, "response_status": "ACCEPTED", "role": "INTERVIEWER"}],
        **over,
    }


def an_application(status: str = "REJECTED", hours: float = 24, **over: Any) -> dict[str, Any]:
    """Return the state of Ben's application."""
    rejected = {"rejected_at": at(hours)} if status.lower() == "rejected" else {}
    return {"remote_id": "a1", "status": status, "remote_updated_at": at(hours), **rejected, **over}


def a_snapshot(**over: Any) -> dict[str, Any]:
    """Return a whole snapshot; a part given as None is left out."""
    whole = {
        "candidate": a_candidate(),
        "job": {"remote_id": "j1", "name": "Technical writer", "remote_updated_at": at()},
        "application": an_application(),
        "interviews": [an_interview()],
        "interviews_complete": True,
        **over,
    }
    return {name: part for name, part in whole.items() if part is not None}


def an_event(event_id: str, kind: str, data: dict[str, Any] | None = None, hours: float = 24) -> dict[str, Any]:
    """Return an event."""
    return {"id": event_id, "type": kind, "api_version": "1", "occurred_at": at(hours), "data": data or {}}


@dataclass(frozen=True)
class Acme:
    """The running application, and Acme's connection to it."""

    app: Running
    connection_id: UUID
    secret: str
    key: str

    @property
    def ctx(self) -> Context:
        return self.app.ctx

    async def ask(self, method: str, path: str, body: Any = None, *, raw: bytes | None = None) -> httpx.Response:
        """Send a request with the key."""
        headers = {"Authorization": f"Bearer {self.key}"}
        if body is not None or raw is not None:
            headers["Content-Type"] = "application/json"
        content = raw if raw is not None else None if body is None else json.dumps(body)
        return await self.app.client.request(method, f"/v1/ats{path}", content=content, headers=headers)

    async def put(self, body: dict[str, Any], remote_id: str = "a1") -> httpx.Response:
        """Send a snapshot, and run the follow-up jobs."""
        answer = await self.ask("PUT", f"/applications/{remote_id}", body)
        await follow(self.app)
        return answer

    async def tell(self, event: dict[str, Any]) -> httpx.Response:
        """Send an event, and run the follow-up jobs."""
        answer = await self.ask("POST", "/events", event)
        await follow(self.app)
        return answer

    async def row(self, remote_id: str = "a1") -> ApplicationRow | None:
        """Return the row of an application."""
        return await self.ctx.db.read(find_row, self.connection_id, remote_id)

    async def standing(self, remote_id: str = "a1") -> tuple[str, str | None]:
        """Return the candidate's reaction to the offer, or else the state of the offer, and the reason."""
        row = await self.row(remote_id)
        assert row is not None
        return row.offer if row.uptake in (None, "open") else row.uptake, row.reason

    async def dossier(self, remote_id: str = "a1") -> Dossier:
        """Return the stored facts of an application."""
        row = await self.row(remote_id)
        assert row is not None
        key = await self.ctx.keys.find(KeyName(Purpose.APPLICATION, row.id))
        assert key is not None
        return open_dossier(key, row.id, row.dossier)


async def connect(app: Running, scopes: Sequence[Scope] = tuple(Scope), **settings: Any) -> Acme:
    """Create a connection with a key that has all scopes, or the given ones."""
    secret = signature.new_secret()

    def make(session: Session) -> tuple[UUID, str]:
        row = connections.create(
            session,
            provider=Provider.NEUTRAL,
            settings=ConnectionSettings(**{"company": "Acme", **settings}),
            is_test=False,
            vendor_id=None,
            hook_secret=secret,
            credentials=None,
            vault_key=app.ctx.vault_key,
            today=NOON.date(),
        )
        _, key = keys.add(session, TokenKind.CONNECTION, KeyOwner.CONNECTION, row.id, list(scopes), NOON)
        return row.id, key

    connection_id, key = await app.ctx.db.write(make)
    return Acme(app, connection_id, secret, key)


@asynccontextmanager
async def acme(database_url: str, tmp_path: Path, **settings: Any) -> AsyncIterator[Acme]:
    """Run the application with Acme connected."""
    async with an_app(database_url, tmp_path) as app:
        yield await connect(app, **settings)
