"""Candidate merges in an ATS: one candidate id becomes another, and its applications follow."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import ConnectionRow
from app.applications import queries, tombstones
from app.applications.models import ApplicationRow, MergedRow
from app.applications.rules import OfferState, move
from app.core.errors import Conflict, Gone, Unknown

_PURGE_BATCH = 1000


def merge_candidates(
    session: Session, pepper: bytes, connection_id: UUID, loser: str, winner: str, *, today: date
) -> int:
    """Move all applications of the candidate `loser` to `winner`; return how many moved.

    Repeating a merge changes nothing. Raises Conflict if `loser` was merged elsewhere, or `winner` into `loser`.
    """
    # An erasure of a candidate locks this row: nobody may be merged into a candidate who is being erased.
    session.get(ConnectionRow, connection_id, with_for_update=True, populate_existing=True)
    if tombstones.exists(session, pepper, connection_id, None, winner):
        raise Gone("erased", "This was erased. Nothing was stored.")
    into = queries.find_survivor(session, connection_id, winner)
    if into == loser:
        raise Conflict("merged_the_other_way", "This candidate can't be merged into itself.")
    known = session.get(MergedRow, (connection_id, loser))
    if known is None:
        session.add(MergedRow(connection_id=connection_id, remote_id=loser, into_remote_id=into, merged_on=today))
        session.flush()
    elif queries.find_survivor(session, connection_id, loser) != into:
        raise Conflict("merged_elsewhere", "This candidate was merged into another one before.")
    moved = session.execute(
        update(ApplicationRow)
        .where(ApplicationRow.connection_id == connection_id, ApplicationRow.candidate_remote_id == loser)
        .values(candidate_remote_id=into)
        .returning(ApplicationRow.id)
    )
    return len(moved.all())


def purge(session: Session, before: date) -> None:
    """Delete merges older than `before` whose surviving candidate has no application left.

    The others have to stay: a later request for the old id, above all an erasure, must reach the surviving candidate.
    """
    is_left = select(ApplicationRow.id).where(
        ApplicationRow.connection_id == MergedRow.connection_id,
        ApplicationRow.candidate_remote_id == MergedRow.into_remote_id,
    )
    found = select(MergedRow).where(MergedRow.merged_on < before, ~is_left.exists()).order_by(MergedRow.merged_on)
    for row in session.scalars(found.limit(_PURGE_BATCH)).all():
        # The survivor may have been merged again.
        if not queries.find_by_candidate(session, row.connection_id, row.remote_id):
            session.delete(row)
    session.flush()


def is_known(session: Session, connection_id: UUID, candidate: str) -> bool:
    """Tell whether any ATS message named this candidate, under this id or before a merge."""
    return was_merged(session, connection_id, candidate) or bool(
        queries.find_by_candidate(session, connection_id, candidate)
    )


def was_merged(session: Session, connection_id: UUID, candidate: str) -> bool:
    """Tell whether a candidate was merged into another: an ATS then deletes the id that is left over."""
    return session.get(MergedRow, (connection_id, candidate)) is not None


def release(session: Session, connection_id: UUID, remote_id: str, now: datetime) -> ApplicationRow:
    """Release an offer that waits for a person. Raises Unknown, and Conflict for an offer that does not wait."""
    row = queries.find_row(session, connection_id, remote_id, lock=True)
    if row is None:
        raise Unknown("unknown_application", "No application with this id is known of this connection.")
    if row.released_by_hand:
        return row
    if row.offer != OfferState.HELD:
        raise Conflict("not_held", "This offer does not wait for a person.")
    row.released_by_hand = True
    move(row, OfferState.WAITING)
    row.reason, row.due_at = None, int(now.timestamp())
    return row
