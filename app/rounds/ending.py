"""Changing and ending rounds from outside: a later date, withdrawal, erasure."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.answers.models import AnswerRow
from app.core.errors import Conflict, FieldError, Invalid
from app.delivery import outbox
from app.rounds.models import RoundRow
from app.rounds.rules import RoundState, closing_faults
from app.sealing.keystore import KeyName, Purpose
from app.sealing.models import BoxRow, DialogueBoxRow


def extend(session: Session, request_id: UUID, closes_on: date, today: date) -> None:
    """Move the closing date of all open rounds of a request to a later one. Raises Invalid, Conflict."""
    rows = [row for row in _rounds(session, request_id) if row.state == RoundState.COLLECTING]
    open_rows = [row for row in rows if row.closes_on >= today]
    if not open_rows:
        raise Conflict("nothing_open", "No round of this request is open any more.")
    for row in open_rows:
        faults = closing_faults(closes_on, opens_on=row.opens_on, today=today)
        if closes_on < row.closes_on:
            faults.append(FieldError("/closes_on", "too_early", "The closing date can be moved to a later day only."))
        if faults:
            raise Invalid(faults)
    for row in open_rows:
        row.closes_on = closes_on


def withdraw(session: Session, request_id: UUID) -> list[KeyName]:
    """End all open rounds of a request, unread; return the names of the keys to destroy after the commit."""
    ended = []
    for row in _rounds(session, request_id):
        if row.state in (RoundState.COLLECTING, RoundState.CLOSED):
            row.state = RoundState.WITHDRAWN
            session.execute(delete(BoxRow).where(BoxRow.round_id == row.id))
            ended.append(KeyName(Purpose.ROUND, row.id))
    outbox.cancel(session, [name.owner for name in ended])
    return ended


def erase(session: Session, request_id: UUID) -> list[KeyName]:
    """Delete everything that the rounds of a request hold; return the names of the keys to destroy after the commit.

    The rows of the rounds stay until `forget`, so that a crash in between leaves a trace by which the tick goes on.
    """
    rows = _rounds(session, request_id)
    ids = [row.id for row in rows]
    for row in rows:
        row.state = RoundState.ERASED
        row.briefing = {}
        row.participation = None
    for table in (BoxRow, DialogueBoxRow, AnswerRow):
        session.execute(delete(table).where(table.round_id.in_(ids)))
    outbox.erase(session, ids)
    return [KeyName(purpose, round_id) for round_id in ids for purpose in (Purpose.ROUND, Purpose.DIALOGUE)]


def forget(session: Session, request_id: UUID) -> None:
    """Delete the rows of rounds that were erased, when their keys are gone."""
    session.execute(delete(RoundRow).where(RoundRow.request_id == request_id, RoundRow.state == RoundState.ERASED))


def _rounds(session: Session, request_id: UUID) -> Sequence[RoundRow]:
    statement = select(RoundRow).where(RoundRow.request_id == request_id).order_by(RoundRow.id)
    return session.scalars(statement.with_for_update()).all()
