"""Time travel for test connections: move the dates of their rounds back, so that time seems to pass."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.answers.models import AnswerRow
from app.rounds import attributed
from app.rounds.models import RoundRow


def shift(session: Session, request_ids: Sequence[UUID], by: timedelta) -> list[UUID]:
    """Move all dates of the rounds of these requests back by `by`; return the ids of the rounds."""
    rows = session.scalars(select(RoundRow).where(RoundRow.request_id.in_(request_ids)).with_for_update()).all()
    for row in rows:
        row.opens_on -= by
        row.closes_on -= by
        row.claim_until = row.claim_until and row.claim_until - by
        row.released_on = row.released_on and row.released_on - by
    ids = [row.id for row in rows]
    for answer in session.scalars(select(AnswerRow).where(AnswerRow.round_id.in_(ids))):
        stored = attributed.load(answer.body)
        if stored.shows_at is not None:
            moved = attributed.Stored(stored.released, stored.shows_at - by, stored.mark)
            answer.body = attributed.dump(moved)
    return ids
