"""Time travel of a test connection: its time moves forward by moving all its dates back."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applications import summary
from app.applications.models import ApplicationRow
from app.delivery import outbox
from app.requests.models import RequestRow
from app.rounds import time_travel


def shift(session: Session, connection_id: UUID, by: timedelta) -> list[UUID]:
    """Move all dates of a connection's applications, requests and rounds back by `by`; return the ids of its rounds.

    Times that the ATS sent stay: they order its messages.
    """
    seconds = int(by.total_seconds())
    rows = session.scalars(
        select(ApplicationRow).where(ApplicationRow.connection_id == connection_id).with_for_update()
    ).all()
    for row in rows:
        row.due_at = None if row.due_at is None else row.due_at - seconds
        row.changed_on -= by
        row.offered_on = row.offered_on and row.offered_on - by
        row.accept_until = row.accept_until and row.accept_until - by
        row.closes_on = row.closes_on and row.closes_on - by
        row.codes_on = row.codes_on and row.codes_on - by
    summary.delete_test_summaries(session, connection_id)
    requests = _shift_requests(session, [row.request_id for row in rows if row.request_id], by)
    rounds = time_travel.shift(session, requests, by)
    outbox.bring_forward(session, [*(row.id for row in rows), *requests, *rounds], by)
    return rounds


def _shift_requests(session: Session, request_ids: Sequence[UUID], by: timedelta) -> list[UUID]:
    # Only test requests: whatever id an application holds, no real request's dates move.
    statement = select(RequestRow).where(RequestRow.id.in_(request_ids), RequestRow.is_test.is_(True))
    rows = session.scalars(statement.with_for_update()).all()
    for row in rows:
        row.created_on -= by
        row.closes_on = row.closes_on and row.closes_on - by
    return [row.id for row in rows]
