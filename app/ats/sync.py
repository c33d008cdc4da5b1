"""Looking at other systems: what changed, what an event only pointed at, and once more before anybody is mailed."""

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
from app.applications import candidate_merge, intake, sync_queue, upstream_deletion
from app.applications.models import ApplicationRow
from app.applications.sync_queue import Claimed
from app.ats.connector import Busy, Connector, Refused, Unreadable
from app.ats.http_client import Budget, HttpAtsClient
from app.context import Context
from app.core import column_encryption
from app.core.errors import DomainError
from app.delivery.webhooks.events import announce

BATCH = 20
# Below what all three systems allow.
CALLS, PER_SECONDS = 30, 30.0
# What changed is asked for once a day, from a little before where it was read to.
_EVERY = timedelta(hours=22)
_OVERLAP = timedelta(hours=1)
_AT_FIRST = timedelta(days=2)
_CHUNK = 200
# How long a connection is left alone whose system did not answer well.
_PAUSE = timedelta(minutes=10)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class AtsGateway:
    """The other systems: which connectors there are, and by which way they are reached. One for each process.

    `resting`: until when a connection is not asked again for what changed.
    """

    connectors: Mapping[Provider, Connector]
    http: httpx.AsyncClient
    clients: dict[UUID, HttpAtsClient] = field(default_factory=dict)
    resting: dict[UUID, datetime] = field(default_factory=dict)

    def client(self, ctx: Context, connection_id: UUID) -> HttpAtsClient:
        """Return the way out of one connection, with its budget."""
        if connection_id not in self.clients:
            self.clients[connection_id] = HttpAtsClient(self.http, ctx.clock, Budget(CALLS, PER_SECONDS, monotonic))
        return self.clients[connection_id]


@dataclass(frozen=True)
class _Way:
    """How an application of one connection is looked at."""

    id: UUID
    provider: Provider
    settings: ConnectionSettings
    credentials: Mapping[str, str]


async def pull_due(ctx: Context, gateway: AtsGateway) -> int:
    """Look at what is due, one connection beside the other; return how much it was."""
    claimed = await ctx.db.write(sync_queue.claim, ctx.clock.now(), BATCH)
    by_connection: dict[UUID, list[Claimed]] = {}
    for row in claimed:
        by_connection.setdefault(row.connection_id, []).append(row)
    await asyncio.gather(*(_pull_all(ctx, gateway, rows) for rows in by_connection.values()))
    return len(claimed)


async def reread(ctx: Context, gateway: AtsGateway, application_id: UUID) -> bool:
    """Look at an application once more before it is offered anything; tell whether that worked.

    Of what speaks our own contract there is nothing to look at: it told what it knows.
    """
    try:
        found = await ctx.db.look(_find_application, ctx.vault_key, application_id)
    except column_encryption.Locked as error:
        log.warning("reread_postponed", reason=error.code)
        return False
    if found is None:
        return False
    provider, way, remote_id = found
    if provider is Provider.NEUTRAL:
        return True
    if way is None:
        return False
    try:
        return await _look_at(ctx, gateway, way, remote_id)
    except Refused:
        await ctx.db.write(_need_reconnect, way.id, ctx.clock.now())
    except (Busy, Unreadable) as error:
        log.warning("reread_postponed", connection=str(way.id), reason=type(error).__name__)
    return False


async def reconcile(ctx: Context, gateway: AtsGateway) -> int:
    """Have looked at what changed, in case an event was lost; once a day for each connection. Return how many."""
    count = 0
    for connection_id in await ctx.db.look(_find_unreconciled, ctx.clock.now()):
        now = ctx.clock.now()
        if gateway.resting.get(connection_id, now) > now:
            continue
        # Whatever goes wrong: this is called every few seconds, and nobody's system is to be asked that often.
        gateway.resting[connection_id] = now + _PAUSE
        try:
            way, since = await ctx.db.look(_find_since, ctx.vault_key, connection_id, now)
            if way is not None and way.provider in gateway.connectors:
                count += await _reconcile(ctx, gateway, way, since)
        except Refused:
            await ctx.db.write(_need_reconnect, connection_id, ctx.clock.now())
        except Busy as error:
            gateway.resting[connection_id] = ctx.clock.now() + max(_PAUSE, timedelta(seconds=error.retry_after))
            log.warning("reconciliation_postponed", connection=str(connection_id), reason="Busy")
        except DomainError as error:
            log.warning("reconciliation_postponed", connection=str(connection_id), reason=error.code)
    return count


async def _reconcile(ctx: Context, gateway: AtsGateway, way: _Way, since: datetime) -> int:
    """Have looked at what changed over there, and at those with an offer of ours.

    A list may have ended applications only: one that was taken back is in none. And no list is in the order of change,
    so that one of which the end was not read tells nothing of any span: it is read anew the next night.
    """
    began = ctx.clock.now()
    wanted = set(await ctx.db.read(candidate_merge.offered, way.id, began.date()))
    is_whole = True
    try:
        changed = gateway.connectors[way.provider].changed_since(gateway.client(ctx, way.id), way.credentials, since)
        wanted |= {remote_id async for remote_id in changed}
    except Unreadable as error:
        is_whole = False
        gateway.resting[way.id] = began + _EVERY
        log.warning("reconciliation_unreadable", connection=str(way.id), where=str(error))
        await ctx.db.write(sync_queue.notice, way.id, "changes_not_readable", began)
    ordered = sorted(wanted)
    for at in range(0, len(ordered), _CHUNK):
        await ctx.db.write(sync_queue.enqueue, way.id, ordered[at : at + _CHUNK], began)
    if is_whole:
        await ctx.db.write(_note_reconciled, way.id, began)
    return len(wanted)


