"""Taking in what is told of an application: the one way in, whoever told it and in which form.

What is told is merged with what is known, sealed again, and it is decided anew whether there is to be an offer: all in
one transaction, with the row locked, so that two messages at once end as if they had come one after the other. What
came of an offer follows later: how long a message takes, and what it answers, tells nothing of that.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.accounts.models import ConnectionRow
from app.accounts.rules import ConnectionSettings
from app.applications import notices, tombstones
from app.applications.dossier import ApplicationStatus, Dossier, Facts, merge
from app.applications.dossier_store import open_dossier, seal_dossier
from app.applications.models import ApplicationRow, InterviewRow, MergedRow, Outcome
from app.applications.rules import Decision, OfferState, Reason, decide, move, still_met
from app.context import Context
from app.core import randomness
from app.core.errors import Unavailable
from app.core.upsert import insert_into
from app.sealing.keystore import KeyName, Purpose

_TRIES = 5
# Whose hour was longer ago is written to only if a person wishes it: a system that is connected tells of years.
LONG_AGO = timedelta(days=30)


@dataclass(frozen=True)
class Recorded:
    """What came of it. `application_id` is None where nothing is kept of the application (any more)."""

    outcome: Outcome
    application_id: UUID | None = None
    created: bool = False


@dataclass(frozen=True)
class _Key:
    """The application that facts are about, with its key, and whether both are new."""

    id: UUID
    key: bytes
    is_new: bool


class ConcurrentChange(Exception):
    """Somebody else was first with this application."""


async def record(ctx: Context, connection_id: UUID, settings: ConnectionSettings, facts: Facts) -> Recorded:
    """Take in what is told. Stores nothing of what was erased: outcome `erased`."""
    if await ctx.db.look(_is_erased, ctx.pepper, connection_id, facts):
        # First of all: whether its last row is gone already must not be seen.
        return Recorded(Outcome.ERASED)
    for _ in range(_TRIES):
        known = await _key_of(ctx, connection_id, facts.application_remote_id)
        if known is None:
            return Recorded(Outcome.ERASED)
        now = ctx.clock.now()
        try:
            recorded = await ctx.db.write(_record, ctx, connection_id, settings, facts, known=known, now=now)
        except ConcurrentChange:
            # Never one that is in use: what is sealed with it could not be read again.
            if known.is_new:
                await ctx.keys.discard(KeyName(Purpose.APPLICATION, known.id))
            continue
        if known.is_new and not recorded.created:
            await ctx.keys.discard(KeyName(Purpose.APPLICATION, known.id))
        return recorded
    raise Unavailable("busy", "This application is being written by others right now. Please try again in a moment.")


def find_row(session: Session, connection_id: UUID, remote_id: str, *, lock: bool = False) -> ApplicationRow | None:
    """Return the row of an application."""
    statement = select(ApplicationRow).where(
        ApplicationRow.connection_id == connection_id, ApplicationRow.remote_id == remote_id
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalars(statement).one_or_none()


async def find_dossier(ctx: Context, connection_id: UUID, remote_id: str) -> Dossier | None:
    """Return what is known of an application."""
    row = await ctx.db.read(find_row, connection_id, remote_id)
    key = await ctx.keys.find(KeyName(Purpose.APPLICATION, row.id)) if row is not None and row.dossier else None
    return open_dossier(key, row.id, row.dossier) if row is not None and key is not None else None


async def decide_anew(ctx: Context, connection_id: UUID, settings: ConnectionSettings, remote_id: str) -> None:
    """Decide on what was suspended, even if nothing was news."""

    def act(session: Session, key: bytes) -> None:
        row = find_row(session, connection_id, remote_id, lock=True)
        if row is not None and row.dossier:
            row.reason, row.stirred = None, row.uptake is not None
            settle(row, open_dossier(key, row.id, row.dossier), settings, ctx.clock.now())

    row = await ctx.db.read(find_row, connection_id, remote_id)
    key = await ctx.keys.find(KeyName(Purpose.APPLICATION, row.id)) if row is not None else None
    if key is not None:
        await ctx.db.write(act, key)


def settle(row: ApplicationRow, dossier: Dossier, settings: ConnectionSettings, now: datetime) -> None:
    """Decide anew on an offer that the employer does not see yet."""
    # Until it is known whether this candidate is gone or only became another, nothing that is told decides.
    if row.offer != OfferState.OFFERED and row.reason != Reason.POSSIBLE_MERGE:
        _wait(row, decide(dossier, settings), now)


def _wait(row: ApplicationRow, decision: Decision, now: datetime) -> None:
    if decision.state is OfferState.NONE:
        # Whatever a person let go, this is another situation.
        row.released_by_hand = False
    if decision.due is not None and decision.due < now - LONG_AGO:
        decision = Decision(OfferState.HELD, Reason.LONG_AGO)
    if decision.state is OfferState.HELD and row.released_by_hand:
        decision = Decision(OfferState.WAITING, None, now)
    move(row, decision.state)
    row.reason = decision.reason
    row.due_at = int(decision.due.timestamp()) if decision.due else None


async def _key_of(ctx: Context, connection_id: UUID, remote_id: str) -> _Key | None:
    """Return which application this is, with its key, made if it is new; None if it was erased."""
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
        # Whoever erases a candidate holds this row: an application that they could not see yet must not stay.
        session.get(ConnectionRow, connection_id, with_for_update={"read": True, "key_share": True})
    if _is_erased(session, ctx.pepper, connection_id, facts):
        return Recorded(Outcome.ERASED)
    if known.is_new and not _insert(session, connection_id, facts.application_remote_id, known, now):
        raise ConcurrentChange
    row = find_row(session, connection_id, facts.application_remote_id, lock=True)
    if row is None or row.id != known.id:
        raise ConcurrentChange
    if not row.dossier:
        return Recorded(Outcome.ERASED)
    before = Dossier() if known.is_new else open_dossier(known.key, row.id, row.dossier)
    dossier = merge(before, facts)
    if dossier == before and not known.is_new:
        return Recorded(Outcome.STALE if _is_older(facts, before) else Outcome.DUPLICATE, row.id)
    row.dossier = seal_dossier(known.key, row.id, dossier)
    row.changed_on = now.date()
    # What was told stays as it was told; whom it is about follows the merges, whichever came first.
    candidate = dossier.candidate
    row.candidate_remote_id = winner_of(session, connection_id, candidate.remote_id) if candidate else None
    if row.offered_on is None:
        # Fixed with the offer: else whoever moves one after the other to another job finds out, from the summaries of
        # both, which of them was answered.
        row.job_remote_id = dossier.job.remote_id if dossier.job else None
    was, row.status = row.status, dossier.application.status if dossier.application else None
    _index(session, row, dossier)
    settle(row, dossier, settings, now)
    # What came of the offer follows where it may have to: else whoever tells news without end could measure that.
    moved = was != row.status or still_met(before, settings) != still_met(dossier, settings)
    row.stirred = row.stirred or (moved and row.uptake is not None)
    flag_modified(row, "stirred")
    if (was, row.status) == (ApplicationStatus.REJECTED, ApplicationStatus.ACTIVE) and row.offered_on is not None:
        # Whatever became of the offer: else what is noted would tell who has declined.
        notices.note(session, connection_id, Reason.REINSTATED, row.remote_id, now.date())
    return Recorded(Outcome.ACCEPTED, row.id, created=known.is_new)


def _is_erased(session: Session, pepper: bytes, connection_id: UUID, facts: Facts) -> bool:
    """Tell whether the application was erased, or the candidate, or whom the candidate became."""
    told = facts.candidate.remote_id if facts.candidate else None
    person = winner_of(session, connection_id, told) if told is not None else None
    return any(
        tombstones.stands(session, pepper, connection_id, facts.application_remote_id, one) for one in {told, person}
    )


def winner_of(session: Session, connection_id: UUID, remote_id: str) -> str:
    """Return whom a candidate became, through however many merges."""
    seen = {remote_id}
    while True:
        merged = session.get(MergedRow, (connection_id, remote_id))
        if merged is None or merged.into_remote_id in seen:
            return remote_id
        remote_id = merged.into_remote_id
        seen.add(remote_id)


def _insert(session: Session, connection_id: UUID, remote_id: str, known: _Key, now: datetime) -> bool:
    """Place the row of a new application; tell whether nobody else has."""
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
    """Keep which interviews are of this application; one that moved here is no longer of another."""
    session.execute(delete(InterviewRow).where(InterviewRow.application_id == row.id))
    ids = [one.remote_id for one in dossier.interviews]
    session.execute(
        delete(InterviewRow).where(InterviewRow.connection_id == row.connection_id, InterviewRow.remote_id.in_(ids))
    )
    session.add_all(
        InterviewRow(connection_id=row.connection_id, remote_id=remote_id, application_id=row.id) for remote_id in ids
    )


def _is_older(facts: Facts, known: Dossier) -> bool:
    """Tell whether something told is older than what is known of it."""
    interviews = {one.remote_id: one.updated for one in known.interviews}
    pairs = [
        (facts.candidate.updated if facts.candidate else None, known.candidate.updated if known.candidate else None),
        (facts.job.updated if facts.job else None, known.job.updated if known.job else None),
        (
            facts.application.updated if facts.application else None,
            known.application.updated if known.application else None,
        ),
        *((one.updated, interviews.get(one.remote_id, known.panel_at)) for one in facts.interviews),
    ]
    return any(told is not None and kept is not None and told < kept for told, kept in pairs)
