"""What a stranger could not guess, so that a generated call gets past the door: ids that exist, codes, tokens, keys."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import connections, keys
from app.accounts.rules import ConnectionSettings, KeyOwner, Provider, Scope, TokenKind
from app.blinding import ristretto
from tests.contract.bodies import ENDPOINT, SNAPSHOT
from tests.support.app import ADA, Running, codes, manager_code, raise_request, round_id

OPERATOR_KEY = "do_a_key_of_an_operator_for_tests_only"
APPLICATION = "application-1"


@dataclass
class World:
    """One employer, one vendor, and the newest request of Ben; `paths` are values by the name of a path's parameter."""

    paths: dict[str, list[str]] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    manager: list[str] = field(default_factory=list)
    bearers: dict[str, list[str]] = field(default_factory=dict)
    blind: bool = False  # Whether the next request is for a blind round.

    def path_value(self, name: str, luck: random.Random) -> str | None:
        """Return something that exists, for a parameter of this name; mostly."""
        known = self.paths.get(name, [])
        return luck.choice(known) if known and luck.random() < 0.85 else None

    def bearer(self, security: list[Mapping[str, Any]], luck: random.Random) -> str | None:
        """Return what opens an operation; now and then nothing, or what opens another."""
        schemes = [scheme for one in security for scheme in one]
        known = [token for scheme in schemes for token in self.bearers.get(scheme, [])]
        if luck.random() < 0.1:
            known = [token for tokens in self.bearers.values() for token in tokens]
        return luck.choice(known) if known and luck.random() < 0.95 else None

    def put_codes_into(self, body: Any, path: str, luck: random.Random) -> None:
        """Write a code that works where a body has one; mostly."""
        fitting = self.manager if path.startswith("/v1/manager/") else self.codes
        if isinstance(body, dict) and fitting and luck.random() < 0.85:
            for name, value in body.items():
                if name == "code" and isinstance(value, str):
                    body[name] = luck.choice(fitting)


async def refresh(world: World, app: Running) -> None:
    """Make all anew: the calls before may have ended what was there."""
    await _connect(world, app)
    await _fill(world, app)
    wish = {"anonymity": {"mode": "blind"}} if world.blind and ristretto.available() else {}
    world.blind = not world.blind
    raised = await raise_request(app.client, manager=ADA, **wish)
    world.paths["request_id"] = [raised["id"]]
    world.paths["round_id"] = [round_id(raised)]
    world.codes, world.manager = codes(raised), [manager_code(raised)]
    world.bearers["manage_token"] = [raised["manage_token"]]


async def _connect(world: World, app: Running) -> None:
    now = app.clock.now()

    def write(session: Session) -> tuple[UUID, list[str], str]:
        vendor = connections.add_vendor(session, "A vendor", now.date())
        row = connections.create(
            session,
            provider=Provider.NEUTRAL,
            settings=ConnectionSettings(company="Acme"),
            is_test=True,
            vendor_id=vendor.id,
            hook_secret="whsec_" + "QUFB" * 8,
            credentials=None,
            vault_key=app.ctx.vault_key,
            today=now.date(),
        )
        _, key = keys.add(session, TokenKind.TEST_CONNECTION, KeyOwner.CONNECTION, row.id, list(Scope), now)
        _, vendors = keys.add(session, TokenKind.VENDOR, KeyOwner.VENDOR, vendor.id, list(Scope), now)
        return row.id, [key], vendors

    connection, opening, vendors = await app.ctx.db.write(write)
    world.bearers |= {
        "operator_key": [OPERATOR_KEY],
        "connection_key": opening,
        "vendor_key": [vendors],
        "operator_or_vendor_key": [vendors, OPERATOR_KEY],
    }
    world.paths = {
        "connection_id": [str(connection)],
        "remote_id": [APPLICATION, "interview-1", "candidate-1"],
    }


async def _fill(world: World, app: Running) -> None:
    """Let the connection have a rejected application with an interview, and an endpoint for events."""
    as_connection = {"Authorization": f"Bearer {world.bearers['connection_key'][0]}"}
    # What is refused here is missing below, and found where the same call is made up.
    put = await app.client.put(f"/v1/ats/applications/{APPLICATION}", json=SNAPSHOT, headers=as_connection)
    learn(world, "put_application", put.json())
    made = await app.client.post("/v1/webhook-endpoints", json=ENDPOINT, headers=as_connection)
    learn(world, "create_webhook_endpoint", made.json())


def learn(world: World, operation: str, body: Any) -> None:
    """Keep the id of what a call has made: `POST /v1/webhook-endpoints` gives an `endpoint_id`."""
    made = {"create_webhook_endpoint": "endpoint_id", "add_own_note": "note_id", "create_connection": "connection_id"}
    if operation in made and isinstance(body, dict) and isinstance(body.get("id"), str):
        world.paths[made[operation]] = [*world.paths.get(made[operation], []), body["id"]][-3:]
    if isinstance(body, dict) and isinstance(body.get("offer_url"), str):
        world.paths.setdefault("offer_id", []).append(body["offer_url"].split("/o/")[-1].split("#")[0])
