"""Pause, resume or end a request after its employer took the rejection back. While paused, no link works."""

from datetime import UTC, date, datetime, time
from uuid import UUID

from sqlalchemy.orm import Session

from app.delivery import outbox
from app.requests.lifecycle import end_for_employer
from app.requests.models import RequestRow
from app.requests.rules import Ended, RequestState, move
from app.rounds import lifecycle
from app.sealing.keystore import KeyName


def pause(session: Session, request_id: UUID) -> None:
    """Pause an open request with its open rounds."""
    row = session.get(RequestRow, request_id, with_for_update=True, populate_existing=True)
    if row is None or row.state != RequestState.OPEN:
        return
    move(row, RequestState.PAUSED)
    outbox.pause(session, [request_id, *lifecycle.pause(session, request_id)])


def resume(session: Session, request_id: UUID) -> None:
    """Resume a paused request with its rounds and mails."""
    row = session.get(RequestRow, request_id, with_for_update=True, populate_existing=True)
    if row is None or row.state != RequestState.PAUSED:
        return
    move(row, RequestState.OPEN)
    outbox.resume(session, [request_id, *lifecycle.resume(session, request_id)])


def withdraw(session: Session, request_id: UUID, today: date) -> list[KeyName]:
    """End a request whose rejection no longer stands; return the names of the keys to destroy after the commit."""
    row = session.get(RequestRow, request_id, with_for_update=True, populate_existing=True)
    if row is None or row.state not in (RequestState.OPEN, RequestState.PAUSED):
        return []
    ended = Ended.REOPENED if row.state == RequestState.PAUSED else Ended.NOT_REJECTED
    return end_for_employer(session, row, ended, datetime.combine(today, time(), UTC))
