"""Notices to the administrator of a connection: a code each, and the application that it is about."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applications.models import NoticeRow
from app.core import keyset, randomness


def add(session: Session, connection_id: UUID, code: str, remote_id: str | None, today: date) -> None:
    """Add a notice."""
    session.add(
        NoticeRow(
            id=randomness.new_id(),
            connection_id=connection_id,
            code=code,
            application_remote_id=remote_id,
            noted_on=today,
        )
    )


def add_once_a_day(
    session: Session, connection_id: UUID, code: str, now: datetime, remote_id: str | None = None
) -> None:
    """Add a notice unless the same one was added today: what it reports may happen all the time."""
    known = select(NoticeRow.id).where(
        NoticeRow.connection_id == connection_id,
        NoticeRow.code == code,
        NoticeRow.application_remote_id.is_not_distinct_from(remote_id),
        NoticeRow.noted_on == now.date(),
    )
    if session.scalars(known).first() is None:
        add(session, connection_id, code, remote_id, now.date())


def list_page(session: Session, connection_id: UUID, *, after: UUID | None = None, limit: int) -> Sequence[NoticeRow]:
    """Return notices ordered by their random ids."""
    statement = select(NoticeRow).where(NoticeRow.connection_id == connection_id)
    return session.scalars(keyset.batch(statement, NoticeRow.id, after, limit)).all()
