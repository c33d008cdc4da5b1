"""Counting over many released answers, in codes alone: which doubts that decided were never asked about."""

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
    """What was released of one request: how many answers, and which subjects at least one of them names as decisive,
    though the candidate was never asked.
    """

    answers: int = 0
    never_asked: set[About] = field(default_factory=set)


def tally(session: Session, request_ids: Collection[UUID]) -> dict[UUID, Tally]:
    """Return for each request what was released of its rounds; nothing of rounds that are still open."""
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
