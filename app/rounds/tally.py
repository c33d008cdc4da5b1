"""Counts over released answers: the decisive concerns about which nobody asked the candidate."""

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.answers.models import AnswerRow
from app.rounds import attributed
from app.rounds.models import RoundRow
from app.rounds.rules import RoundState
from app.vocabulary.codes import About, Asked, Weight


@dataclass
class Tally:
    """Counts of one request: released answers, and the subjects that an answer calls decisive but never asked about."""

    answers: int = 0
    never_asked: set[About] = field(default_factory=set)


def tally(session: Session, request_ids: Collection[UUID]) -> dict[UUID, Tally]:
    """Return a tally for each request with released rounds."""
    statement = (
        select(RoundRow.request_id, AnswerRow.body)
        .join(RoundRow, RoundRow.id == AnswerRow.round_id)
        .where(RoundRow.request_id.in_(request_ids), RoundRow.state == RoundState.RELEASED)
        .order_by(AnswerRow.id)
    )
    found: dict[UUID, Tally] = {}
    for request_id, body in session.execute(statement):
        released = attributed.load(body).released
        counted = found.setdefault(request_id, Tally())
        counted.answers += 1
        counted.never_asked |= {
            concern.about
            for concern in released.concerns
            if concern.about and concern.asked is Asked.NEVER_ASKED and concern.weight is Weight.DECISIVE
        }
    return found
