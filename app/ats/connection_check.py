"""Connection check: missing and excessive settings, keys and permissions."""

from contextlib import nullcontext
from uuid import UUID

import httpx
from sqlalchemy.orm import Session

from app.accounts import connections, keys
from app.accounts.rules import ConnectionState, Provider, Scope
from app.ats.connection_schemas import ConnectionFinding, ConnectionTested
from app.ats.connector import Busy, Refused, Unreadable
from app.ats.registry import CONNECTORS
from app.ats.sync import AtsGateway
from app.context import Context
from app.delivery.webhooks import endpoints


async def check(
    ctx: Context, connection_id: UUID, vendor_id: UUID | None, *, http: httpx.AsyncClient | None = None
) -> ConnectionTested:
    """Return the problems of a connection, including the permissions of its credentials in the ATS. Raises Unknown."""

    def look(
        session: Session,
    ) -> tuple[list[ConnectionFinding], list[ConnectionFinding], Provider, dict[str, str] | None]:
        row = connections.find(session, connection_id, vendor_id=vendor_id)
        living = keys.valid_keys(session, row.id, ctx.clock.now())
        missing, too_much = [], []
        if row.state == ConnectionState.DISABLED:
            missing.append(ConnectionFinding(code="connection_disabled", message="The connection is switched off."))
        if row.state == ConnectionState.NEEDS_RECONNECT:
            missing.append(
                ConnectionFinding(code="needs_reconnect", message="The other system refuses our credentials.")
            )
        if not row.wired:
            missing.append(
                ConnectionFinding(code="no_event_yet", message="Nothing has come through this connection yet.")
            )
        if row.provider != Provider.NEUTRAL and row.credentials is None:
            missing.append(
                ConnectionFinding(code="no_credentials", message="Without credentials nobody can be looked up.")
            )
        if not living:
            missing.append(ConnectionFinding(code="no_key", message="No key of this connection works any more."))
        held = {scope for key in living for scope in key.scopes}
        writing = {Scope.REQUESTS_WRITE, Scope.EVENTS_WRITE}
        if living and row.provider == Provider.NEUTRAL and not held & writing:
            missing.append(ConnectionFinding(code="scope_missing", message="No key may tell of applications."))
        if len(living) > 2:
            too_much.append(
                ConnectionFinding(code="too_many_keys", message="More than two keys work: retire those not in use.")
            )
        if connections.settings_of(row).company_domain is None:
            missing.append(
                ConnectionFinding(
                    code="no_company_domain", message="Without its domain, addresses at work can't be recognised."
                )
            )
        if endpoints.failing(session, row.id):
            missing.append(
                ConnectionFinding(code="endpoint_failing", message="An endpoint does not take its events any more.")
            )
        return missing, too_much, Provider(row.provider), connections.credentials(row, ctx.vault_key)

    missing, too_much, provider, credentials = await ctx.db.read(look)
    if provider in CONNECTORS and credentials is not None:
        way = nullcontext(http) if http else httpx.AsyncClient(trust_env=False, follow_redirects=False)
        async with way as client:
            probed = await _probe(ctx, AtsGateway(CONNECTORS, client), provider, connection_id, credentials)
        missing += probed.missing
        too_much += probed.too_much
    return ConnectionTested(ok=not missing and not too_much, missing=missing, too_much=too_much)


async def _probe(
    ctx: Context, gateway: AtsGateway, provider: Provider, connection_id: UUID, credentials: dict[str, str]
) -> ConnectionTested:
    """Test the permissions of our credentials in the ATS."""
    missing, too_much = [], []
    try:
        found = await gateway.connectors[provider].probe(gateway.client(ctx, connection_id), credentials)
    except Refused:
        missing.append(
            ConnectionFinding(code="credentials_refused", message="The other system does not know our credentials.")
        )
    except (Busy, Unreadable):
        missing.append(
            ConnectionFinding(code="not_reached", message="The other system does not answer as it should right now.")
        )
    else:
        missing += [
            ConnectionFinding(code="permission_missing", message=f"Our credentials may not read {name}.")
            for name in found.missing
        ]
        too_much += [
            ConnectionFinding(
                code="permission_too_much", message=f"Our credentials may read {name}, which nobody here should."
            )
            for name in found.forbidden
        ]
    return ConnectionTested(ok=not missing and not too_much, missing=missing, too_much=too_much)
