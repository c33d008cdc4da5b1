"""Stored replies and effects, and the answers of a round with them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.answers.models import EffectRow, ReplyRow
from app.answers.schemas import ConcernEffect, ReleasedAnswer, Reply
from app.vocabulary.dialogue_codes import ClarificationKind, EffectBy


@dataclass(frozen=True)
class Exchanged:
    """Replies and effects, by the ids of their concerns."""

    replies: dict[UUID, Reply] = field(default_factory=dict)
    effects: dict[UUID, list[ConcernEffect]] = field(default_factory=dict)

    def beside(self, answers: Sequence[ReleasedAnswer]) -> list[ReleasedAnswer]:
        """Return the answers with the reply and the effects beside each concern."""
        return [
            answer.model_copy(
                update={
                    "concerns": tuple(
                        concern.model_copy(
                            update={
                                "reply": self.replies.get(concern.id),
                                "effects": tuple(self.effects.get(concern.id, ())),
                            }
                        )
                        for concern in answer.concerns
                    )
                }
            )
            for answer in answers
        ]


def read(session: Session, round_ids: Collection[UUID]) -> Exchanged:
    """Return the replies and effects of these rounds."""
    rows = session.scalars(select(ReplyRow).where(ReplyRow.round_id.in_(round_ids)))
    replies = {row.concern_id: reply_of(row) for row in rows}
    effects: dict[UUID, list[ConcernEffect]] = {}
    if replies:
        stored = session.scalars(
            select(EffectRow).where(EffectRow.round_id.in_(round_ids)).order_by(EffectRow.concern_id, EffectRow.by)
        )
        for row in stored:
            effects.setdefault(row.concern_id, []).append(ConcernEffect.model_validate_json(row.body))
    return Exchanged(replies, effects)


def reply_of(row: ReplyRow) -> Reply:
    """Return a stored reply."""
    return Reply(kind=ClarificationKind(row.kind), text=row.text, by_month=row.by_month, links=tuple(row.links))


def add_reply(session: Session, round_id: UUID, concern_id: UUID, reply: Reply) -> None:
    """Store the reply to a concern."""
    session.add(
        ReplyRow(
            concern_id=concern_id,
            round_id=round_id,
            kind=reply.kind,
            text=reply.text,
            by_month=reply.by_month,
            links=list(reply.links),
        )
    )


def find_effect(session: Session, concern_id: UUID, by: EffectBy) -> ConcernEffect | None:
    """Return the effect that this kind of person recorded."""
    row = session.get(EffectRow, (concern_id, by.value))
    return None if row is None else ConcernEffect.model_validate_json(row.body)


def add_effects(session: Session, round_id: UUID, effects: Sequence[tuple[UUID, ConcernEffect]]) -> None:
    """Store effects in the order of their concerns' ids, which are random."""
    for concern_id, effect in sorted(effects, key=lambda pair: (pair[0], pair[1].by)):
        session.add(EffectRow(concern_id=concern_id, by=effect.by, round_id=round_id, body=effect.model_dump_json()))
    session.flush()


def erase(session: Session, round_ids: Collection[UUID]) -> None:
    """Delete the replies and effects of these rounds."""
    for table in (EffectRow, ReplyRow):
        session.execute(delete(table).where(table.round_id.in_(round_ids)))
