"""Moving the past of a test's rounds further back, which is how time moves on for a test alone."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.answers.models import AnswerRow
from app.rounds import attributed
from app.rounds.models import RoundRow


def shift(session: Session, request_ids: Sequence[UUID], by: timedelta) -> list[UUID]:
    """Let everything about the rounds of these requests have happened earlier by `by`; return their ids."""
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
