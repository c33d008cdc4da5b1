"""Pulls from ATS APIs: queued applications, nightly changes, and a last check before each offer."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from uuid import UUID

import httpx
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import connections
from app.accounts.models import ConnectionRow
from app.accounts.rules import ConnectionSettings, ConnectionState, Provider
from app.applications import intake, notices, queries, sync_queue, upstream_deletion
from app.applications.models import ApplicationRow
from app.applications.sync_queue import Claimed
from app.ats.connector import Busy, Connector, Refused, Unreadable
from app.ats.http_client import Budget, HttpAtsClient
from app.context import Context
from app.core import column_encryption
from app.core.days import open_day
from app.core.errors import DomainError
from app.delivery.webhooks.events import announce

BATCH = 20
# Lower than the limits of all three vendors.
CALLS, PER_SECONDS = 30, 30.0
# Once a day, Debrief lists the changes since shortly before the last list.
_EVERY = timedelta(hours=22)
_OVERLAP = timedelta(hours=1)
_FIRST_PERIOD = timedelta(days=2)
_CHUNK = 200
# How long a connection pauses after its ATS failed.
_PAUSE = timedelta(minutes=10)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class AtsGateway:
    """Connectors and HTTP clients of all connections. One per process.

    `resting` holds the time until which a connection asks for no list of changes.
    """

    connectors: Mapping[Provider, Connector]
    http: httpx.AsyncClient
    clients: dict[UUID, HttpAtsClient] = field(default_factory=dict)
    resting: dict[UUID, datetime] = field(default_factory=dict)

    def client(self, ctx: Context, connection_id: UUID) -> HttpAtsClient:
        """Return the client of a connection, with its own rate budget."""
        if connection_id not in self.clients:
            self.clients[connection_id] = HttpAtsClient(self.http, ctx.clock, Budget(CALLS, PER_SECONDS, monotonic))
        return self.clients[connection_id]


@dataclass(frozen=True)
class _Access:
    """Settings and credentials for pulls of one connection."""

    id: UUID
    provider: Provider
    settings: ConnectionSettings
    credentials: Mapping[str, str]


async def pull_due(ctx: Context, gateway: AtsGateway) -> int:
    """Pull the applications that are due, connections in parallel. Return their number."""
    claimed = await ctx.db.write(sync_queue.claim, ctx.clock.now(), BATCH)
    by_connection: dict[UUID, list[Claimed]] = {}
    for row in claimed:
        by_connection.setdefault(row.connection_id, []).append(row)
    await asyncio.gather(*(_pull_connection(ctx, gateway, rows) for rows in by_connection.values()))
    return len(claimed)


async def pull_before_offer(ctx: Context, gateway: AtsGateway, application_id: UUID) -> bool:
    """Pull an application before its offer is mailed. Return whether the offer may go out.

    A neutral connection has no API to pull from, and its snapshot is enough.
    """
    try:
        found = await ctx.db.look(_find_application, ctx.vault_key, application_id)
    except column_encryption.Locked as error:
        log.warning("reread_postponed", reason=error.code)
        return False
    if found is None:
        return False
    provider, access, remote_id = found
    if provider is Provider.NEUTRAL:
        return True
    if access is None:
        return False
    try:
        return await _pull_application(ctx, gateway, access, remote_id)
    except Refused:
        await ctx.db.write(_require_reconnect, access.id, ctx.clock.now())
    except (Busy, Unreadable) as error:
        log.warning("reread_postponed", connection=str(access.id), reason=type(error).__name__)
    return False


async def reconcile(ctx: Context, gateway: AtsGateway) -> int:
    """Enqueue changed applications, once a day for each connection, since webhooks get lost. Return their number."""
    count = 0
    for connection_id in await ctx.db.look(_find_unreconciled, ctx.clock.now()):
        now = ctx.clock.now()
        if gateway.resting.get(connection_id, now) > now:
            continue
        # Set before the call, since any error may follow: the scheduler runs every few seconds, and no ATS should be
        # called that often.
        gateway.resting[connection_id] = now + _PAUSE
        try:
            access, since = await ctx.db.look(_find_since, ctx.vault_key, connection_id, now)
            if access is not None and access.provider in gateway.connectors:
                count += await _reconcile(ctx, gateway, access, since)
        except Refused:
            await ctx.db.write(_require_reconnect, connection_id, ctx.clock.now())
        except Busy as error:
            gateway.resting[connection_id] = ctx.clock.now() + max(_PAUSE, timedelta(seconds=error.retry_after))
            log.warning("reconciliation_postponed", connection=str(connection_id), reason="Busy")
        except DomainError as error:
            log.warning("reconciliation_postponed", connection=str(connection_id), reason=error.code)
    return count


async def _reconcile(ctx: Context, gateway: AtsGateway, access: _Access, since: datetime) -> int:
    """Enqueue the applications that changed in the ATS, and all that have an open offer.

    The offers are added because a list may contain ended applications only, without a rejection that was taken back. No
    list is sorted by change, so a list with an unreadable end covers no period: the next night reads it again.
    """
    began = ctx.clock.now()
    wanted = set(await ctx.db.read(queries.find_with_open_offer, access.id, open_day(began)))
    is_whole = True
    try:
        changed = gateway.connectors[access.provider].changed_since(
            gateway.client(ctx, access.id), access.credentials, since
        )
        wanted |= {remote_id async for remote_id in changed}
    except Unreadable as error:
        is_whole = False
        gateway.resting[access.id] = began + _EVERY
        log.warning("reconciliation_unreadable", connection=str(access.id), where=str(error))
        await ctx.db.write(notices.add_once_a_day, access.id, "changes_not_readable", began)
    ordered = sorted(wanted)
    for at in range(0, len(ordered), _CHUNK):
        await ctx.db.write(sync_queue.enqueue, access.id, ordered[at : at + _CHUNK], began)
    if is_whole:
        await ctx.db.write(_note_reconciled, access.id, began)
    return len(wanted)


async def _pull_connection(ctx: Context, gateway: AtsGateway, rows: list[Claimed]) -> None:
    try:
        access = await ctx.db.look(_find_access, ctx.vault_key, rows[0].connection_id)
    except column_encryption.Locked as error:
        # The problem belongs to this connection: the others continue.
        log.warning("pull_postponed", connection=str(rows[0].connection_id), code=error.code)
        for row in rows:
            await ctx.db.write(sync_queue.postpone, row, ctx.clock.now(), int(_PAUSE.total_seconds()))
        return
    refused = access is None or access.provider not in gateway.connectors
    for row in rows:
        if refused or access is None:
            await ctx.db.write(sync_queue.give_back, row)
            continue
        refused = not await _pull_row(ctx, gateway, access, row)


async def _pull_row(ctx: Context, gateway: AtsGateway, access: _Access, row: Claimed) -> bool:
    """Pull one application. Return whether the ATS accepts our credentials. Any error leaves the other applications
    unaffected.
    """
    delay = 0
    try:
        await _pull_application(ctx, gateway, access, row.application_remote_id)
    except Refused:
        await ctx.db.write(_require_reconnect, access.id, ctx.clock.now())
        await ctx.db.write(sync_queue.give_back, row)
        return False
    except Busy as error:
        delay = error.retry_after
    except Unreadable as error:
        log.warning("pull_unreadable", connection=str(access.id), where=str(error))
    except DomainError as error:
        log.warning("pull_postponed", connection=str(access.id), code=error.code)
    except Exception as error:  # noqa: BLE001  # One application must not keep all others from being looked at.
        # The type only: the message of a library may quote the response.
        log.error("pull_failed", connection=str(access.id), kind=type(error).__name__)  # noqa: TRY400
    else:
        await ctx.db.write(sync_queue.remove, row)
        return True
    await ctx.db.write(sync_queue.postpone, row, ctx.clock.now(), delay)
    return True


async def _pull_application(ctx: Context, gateway: AtsGateway, access: _Access, remote_id: str) -> bool:
    """Store the current state of an application. Return whether the ATS still has it."""
    connector = gateway.connectors.get(access.provider)
    if connector is None:
        return False
    facts = await connector.pull(gateway.client(ctx, access.id), access.credentials, remote_id)
    if facts is None:
        await upstream_deletion.handle_missing(ctx, access.id, remote_id)
        return False
    await intake.record(ctx, access.id, access.settings, facts)
    if await ctx.db.write(upstream_deletion.lift_suspension, access.id, remote_id):
        await intake.reassess(ctx, access.id, access.settings, remote_id)
    return True


def _find_access(session: Session, vault_key: bytes, connection_id: UUID) -> _Access | None:
    row = session.get(ConnectionRow, connection_id)
    if row is None or row.state in (ConnectionState.DISABLED, ConnectionState.NEEDS_RECONNECT):
        return None
    given = connections.credentials(row, vault_key)
    return None if given is None else _Access(row.id, Provider(row.provider), connections.settings_of(row), given)


def _find_application(
    session: Session, vault_key: bytes, application_id: UUID
) -> tuple[Provider, _Access | None, str] | None:
    row = session.get(ApplicationRow, application_id)
    connection = session.get(ConnectionRow, row.connection_id) if row else None
    if row is None or connection is None:
        return None
    return Provider(connection.provider), _find_access(session, vault_key, connection.id), row.remote_id


def _find_unreconciled(session: Session, now: datetime) -> list[UUID]:
    last = int((now - _EVERY).timestamp())
    statement = select(ConnectionRow.id).where(
        ConnectionRow.provider != Provider.NEUTRAL,
        ConnectionRow.state == ConnectionState.ACTIVE,
        ConnectionRow.credentials.is_not(None),
        (ConnectionRow.reconciled_to.is_(None)) | (ConnectionRow.reconciled_to <= last),
    )
    return list(session.scalars(statement))


def _find_since(
    session: Session, vault_key: bytes, connection_id: UUID, now: datetime
) -> tuple[_Access | None, datetime]:
    row = session.get(ConnectionRow, connection_id)
    known = row.reconciled_to if row else None
    since = now - _FIRST_PERIOD if known is None else datetime.fromtimestamp(known, UTC) - _OVERLAP
    return _find_access(session, vault_key, connection_id), since


def _note_reconciled(session: Session, connection_id: UUID, at: datetime) -> None:
    connections.find(session, connection_id, lock=True).reconciled_to = int(at.timestamp())


def _require_reconnect(session: Session, connection_id: UUID, now: datetime) -> None:
    """Mark the connection as needing new credentials and notify its administrator once. Webhooks are still accepted."""
    row = connections.find(session, connection_id, lock=True)
    if row.state in (ConnectionState.NEEDS_RECONNECT, ConnectionState.DISABLED):
        return
    row.state = ConnectionState.NEEDS_RECONNECT
    notices.add_once_a_day(session, row.id, "needs_reconnect", now)
    announce(session, row.id, "connection.needs_reconnect", {}, on=now.date())
