"""Intake of facts about an application: merge them into its dossier, and decide whether an offer follows.

This is the one way in, for every ATS and every format. One transaction merges the facts, encrypts the dossier and
decides about the offer. The row is locked, so that two messages at once end as if they had come one after the other.
An accepted offer follows later (`follow_up`): neither the duration nor the answer of an intake reveals its state.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.accounts.models import ConnectionRow
from app.accounts.rules import ConnectionSettings
from app.applications import notices, queries, tombstones
from app.applications.dossier import ApplicationStatus, Dossier, Facts, merge
from app.applications.dossier_store import open_dossier, seal_dossier
from app.applications.models import ApplicationRow, InterviewRow, Outcome
from app.applications.rules import Decision, OfferState, Reason, decide, interviewer_addresses, move
from app.context import Context
from app.core import randomness
from app.core.errors import Unavailable
from app.core.upsert import insert_into
from app.sealing.keystore import KeyName, Purpose

_TRIES = 5
# An offer that was due longer ago needs manual release: a newly connected ATS imports years of history.
LONG_AGO = timedelta(days=30)


@dataclass(frozen=True)
class Recorded:
    """The outcome of an intake. `application_id` is None if nothing is stored about the application."""

    outcome: Outcome
    application_id: UUID | None = None
    created: bool = False


@dataclass(frozen=True)
class _Key:
    """The id and the encryption key of an application, and whether both were just made."""

    id: UUID
    key: bytes
    is_new: bool


class ConcurrentChange(Exception):
    """Another transaction wrote this application first."""


async def record(ctx: Context, connection_id: UUID, settings: ConnectionSettings, facts: Facts) -> Recorded:
    """Take in facts. Stores nothing about an erased application or candidate: outcome `erased`."""
    if await ctx.db.look(_is_erased, ctx.pepper, connection_id, facts):
        # Checked first: the answer must not depend on whether the erasure has deleted the last row yet.
        return Recorded(Outcome.ERASED)
    for _ in range(_TRIES):
        known = await _find_or_create_key(ctx, connection_id, facts.application_remote_id)
        if known is None:
            return Recorded(Outcome.ERASED)
        now = ctx.clock.now()
        try:
            recorded = await ctx.db.write(_record, ctx, connection_id, settings, facts, known=known, now=now)
        except ConcurrentChange:
            # Never discard a key in use: the dossier that it encrypts would be lost.
            if known.is_new:
                await ctx.keys.discard(KeyName(Purpose.APPLICATION, known.id))
            continue
        if known.is_new and not recorded.created:
            await ctx.keys.discard(KeyName(Purpose.APPLICATION, known.id))
        return recorded
    raise Unavailable("busy", "This application is being written by others right now. Please try again in a moment.")


async def find_dossier(ctx: Context, connection_id: UUID, remote_id: str) -> Dossier | None:
    """Return the dossier of an application."""
    row = await ctx.db.read(queries.find_row, connection_id, remote_id)
    key = await ctx.keys.find(KeyName(Purpose.APPLICATION, row.id)) if row is not None and row.dossier else None
    return open_dossier(key, row.id, row.dossier) if row is not None and key is not None else None


async def reassess(ctx: Context, connection_id: UUID, settings: ConnectionSettings, remote_id: str) -> None:
    """Decide again about the offer of an application whose suspension has ended."""

    def act(session: Session, key: bytes) -> None:
        row = queries.find_row(session, connection_id, remote_id, lock=True)
        if row is not None and row.dossier:
            row.reason, row.stirred = None, row.uptake is not None
            update_decision(row, open_dossier(key, row.id, row.dossier), settings, ctx.clock.now())

    row = await ctx.db.read(queries.find_row, connection_id, remote_id)
    key = await ctx.keys.find(KeyName(Purpose.APPLICATION, row.id)) if row is not None else None
    if key is not None:
        await ctx.db.write(act, key)


def update_decision(row: ApplicationRow, dossier: Dossier, settings: ConnectionSettings, now: datetime) -> None:
    """Decide again about an offer that the employer does not see yet."""
    # Nothing is decided during a suspension: the candidate is deleted, or was only merged.
    if row.offer != OfferState.OFFERED and row.reason != Reason.POSSIBLE_MERGE:
        _apply_decision(row, decide(dossier, settings), now)


def _apply_decision(row: ApplicationRow, decision: Decision, now: datetime) -> None:
    if decision.state is OfferState.NONE:
        # The situation has changed: a manual release was for the earlier one.
        row.released_by_hand = False
    if decision.due is not None and decision.due < now - LONG_AGO:
        decision = Decision(OfferState.HELD, Reason.LONG_AGO)
    if decision.state is OfferState.HELD and row.released_by_hand:
        decision = Decision(OfferState.WAITING, None, now)
    move(row, decision.state)
    row.reason = decision.reason
    row.due_at = int(decision.due.timestamp()) if decision.due else None


async def _find_or_create_key(ctx: Context, connection_id: UUID, remote_id: str) -> _Key | None:
    """Return the id and key of an application, both made if it is new; None if it was erased."""
    row_id = await ctx.db.look(_find_id, connection_id, remote_id)
    if row_id is not None:
        key = await ctx.keys.find(KeyName(Purpose.APPLICATION, row_id))
        return None if key is None else _Key(row_id, key, is_new=False)
    new = randomness.new_id()
    return _Key(new, await ctx.keys.create(KeyName(Purpose.APPLICATION, new)), is_new=True)


def _find_id(session: Session, connection_id: UUID, remote_id: str) -> UUID | None:
    statement = select(ApplicationRow.id).where(
        ApplicationRow.connection_id == connection_id, ApplicationRow.remote_id == remote_id
    )
    return session.scalars(statement).one_or_none()


def _record(
    session: Session,
    ctx: Context,
    connection_id: UUID,
    settings: ConnectionSettings,
    facts: Facts,
    *,
    known: _Key,
    now: datetime,
) -> Recorded:
    if facts.candidate is not None or known.is_new:
        # An erasure of a candidate locks this row: it must not miss an application that is being inserted.
        session.get(ConnectionRow, connection_id, with_for_update={"read": True, "key_share": True})
    if _is_erased(session, ctx.pepper, connection_id, facts):
        return Recorded(Outcome.ERASED)
    row = _lock_row(session, connection_id, facts.application_remote_id, known, now)
    if not row.dossier:
        return Recorded(Outcome.ERASED)
    before = Dossier() if known.is_new else open_dossier(known.key, row.id, row.dossier)
    dossier = merge(before, facts)
    if dossier == before and not known.is_new:
        return Recorded(Outcome.STALE if _is_older(facts, before) else Outcome.DUPLICATE, row.id)
    row.dossier = seal_dossier(known.key, row.id, dossier)
    row.changed_on = now.date()
    previous = row.status
    _index(session, row, dossier)
    update_decision(row, dossier, settings, now)
    # Only changes that may affect an accepted offer mark the row for `follow_up`: a sender of endless news could
    # otherwise measure how long each one takes, and learn of an acceptance.
    is_affected = previous != row.status or (
        interviewer_addresses(before, settings) != interviewer_addresses(dossier, settings)
    )
    row.stirred = row.stirred or (is_affected and row.uptake is not None)
    flag_modified(row, "stirred")
    is_reinstated = (previous, row.status) == (ApplicationStatus.REJECTED, ApplicationStatus.ACTIVE)
    if is_reinstated and row.offered_on is not None:
        # Whatever the candidate did with the offer: the notice would otherwise reveal who has declined.
        notices.add(session, connection_id, Reason.REINSTATED, row.remote_id, now.date())
    return Recorded(Outcome.ACCEPTED, row.id, created=known.is_new)


def _lock_row(session: Session, connection_id: UUID, remote_id: str, known: _Key, now: datetime) -> ApplicationRow:
    """Insert the row of a new application, and lock it. Raises ConcurrentChange."""
    if known.is_new and not _insert(session, connection_id, remote_id, known, now):
        raise ConcurrentChange
    row = queries.find_row(session, connection_id, remote_id, lock=True)
    if row is None or row.id != known.id:
        raise ConcurrentChange
    return row


def _is_erased(session: Session, pepper: bytes, connection_id: UUID, facts: Facts) -> bool:
    """Tell whether the application, the candidate, or the one whom the candidate was merged into was erased."""
    named = facts.candidate.remote_id if facts.candidate else None
    survivor = queries.find_survivor(session, connection_id, named) if named is not None else None
    return any(
        tombstones.exists(session, pepper, connection_id, facts.application_remote_id, candidate)
        for candidate in {named, survivor}
    )


def _insert(session: Session, connection_id: UUID, remote_id: str, known: _Key, now: datetime) -> bool:
    """Insert the row of a new application; return False if another transaction has inserted one."""
    placed = session.execute(
        insert_into(session, ApplicationRow)
        .values(
            id=known.id,
            connection_id=connection_id,
            remote_id=remote_id,
            offer=OfferState.NONE,
            released_by_hand=False,
            close_told=False,
            shares_state=False,
            changed_on=now.date(),
            dossier=seal_dossier(known.key, known.id, Dossier()),
        )
        .on_conflict_do_nothing()
        .returning(ApplicationRow.id)
    )
    return placed.first() is not None


def _index(session: Session, row: ApplicationRow, dossier: Dossier) -> None:
    """Copy the ids and the status that are searched for from the dossier to columns."""
    candidate, job, application = dossier.candidate, dossier.job, dossier.application
    # The dossier keeps the id as it was sent; the column follows merges, whichever came first.
    row.candidate_remote_id = (
        queries.find_survivor(session, row.connection_id, candidate.remote_id) if candidate else None
    )
    if row.offered_on is None:
        # Fixed when the offer is made. An employer could otherwise move applications between jobs one by one, and learn
        # from the summaries of both which of them was answered.
        row.job_remote_id = job.remote_id if job else None
    row.status = application.status if application else None
    _index_interviews(session, row, [one.remote_id for one in dossier.interviews])


def _index_interviews(session: Session, row: ApplicationRow, ids: list[str]) -> None:
    """Store which interviews belong to this application. An interview that moved here leaves its old application."""
    session.execute(delete(InterviewRow).where(InterviewRow.application_id == row.id))
    session.execute(
        delete(InterviewRow).where(InterviewRow.connection_id == row.connection_id, InterviewRow.remote_id.in_(ids))
    )
    session.add_all(
        InterviewRow(connection_id=row.connection_id, remote_id=remote_id, application_id=row.id) for remote_id in ids
    )


def _is_older(facts: Facts, known: Dossier) -> bool:
    """Tell whether a part of the facts is older than the same part of the dossier."""
    return any(sent < kept for sent, kept in _update_times(facts, known))


def _update_times(facts: Facts, known: Dossier) -> Iterator[tuple[int, int]]:
    """Yield the update times of each part that both have: of the facts, and of the dossier."""
    parts = (
        (facts.candidate, known.candidate),
        (facts.job, known.job),
        (facts.application, known.application),
    )
    for sent, kept in parts:
        if sent is not None and kept is not None:
            yield sent.updated, kept.updated
    interviews = {one.remote_id: one.updated for one in known.interviews}
    for one in facts.interviews:
        yield one.updated, interviews.get(one.remote_id, known.panel_at)
