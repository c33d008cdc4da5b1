"""What an administrator of a connection should know: codes, and ids of applications."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applications.models import NoticeRow
from app.core import keyset, randomness


def note(session: Session, connection_id: UUID, code: str, remote_id: str | None, today: date) -> None:
    """Tell the administrator something."""
    session.add(
        NoticeRow(
            id=randomness.new_id(),
            connection_id=connection_id,
            code=code,
            application_remote_id=remote_id,
            noted_on=today,
        )
    )


def listed(session: Session, connection_id: UUID, *, after: UUID | None = None, limit: int) -> Sequence[NoticeRow]:
    """Return what was noted, in the order of random ids."""
    statement = select(NoticeRow).where(NoticeRow.connection_id == connection_id)
    return session.scalars(keyset.batch(statement, NoticeRow.id, after, limit)).all()
