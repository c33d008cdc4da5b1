"""A candidate who turns out to be another, or is spoken of without an application: which applications are meant."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import ConnectionRow
from app.applications import tombstones
from app.applications.intake import find_row, winner_of
from app.applications.models import ApplicationRow, InterviewRow, MergedRow
from app.applications.rules import OfferState, move
from app.core import keyset
from app.core.errors import Conflict, Gone, Unknown

_FORGOTTEN_AT_ONCE = 1000


def merge_candidates(
    session: Session, pepper: bytes, connection_id: UUID, loser: str, winner: str, *, today: date
) -> int:
    """Let all applications of one candidate be another's; return how many moved. Repeating it changes nothing.

    Raises Conflict when the other became this one already, or is the same.
    """
    # Whoever erases a candidate holds this row: nobody may become one who is being erased.
    session.get(ConnectionRow, connection_id, with_for_update=True, populate_existing=True)
    if tombstones.stands(session, pepper, connection_id, None, winner):
        raise Gone("erased", "This was erased. Nothing was stored.")
    into = winner_of(session, connection_id, winner)
    if into == loser:
        raise Conflict("merged_the_other_way", "This candidate can't be merged into itself.")
    known = session.get(MergedRow, (connection_id, loser))
    if known is None:
        session.add(MergedRow(connection_id=connection_id, remote_id=loser, into_remote_id=into, merged_on=today))
        session.flush()
    elif winner_of(session, connection_id, loser) != into:
        raise Conflict("merged_elsewhere", "This candidate was merged into another one before.")
    moved = session.execute(
        update(ApplicationRow)
        .where(ApplicationRow.connection_id == connection_id, ApplicationRow.candidate_remote_id == loser)
        .values(candidate_remote_id=into)
        .returning(ApplicationRow.id)
    )
    return len(moved.all())


def forget_merges(session: Session, before: date) -> None:
    """Forget who became whom before a day, of those of whom there is no application here any more.

    Of the others it has to be known: what is asked for of the one, an erasure above all, is asked for of the other.
    """
    is_left = select(ApplicationRow.id).where(
        ApplicationRow.connection_id == MergedRow.connection_id,
        ApplicationRow.candidate_remote_id == MergedRow.into_remote_id,
    )
    found = select(MergedRow).where(MergedRow.merged_on < before, ~is_left.exists()).order_by(MergedRow.merged_on)
    for row in session.scalars(found.limit(_FORGOTTEN_AT_ONCE)).all():
        # Whom they became may have become another.
        if not of_candidate(session, row.connection_id, row.remote_id):
            session.delete(row)
    session.flush()


def is_known(session: Session, connection_id: UUID, candidate: str) -> bool:
    """Tell whether anything was told of a candidate, under this id or before a merge."""
    if session.get(MergedRow, (connection_id, candidate)) is not None:
        return True
    return bool(of_candidate(session, connection_id, candidate))


def was_merged(session: Session, connection_id: UUID, candidate: str) -> bool:
    """Tell whether a candidate became another one: systems then delete the one that is left over."""
    return session.get(MergedRow, (connection_id, candidate)) is not None


def of_candidate(session: Session, connection_id: UUID, candidate: str) -> Sequence[str]:
    """Return the other system's ids of all applications of a candidate."""
    person = winner_of(session, connection_id, candidate)
    return _ids(session, connection_id, ApplicationRow.candidate_remote_id == person)


def of_job(session: Session, connection_id: UUID, job: str) -> Sequence[str]:
    """Return the other system's ids of all applications for a job."""
    return _ids(session, connection_id, ApplicationRow.job_remote_id == job)


def waiting(session: Session, connection_id: UUID) -> Sequence[str]:
    """Return the other system's ids of all applications whose offer waits, for its hour or for a person."""
    return _ids(session, connection_id, ApplicationRow.offer.in_((OfferState.WAITING, OfferState.HELD)))


def offered(session: Session, connection_id: UUID, today: date) -> Sequence[str]:
    """Return the other system's ids of all applications with an offer, or a request of it, that is not over.

    Whatever the candidate made of it: whoever counts what is asked for must not learn that.
    """
    out = ApplicationRow.offered_on.is_not(None) & (ApplicationRow.closes_on > today)
    return _ids(session, connection_id, out)


def of_interview(session: Session, connection_id: UUID, interview: str) -> str | None:
    """Return the other system's id of the application that an interview belongs to."""
    statement = (
        select(ApplicationRow.remote_id)
        .join(InterviewRow, InterviewRow.application_id == ApplicationRow.id)
        .where(InterviewRow.connection_id == connection_id, InterviewRow.remote_id == interview)
    )
    return session.scalars(statement).one_or_none()


def listed(session: Session, connection_id: UUID, after: str | None, limit: int) -> Sequence[ApplicationRow]:
    """Return applications in the order of their ids over there."""
    statement = select(ApplicationRow).where(
        ApplicationRow.connection_id == connection_id, ApplicationRow.dossier != b""
    )
    return session.scalars(keyset.batch(statement, ApplicationRow.remote_id, after, limit)).all()


def release(session: Session, connection_id: UUID, remote_id: str, now: datetime) -> ApplicationRow:
    """Let an offer go that waited for a person. Raises Unknown, and Conflict for one that does not."""
    row = find_row(session, connection_id, remote_id, lock=True)
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


def _ids(session: Session, connection_id: UUID, which: object) -> Sequence[str]:
    statement = select(ApplicationRow.remote_id).where(ApplicationRow.connection_id == connection_id, which)  # type: ignore[arg-type]  # A column expression.
    return session.scalars(statement.order_by(ApplicationRow.remote_id)).all()
