"""Letting what came of an offer follow what its employer has told since: it pauses, goes on or ends, with its rounds.

Done soon after a message was answered, never while it is: how long that takes tells nothing of the offer.
"""

import asyncio
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import connections
from app.accounts.models import ConnectionRow
from app.accounts.rules import ConnectionSettings
from app.applications import pausing
from app.applications.dossier import ApplicationStatus, Dossier
from app.applications.models import ApplicationRow
from app.applications.rules import Reason, Uptake, still_met
from app.applications.sealing_dossiers import open_dossier
from app.requests import ending
from app.rounds import uninviting
from app.rounds.context import Context
from app.sealing.keystore import FoundKey, KeyName, Purpose, find_key

BATCH = 100
_TRIES = 5


class _Outrun(Exception):
    """A round was opened meanwhile."""


async def follow_due(to: Context, *, only: UUID | None = None) -> None:
    """Let everything follow that has to, of all connections or of one."""
    after: UUID | None = None
    while batch := await to.db.read(_find_stirred, after, only):
        for application_id in batch:
            await asyncio.sleep(0)
            with ending.contained(application_id):
                await _follow_one(to, application_id)
        after = batch[-1]


async def _follow_one(to: Context, application_id: UUID) -> None:
    key = await to.keys.find(KeyName(Purpose.APPLICATION, application_id))
    if key is None:
        return
    for _ in range(_TRIES):
        # Keys are fetched before the transaction, as all are.
        rounds = await to.db.read(_find_rounds, application_id)
        keys = [await find_key(to.keys, KeyName(Purpose.ROUND, round_id)) for round_id in rounds]
        try:
            over = await to.db.write(_follow, application_id, key, keys, to.clock.now().date())
        except _Outrun:
            continue
        for name in over:
            await to.keys.destroy(name)
        return


def _follow(session: Session, application_id: UUID, key: bytes, keys: Sequence[FoundKey], today: date) -> list[KeyName]:
    """Return the names of the keys to destroy after the commit."""
    row = session.get(ApplicationRow, application_id, with_for_update=True, populate_existing=True)
    if row is None or not row.stirred or not row.dossier:
        return []
    row.stirred = False
    dossier = open_dossier(key, row.id, row.dossier)
    if row.request_id is not None:
        settings = connections.settings_of(session.get_one(ConnectionRow, row.connection_id))
        _uninvite(session, row.request_id, dossier, settings, keys)
    status = dossier.application.status if dossier.application else None
    reopened = status is ApplicationStatus.ACTIVE or row.reason == Reason.POSSIBLE_MERGE
    if reopened and row.uptake in (Uptake.OPEN, Uptake.ACCEPTED):
        pausing.pause(session, row)
    elif not reopened and status is ApplicationStatus.REJECTED and row.uptake == Uptake.PAUSED:
        pausing.resume(session, row, today)
    elif status in (ApplicationStatus.HIRED, ApplicationStatus.WITHDRAWN) and row.uptake in (
        Uptake.OPEN,
        Uptake.ACCEPTED,
        Uptake.PAUSED,
    ):
        return pausing.withdraw(session, row, today)
    return []


def _uninvite(
    session: Session, request_id: UUID, dossier: Dossier, settings: ConnectionSettings, keys: Sequence[FoundKey]
) -> None:
    """Take the invitations back that fell with an interview: who has no other met nobody, and is asked no more."""
    known = {key.owner: key for key in keys}
    rounds = uninviting.find_rounds(session, request_id)
    if not known.keys() >= set(rounds):
        raise _Outrun
    standing = still_met(dossier, settings)
    for round_id in rounds:
        uninviting.uninvite(session, known[round_id], standing)


def _find_rounds(session: Session, application_id: UUID) -> list[UUID]:
    row = session.get(ApplicationRow, application_id)
    return [] if row is None or row.request_id is None else uninviting.find_rounds(session, row.request_id)


def _find_stirred(session: Session, after: UUID | None, only: UUID | None) -> Sequence[UUID]:
    statement = select(ApplicationRow.id).where(ApplicationRow.stirred).order_by(ApplicationRow.id).limit(BATCH)
    if only is not None:
        statement = statement.where(ApplicationRow.connection_id == only)
    return session.scalars(statement if after is None else statement.where(ApplicationRow.id > after)).all()
