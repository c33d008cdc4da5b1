"""Mails of test connections: stored, so that a developer of an integration can read them, and never sent."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.delivery.mail.letter import Letter, in_words
from app.delivery.models import TestMailRow
from app.periods import TEST_MAIL


def keep(session: Session, row_id: UUID, connection_id: UUID, letter: Letter, today: date) -> None:
    """Store a letter under the id of its outbox row, so that a repetition adds none."""
    session.merge(
        TestMailRow(
            id=row_id,
            connection_id=connection_id,
            to=letter.to,
            subject=letter.subject,
            text=in_words(letter),
            kept_on=today,
        )
    )


def kept(session: Session, connection_id: UUID) -> Sequence[TestMailRow]:
    """Return the stored mails of a connection."""
    statement = select(TestMailRow).where(TestMailRow.connection_id == connection_id).order_by(TestMailRow.id)
    return session.scalars(statement).all()


def purge(session: Session, today: date) -> None:
    """Delete mails that were stored two weeks ago."""
    session.execute(delete(TestMailRow).where(TestMailRow.kept_on < TEST_MAIL.cutoff(today)))
