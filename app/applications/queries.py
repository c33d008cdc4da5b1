"""Selects on applications that several use cases share."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.applications.models import ApplicationRow, InterviewRow, MergedRow
from app.applications.rules import OfferState
from app.core import keyset


def find_row(session: Session, connection_id: UUID, remote_id: str, *, lock: bool = False) -> ApplicationRow | None:
    """Return the row of an application; with `lock`, read again and locked for update."""
    statement = select(ApplicationRow).where(
        ApplicationRow.connection_id == connection_id, ApplicationRow.remote_id == remote_id
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalars(statement).one_or_none()


def find_survivor(session: Session, connection_id: UUID, candidate: str) -> str:
    """Return the id that a candidate has after all merges, or the same id if the candidate was never merged."""
    seen = {candidate}
    while True:
        merged = session.get(MergedRow, (connection_id, candidate))
        if merged is None or merged.into_remote_id in seen:
            return candidate
        candidate = merged.into_remote_id
        seen.add(candidate)


def find_by_candidate(session: Session, connection_id: UUID, candidate: str) -> Sequence[str]:
    """Return the ATS ids of all applications of a candidate, merges included."""
    survivor = find_survivor(session, connection_id, candidate)
    return _find_remote_ids(session, connection_id, ApplicationRow.candidate_remote_id == survivor)


def find_by_job(session: Session, connection_id: UUID, job: str) -> Sequence[str]:
    """Return the ATS ids of all applications for a job."""
    return _find_remote_ids(session, connection_id, ApplicationRow.job_remote_id == job)


def find_by_interview(session: Session, connection_id: UUID, interview: str) -> str | None:
    """Return the ATS id of the application that an interview belongs to."""
    statement = (
        select(ApplicationRow.remote_id)
        .join(InterviewRow, InterviewRow.application_id == ApplicationRow.id)
        .where(InterviewRow.connection_id == connection_id, InterviewRow.remote_id == interview)
    )
    return session.scalars(statement).one_or_none()


def find_with_pending_offer(session: Session, connection_id: UUID) -> Sequence[str]:
    """Return the ATS ids of all applications whose offer is not made yet: it waits for its time or for a person."""
    return _find_remote_ids(session, connection_id, ApplicationRow.offer.in_((OfferState.WAITING, OfferState.HELD)))


def find_with_open_offer(session: Session, connection_id: UUID, today: date) -> Sequence[str]:
    """Return the ATS ids of all applications whose offer has not closed yet.

    Declined and expired offers are included: an ATS that counts our requests must not learn what the candidate did.
    """
    is_open = ApplicationRow.offered_on.is_not(None) & (ApplicationRow.closes_on > today)
    return _find_remote_ids(session, connection_id, is_open)


def list_page(session: Session, connection_id: UUID, after: str | None, limit: int) -> Sequence[ApplicationRow]:
    """Return applications ordered by their ATS ids, from the first one `after` an id on."""
    statement = select(ApplicationRow).where(
        ApplicationRow.connection_id == connection_id, ApplicationRow.dossier != b""
    )
    return session.scalars(keyset.batch(statement, ApplicationRow.remote_id, after, limit)).all()


def _find_remote_ids(session: Session, connection_id: UUID, condition: ColumnElement[bool]) -> Sequence[str]:
    statement = select(ApplicationRow.remote_id).where(ApplicationRow.connection_id == connection_id, condition)
    return session.scalars(statement.order_by(ApplicationRow.remote_id)).all()
