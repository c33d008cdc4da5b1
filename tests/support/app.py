"""The application inside a test: an HTTP client, a clock that the test sets, and builders of requests and answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import tables
from app.composition import build_context
from app.context import Context
from app.core.settings import Settings, load_settings
from app.jobs import follow_up_on_offers, run_tick
from app.main import create_app
from app.rounds.jobs import TickReport
from app.sealing.keystore import KeyStore
from app.vocabulary.answer import Answer

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
OMAR = {"role": "interviewer", "name": "Omar Haddad"}
LIN = {"role": "interviewer", "name": "Lin Mei"}
CLEO = {"role": "recruiter", "name": "Cleo Brandt"}
ADA = {"name": "Ada Ruiz"}


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, **span: float) -> None:
        """Move on by `days=`, `minutes=` and the like."""
        self.at += timedelta(**span)


@dataclass(frozen=True)
class Running:
    """The running application, from outside (`client`) and from inside (`ctx`: the doors, the keys)."""

    client: httpx.AsyncClient
    ctx: Context
    clock: FixedClock
    settings: Settings


@asynccontextmanager
async def an_app(
    database_url: str,
    tmp_path: Path,
    clock: FixedClock | None = None,
    *,
    keys: KeyStore | None = None,
    **settings: Any,
) -> AsyncIterator[Running]:
    """Run the application on a migrated database, its keys below `tmp_path`; rate limits are off unless given."""
    time = clock or FixedClock()
    limits = {"anonymous_rate": 0, "raise_rate": 0, "connection_rate": 0, "recipient_rate": 0}
    loaded = load_settings(_env_file=None, data_dir=tmp_path / "data", database_url=database_url, **limits | settings)
    ctx = build_context(loaded, clock=time, keys=keys)
    transport = httpx.ASGITransport(create_app(loaded, context=ctx))
    async with httpx.AsyncClient(transport=transport, base_url=loaded.base_url) as client:
        try:
            yield Running(client, ctx, time, loaded)
        finally:
            await ctx.db.close()


async def tick(app: Running, *, days: int = 0) -> TickReport:
    """Do what time does, at the clock's present moment, or after `days` have passed."""
    app.clock.advance(days=days)
    return await run_tick(app.ctx, app.clock.now())


async def follow(app: Running) -> None:
    """Do what is done soon after employers' systems have told something."""
    await follow_up_on_offers(app.ctx)


def nonce() -> str:
    """Return a nonce as a browser makes it: opaque and random."""
    return uuid4().hex


def a_request(**over: Any) -> dict[str, Any]:
    """Return the body of Ben's request to three people who met him; a field given as None is left out."""
    body = {
        "candidate": {"name": "Ben Ode"},
        "company": "Acme",
        "role_title": "Technical writer",
        "invitees": [OMAR, LIN, CLEO],
        **over,
    }
    return {field: value for field, value in body.items() if value is not None}


async def raise_request(client: httpx.AsyncClient, **over: Any) -> dict[str, Any]:
    """Raise Ben's request; return the 201."""
    response = await client.post("/v1/feedback-requests", json=a_request(**over))
    assert response.status_code == 201, response.text
    raised: dict[str, Any] = response.json()
    return raised


def round_id(raised: dict[str, Any], index: int = 0) -> str:
    """Return the id of a round."""
    found: str = raised["rounds"][index]["id"]
    return found


def codes(raised: dict[str, Any]) -> list[str]:
    """Return the codes of those asked, in their order; not the manager's."""
    return [link["code"] for link in raised["links"] if link["role"] != "manager"]


def manager_code(raised: dict[str, Any]) -> str:
    """Return the code of the manager's link."""
    found: str = next(link["code"] for link in raised["links"] if link["role"] == "manager")
    return found


def as_candidate(raised: dict[str, Any]) -> dict[str, str]:
    """Return the headers of whoever holds the manage token."""
    return {"Authorization": f"Bearer {raised['manage_token']}"}


async def send(
    client: httpx.AsyncClient,
    round_id: str,
    code: str,
    answer: Answer | dict[str, Any],
    nonce: str | None = None,
    **over: Any,
) -> httpx.Response:
    """Send an answer; one with a signature brings the consent that goes with it."""
    given = answer.model_dump(mode="json", exclude_none=True) if isinstance(answer, Answer) else answer
    body = {"code": code, "nonce": nonce or uuid4().hex, "answer": given, **over}
    if "signature" in given:
        body.setdefault("understood", True)
    return await client.post(f"/v1/rounds/{round_id}/answers", json=body)


async def read_feedback(client: httpx.AsyncClient, raised: dict[str, Any]) -> dict[str, Any]:
    """Return what the candidate may read now."""
    response = await client.get(f"/v1/feedback-requests/{raised['id']}/feedback", headers=as_candidate(raised))
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def dump(app: Running) -> dict[str, list[str]]:
    """Return everything that is stored, table by table: what must not change is compared with this."""

    def read(session: Session) -> dict[str, list[str]]:
        return {
            table.name: sorted(repr(tuple(row)) for row in session.execute(select(table)))
            for table in tables.metadata.sorted_tables
        }

    return await app.ctx.db.read(read)
