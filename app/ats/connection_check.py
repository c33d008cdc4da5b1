"""Connection check: missing and excessive settings, keys and permissions."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from uuid import UUID

import httpx
from sqlalchemy.orm import Session

from app.accounts import connections, keys
from app.accounts.models import ApiKeyRow, ConnectionRow
from app.accounts.rules import ConnectionState, Provider, Scope
from app.ats.connection_schemas import ConnectionFinding, ConnectionTested
from app.ats.connector import AtsClient, Busy, Connector, Refused, Unreadable
from app.ats.registry import CONNECTORS
from app.ats.sync import AtsGateway
from app.context import Context
from app.delivery.webhooks import endpoints

MOST_KEYS = 2
_MISSING = {
    "connection_disabled": "The connection is disabled. Enable it.",
    "needs_reconnect": "The other system refuses our credentials. Store new ones.",
    "no_event_yet": "No event has arrived yet. Check the webhooks in the other system.",
    "no_credentials": "Store credentials: without them Debrief can't read applications.",
    "no_key": "The connection has no valid key. Create one.",
    "scope_missing": "No key may send applications. Create one with requests:write or events:write.",
    "no_company_domain": "Set the company's domain: without it Debrief can't recognise work addresses.",
    "endpoint_failing": "A webhook endpoint fails. Repair it and enable it.",
    "credentials_refused": "The other system rejects our credentials. Store new ones.",
    "not_reached": "The other system does not respond properly right now. Try again later.",
}
_TOO_MUCH = {"too_many_keys": "More than two keys are valid. Delete those that you do not use."}


@dataclass(frozen=True)
class _Stored:
    """The findings in our own database, and what a probe of the ATS needs."""

    missing: list[ConnectionFinding]
    too_much: list[ConnectionFinding]
    connector: Connector | None
    credentials: dict[str, str] | None


async def check(
    ctx: Context, connection_id: UUID, vendor_id: UUID | None, *, http: httpx.AsyncClient | None = None
) -> ConnectionTested:
    """Return the problems of a connection, including the permissions of its credentials in the ATS. Raises Unknown."""
    stored = await ctx.db.read(_check_stored, ctx, connection_id, vendor_id)
    missing, too_much = stored.missing, stored.too_much
    if stored.connector is not None and stored.credentials is not None:
        opened = nullcontext(http) if http else httpx.AsyncClient(trust_env=False, follow_redirects=False)
        async with opened as client:
            ats = AtsGateway(CONNECTORS, client).client(ctx, connection_id)
            lacking, excessive = await _probe(stored.connector, ats, stored.credentials)
        missing += lacking
        too_much += excessive
    return ConnectionTested(ok=not missing and not too_much, missing=missing, too_much=too_much)


def _check_stored(session: Session, ctx: Context, connection_id: UUID, vendor_id: UUID | None) -> _Stored:
    row = connections.find(session, connection_id, vendor_id=vendor_id)
    valid_keys = keys.valid_keys(session, row.id, ctx.clock.now())
    missing = _missing_of_connection(row) + _missing_of_keys(row, valid_keys)
    if connections.settings_of(row).company_domain is None:
        missing.append("no_company_domain")
    if endpoints.failing(session, row.id):
        missing.append("endpoint_failing")
    too_much = ["too_many_keys"] if len(valid_keys) > MOST_KEYS else []
    return _Stored(
        _findings(_MISSING, missing),
        _findings(_TOO_MUCH, too_much),
        CONNECTORS.get(Provider(row.provider)),
        connections.credentials(row, ctx.vault_key),
    )


def _missing_of_connection(row: ConnectionRow) -> list[str]:
    codes = []
    if row.state == ConnectionState.DISABLED:
        codes.append("connection_disabled")
    if row.state == ConnectionState.NEEDS_RECONNECT:
        codes.append("needs_reconnect")
    if not row.wired:
        codes.append("no_event_yet")
    if row.provider != Provider.NEUTRAL and row.credentials is None:
        codes.append("no_credentials")
    return codes


def _missing_of_keys(row: ConnectionRow, valid_keys: Sequence[ApiKeyRow]) -> list[str]:
    if not valid_keys:
        return ["no_key"]
    scopes = {scope for key in valid_keys for scope in key.scopes}
    may_write = bool(scopes & {Scope.REQUESTS_WRITE, Scope.EVENTS_WRITE})
    return [] if may_write or row.provider != Provider.NEUTRAL else ["scope_missing"]


async def _probe(
    connector: Connector, client: AtsClient, credentials: dict[str, str]
) -> tuple[list[ConnectionFinding], list[ConnectionFinding]]:
    """Return the missing and the excessive permissions of our credentials in the ATS."""
    try:
        found = await connector.probe(client, credentials)
    except Refused:
        return _findings(_MISSING, ["credentials_refused"]), []
    except (Busy, Unreadable):
        return _findings(_MISSING, ["not_reached"]), []
    missing = [
        ConnectionFinding(code="permission_missing", message=f"Our credentials may not read {name}.")
        for name in found.missing
    ]
    too_much = [
        ConnectionFinding(
            code="permission_too_much", message=f"Our credentials may read {name}, which nobody here should."
        )
        for name in found.forbidden
    ]
    return missing, too_much


def _findings(messages: dict[str, str], codes: list[str]) -> list[ConnectionFinding]:
    return [ConnectionFinding(code=code, message=messages[code]) for code in codes]
