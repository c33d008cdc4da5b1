"""Signed answers: stored at once, and shown after 15 minutes in which the author can take them back."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.answers.models import AnswerRow
from app.answers.rules import from_json, released_form, to_json
from app.answers.schemas import ReleasedAnswer
from app.core import randomness
from app.core.errors import Conflict
from app.rounds.rules import TAKE_BACK_MINUTES
from app.vocabulary.answer import Answer
from app.vocabulary.codes import Mode


@dataclass(frozen=True)
class Stored:
    """A stored answer. A signed one has `shows_at`, and the `mark` of the use of the code that sent it."""

    released: ReleasedAnswer
    shows_at: datetime | None
    mark: bytes | None

    def shows(self, now: datetime) -> bool:
        """Tell whether the candidate may read the answer."""
        return self.shows_at is None or self.shows_at <= now


def dump(stored: Stored) -> str:
    """Serialize an answer for the column `body`."""
    return json.dumps(
        {
            "answer": json.loads(to_json(stored.released)),
            "shows_at": stored.shows_at.isoformat() if stored.shows_at else None,
            "mark": stored.mark.hex() if stored.mark else None,
        },
        ensure_ascii=False,
    )


def load(body: str) -> Stored:
    """Parse what `dump` wrote."""
    fields = json.loads(body)
    return Stored(
        from_json(json.dumps(fields["answer"])),
        datetime.fromisoformat(fields["shows_at"]) if fields["shows_at"] else None,
        bytes.fromhex(fields["mark"]) if fields["mark"] else None,
    )


def publish(
    session: Session, round_id: UUID, answer: Answer, *, worries: list[str], mark: bytes, now: datetime
) -> datetime:
    """Store a signed answer; return when it shows."""
    released = released_form(answer, mode=Mode.ATTRIBUTED, words=True, worries=worries, new_id=randomness.new_id)
    moment = now + timedelta(minutes=TAKE_BACK_MINUTES)
    session.add(AnswerRow(id=released.id, round_id=round_id, body=dump(Stored(released, moment, mark))))
    return moment


def shows_at(session: Session, round_id: UUID, mark: bytes) -> datetime | None:
    """Return when the answer with this mark shows."""
    found = _find(session, round_id, mark)
    return found[1].shows_at if found else None


def unpublish(session: Session, round_id: UUID, mark: bytes, now: datetime) -> None:
    """Delete the answer with this mark. Raises Conflict if it shows already."""
    found = _find(session, round_id, mark)
    if found is None or found[1].shows(now):
        raise Conflict(
            "too_late_to_take_back", f"An answer can be taken back for {TAKE_BACK_MINUTES} minutes after it was sent."
        )
    session.delete(found[0])


def keep_shown(session: Session, round_id: UUID, now: datetime) -> bool:
    """Delete the answers of a round that do not show yet; return whether any are left."""
    kept = False
    for row, stored in all_of(session, round_id):
        if stored.shows(now):
            kept = True
        else:
            session.delete(row)
    return kept


def all_of(session: Session, round_id: UUID) -> list[tuple[AnswerRow, Stored]]:
    """Return the answers of a round in the order of their random ids."""
    rows = session.scalars(select(AnswerRow).where(AnswerRow.round_id == round_id).order_by(AnswerRow.id))
    return [(row, load(row.body)) for row in rows]


def _find(session: Session, round_id: UUID, mark: bytes) -> tuple[AnswerRow, Stored] | None:
    return next((found for found in all_of(session, round_id) if found[1].mark == mark), None)
