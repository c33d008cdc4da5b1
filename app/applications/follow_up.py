"""Apply later ATS updates to an offer: pause, resume or withdraw its request and rounds.

This happens soon after the answer to a message, never before it: its duration would reveal the state of the offer.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import connections
from app.accounts.models import ConnectionRow
from app.applications import lifecycle
from app.applications.dossier_store import open_dossier
from app.applications.models import ApplicationRow
from app.applications.rules import Uptake, interviewer_addresses, uptake_after
from app.context import Context
from app.core import keyset
from app.core.errors import Unreadable
from app.requests import lifecycle as request_lifecycle
from app.requests.models import RequestRow
from app.rounds import revocation
from app.sealing.keystore import FoundKey, KeyName, Purpose, find_key

log = structlog.get_logger(__name__)

_TRIES = 5


class ConcurrentChange(Exception):
    """A round was opened after its key was looked up."""


async def apply_updates(ctx: Context, *, only: UUID | None = None) -> None:
    """Apply the updates of all applications that are marked as `stirred`, of all connections or of one."""
    async for application_id in keyset.each(lambda after: ctx.db.read(_find_stirred, after, only)):
        with request_lifecycle.log_failure(application_id):
            await _apply_update(ctx, application_id)


async def _apply_update(ctx: Context, application_id: UUID) -> None:
    seen = await ctx.db.read(_find_dossier, application_id)
    key = await ctx.keys.find(KeyName(Purpose.APPLICATION, application_id))
    if not seen or key is None:
        return
    try:
        await _uninvite_with_retries(ctx, application_id, key)
    except Unreadable:
        # An operator has to see this; the round pauses or ends all the same.
        log.error("round_unreadable", application_id=str(application_id))  # noqa: TRY400
    for name in await ctx.db.write(_apply_status, application_id, seen, ctx.clock.now()):
        await ctx.keys.destroy(name)


async def _uninvite_with_retries(ctx: Context, application_id: UUID, key: bytes) -> None:
    for _ in range(_TRIES):
        # Keys are fetched before the transaction: no I/O to the key store within one.
        rounds = await ctx.db.read(_find_rounds, application_id)
        keys = [await find_key(ctx.keys, KeyName(Purpose.ROUND, round_id)) for round_id in rounds]
        with suppress(ConcurrentChange):
            await ctx.db.write(_uninvite, application_id, key, keys)
            return


def _apply_status(session: Session, application_id: UUID, seen: bytes, now: datetime) -> list[KeyName]:
    """Pause, resume or withdraw an offer and its request; return the keys to destroy after the commit."""
    row = session.get(ApplicationRow, application_id, with_for_update=True, populate_existing=True)
    if row is None or not row.dossier:
        return []
    # Each intake encrypts the dossier again: if it differs, an update came meanwhile and is still to be applied.
    row.stirred = row.dossier != seen
    if row.uptake is None:
        return []
    uptake = Uptake(row.uptake)
    to_be = uptake_after(uptake, row.status, row.reason, has_request=row.request_id is not None)
    if to_be is uptake:
        return []
    if to_be is Uptake.PAUSED:
        lifecycle.pause(session, row)
    elif to_be is Uptake.WITHDRAWN:
        return lifecycle.withdraw(session, row, now.date())
    else:
        lifecycle.resume(session, row, now)
    return []


def _uninvite(session: Session, application_id: UUID, key: bytes, keys: Sequence[FoundKey]) -> None:
    """Revoke the invitations of people whose interviews were all cancelled: they did not meet the candidate."""
    row = session.get(ApplicationRow, application_id, with_for_update=True, populate_existing=True)
    if row is None or not row.dossier or row.request_id is None:
        return
    # Lock in the order of all that ends requests: first the request, then its rounds.
    session.get(RequestRow, row.request_id, with_for_update=True)
    known = {key.owner: key for key in keys}
    rounds = revocation.find_rounds(session, row.request_id)
    if not known.keys() >= set(rounds):
        raise ConcurrentChange
    settings = connections.settings_of(session.get_one(ConnectionRow, row.connection_id))
    standing = interviewer_addresses(open_dossier(key, row.id, row.dossier), settings)
    for round_id in rounds:
        revocation.uninvite(session, known[round_id], standing)


def _find_dossier(session: Session, application_id: UUID) -> bytes | None:
    return session.scalars(select(ApplicationRow.dossier).where(ApplicationRow.id == application_id)).one_or_none()


def _find_rounds(session: Session, application_id: UUID) -> list[UUID]:
    row = session.get(ApplicationRow, application_id)
    return [] if row is None or row.request_id is None else revocation.find_rounds(session, row.request_id)


def _find_stirred(session: Session, after: UUID | None, only: UUID | None) -> Sequence[UUID]:
    stirred = select(ApplicationRow.id).where(ApplicationRow.stirred, ApplicationRow.dossier != b"")
    if only is not None:
        stirred = stirred.where(ApplicationRow.connection_id == only)
    return session.scalars(keyset.batch(stirred, ApplicationRow.id, after)).all()
