"""What an employer sees of one offer: a coarse state and days. Never whether, when or what anybody answered.

Until the day that was fixed with the offer it says the same whatever the candidate and those asked have done, unless
the candidate wishes the employer to see more; and on that day it says "closed", whatever came of it.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applications.models import ApplicationRow
from app.applications.rules import OfferState, Uptake
from app.requests.models import RequestRow
from app.requests.rules import RequestState


class FeedbackState(StrEnum):
    """The states that an employer can see. From `declined` on: with the candidate's consent only."""

    NOT_OFFERED = "not_offered"
    HELD = "held"
    OFFERED = "offered"
    CLOSED = "closed"
    ERASED = "erased"
    DECLINED = "declined"
    COLLECTING = "collecting"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Status:
    """What is told of one application."""

    state: FeedbackState
    offered_on: date | None = None
    opened_on: date | None = None
    closes_on: date | None = None


def find_status(session: Session, connection_id: UUID, remote_id: str, today: date) -> Status | None:
    """Return what the employer may know; None if nothing is known of such an application (any more)."""
    row = session.scalars(
        select(ApplicationRow).where(
            ApplicationRow.connection_id == connection_id, ApplicationRow.remote_id == remote_id
        )
    ).one_or_none()
    if row is None or not row.dossier:
        return None
    request = session.get(RequestRow, row.request_id) if row.request_id and row.shares_state else None
    return status_of(row, request, today)


def status_of(row: ApplicationRow, request: RequestRow | None, today: date) -> Status:
    """Return the status of one application; `request` only where its candidate shares its state."""
    if row.offered_on is None or row.closes_on is None:
        held = row.offer in (OfferState.HELD, OfferState.WAITING)
        return Status(FeedbackState.HELD if held else FeedbackState.NOT_OFFERED)
    if today >= row.closes_on:
        return Status(FeedbackState.CLOSED, row.offered_on, None, row.closes_on)
    if not row.shares_state:
        return Status(FeedbackState.OFFERED, row.offered_on, None, row.closes_on)
    if row.uptake == Uptake.DECLINED:
        return Status(FeedbackState.DECLINED, row.offered_on, None, row.closes_on)
    if request is None or row.uptake != Uptake.ACCEPTED:
        return Status(FeedbackState.OFFERED, row.offered_on, None, row.closes_on)
    withdrawn = request.state != RequestState.OPEN
    state = FeedbackState.WITHDRAWN if withdrawn else FeedbackState.COLLECTING
    return Status(state, row.offered_on, request.created_on, row.closes_on)