async def _pull_all(ctx: Context, gateway: AtsGateway, rows: list[Claimed]) -> None:
    try:
        way = await ctx.db.look(_find_way, ctx.vault_key, rows[0].connection_id)
    except column_encryption.Locked as error:
        # Of one connection: the others go on.
        log.warning("pull_postponed", connection=str(rows[0].connection_id), code=error.code)
        for row in rows:
            await ctx.db.write(sync_queue.postpone, row, ctx.clock.now(), int(_PAUSE.total_seconds()))
        return
    refused = way is None or way.provider not in gateway.connectors
    for row in rows:
        if refused or way is None:
            await ctx.db.write(sync_queue.give_back, row)
            continue
        refused = not await _pull(ctx, gateway, way, row)


async def _pull(ctx: Context, gateway: AtsGateway, way: _Way, row: Claimed) -> bool:
    """Look at one application; tell whether the other system lets us in. Whatever happens, the others go on."""
    wish = 0
    try:
        await _look_at(ctx, gateway, way, row.application_remote_id)
    except Refused:
        await ctx.db.write(_need_reconnect, way.id, ctx.clock.now())
        await ctx.db.write(sync_queue.give_back, row)
        return False
    except Busy as error:
        wish = error.retry_after
    except Unreadable as error:
        log.warning("pull_unreadable", connection=str(way.id), where=str(error))
    except DomainError as error:
        log.warning("pull_postponed", connection=str(way.id), code=error.code)
    except Exception as error:  # noqa: BLE001  # One application must not keep all others from being looked at.
        # Its name alone: what a library says may quote what came.
        log.error("pull_failed", connection=str(way.id), kind=type(error).__name__)  # noqa: TRY400
    else:
        await ctx.db.write(sync_queue.done, row)
        return True
    await ctx.db.write(sync_queue.postpone, row, ctx.clock.now(), wish)
    return True


async def _look_at(ctx: Context, gateway: AtsGateway, way: _Way, remote_id: str) -> bool:
    """Take in how an application stands over there; tell whether it is there."""
    connector = gateway.connectors.get(way.provider)
    if connector is None:
        return False
    facts = await connector.pull(gateway.client(ctx, way.id), way.credentials, remote_id)
    if facts is None:
        await upstream_deletion.not_found(ctx, way.id, remote_id)
        return False
    await intake.record(ctx, way.id, way.settings, facts)
    if await ctx.db.write(upstream_deletion.found_again, way.id, remote_id):
        await intake.decide_anew(ctx, way.id, way.settings, remote_id)
    return True


def _find_way(session: Session, vault_key: bytes, connection_id: UUID) -> _Way | None:
    row = session.get(ConnectionRow, connection_id)
    if row is None or row.state in (ConnectionState.DISABLED, ConnectionState.NEEDS_RECONNECT):
        return None
    given = connections.credentials(row, vault_key)
    return None if given is None else _Way(row.id, Provider(row.provider), connections.settings_of(row), given)


def _find_application(
    session: Session, vault_key: bytes, application_id: UUID
) -> tuple[Provider, _Way | None, str] | None:
    row = session.get(ApplicationRow, application_id)
    connection = session.get(ConnectionRow, row.connection_id) if row else None
    if row is None or connection is None:
        return None
    return Provider(connection.provider), _find_way(session, vault_key, connection.id), row.remote_id


def _find_unreconciled(session: Session, now: datetime) -> list[UUID]:
    last = int((now - _EVERY).timestamp())
    statement = select(ConnectionRow.id).where(
        ConnectionRow.provider != Provider.NEUTRAL,
        ConnectionRow.state == ConnectionState.ACTIVE,
        ConnectionRow.credentials.is_not(None),
        (ConnectionRow.reconciled_to.is_(None)) | (ConnectionRow.reconciled_to <= last),
    )
    return list(session.scalars(statement))


def _find_since(session: Session, vault_key: bytes, connection_id: UUID, now: datetime) -> tuple[_Way | None, datetime]:
    row = session.get(ConnectionRow, connection_id)
    known = row.reconciled_to if row else None
    since = now - _AT_FIRST if known is None else datetime.fromtimestamp(known, UTC) - _OVERLAP
    return _find_way(session, vault_key, connection_id), since


def _note_reconciled(session: Session, connection_id: UUID, at: datetime) -> None:
    connections.find(session, connection_id, lock=True).reconciled_to = int(at.timestamp())


def _need_reconnect(session: Session, connection_id: UUID, now: datetime) -> None:
    """Note that the other system lets us in no more, and say so once; what it sends is still taken."""
    row = connections.find(session, connection_id, lock=True)
    if row.state in (ConnectionState.NEEDS_RECONNECT, ConnectionState.DISABLED):
        return
    row.state = ConnectionState.NEEDS_RECONNECT
    sync_queue.notice(session, row.id, "needs_reconnect", now)
    announce(session, row.id, "connection.needs_reconnect", {}, on=now.date())
