"""The employer's view of an offer: a coarse state and days. Never whether, when or what anybody answered.

The day on which an offer closes is fixed when it is made. Until then the view stays the same, whatever the candidate
and the invitees do, unless the candidate shares more. On that day it becomes "closed", whatever happened.
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
    """The states that an employer can see. The last three, from `declined` on, only with the candidate's consent."""

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
    """The status of one application."""

    state: FeedbackState
    offered_on: date | None = None
    opened_on: date | None = None
    closes_on: date | None = None


def find_status(session: Session, connection_id: UUID, remote_id: str, today: date) -> Status | None:
    """Return the employer's view of an application; None if it is unknown or erased."""
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
    """Return the status of one application. Pass `request` only if the candidate shares its state."""
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
