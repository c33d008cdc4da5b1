"""The rounds of a request with the answers that the candidate may read now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.answers import replies
from app.answers.models import AnswerRow
from app.answers.rules import with_agreement
from app.answers.schemas import ConcernEffect, ReleasedAnswer, ReleasedConcern
from app.answers.wording import in_words as in_words  # noqa: PLC0414  # Every view of feedback needs it.
from app.answers.wording import paragraphs_of as paragraphs_of  # noqa: PLC0414  # As above.
from app.rounds import attributed
from app.rounds.models import RoundRow
from app.rounds.rules import UNFINISHED, RoundState
from app.rounds.schemas import Briefing, Participation, ReplyShown, ReplySubject
from app.vocabulary.codes import Mode
from app.vocabulary.dialogue_codes import EffectBy


@dataclass(frozen=True)
class RoundRead:
    """A round with the answers that show."""

    row: RoundRow
    state: RoundState
    released_on: date | None
    participation: Participation | None
    answers: Sequence[ReleasedAnswer]


def read_rounds(session: Session, request_id: UUID, now: datetime) -> list[RoundRead]:
    """Return the rounds of a request, earliest first. An unreleased sealed round does not depend on who answered."""
    rows = session.scalars(
        select(RoundRow).where(RoundRow.request_id == request_id).order_by(RoundRow.opens_on, RoundRow.id)
    ).all()
    showing = [row.id for row in rows if _may_show(row)]
    stored = _stored_answers(session, showing)
    exchanged = replies.read(session, showing)
    shown = []
    for row in rows:
        visible = [answer.released for answer in stored.get(row.id, []) if answer.shows(now)]
        state = RoundState(row.state)
        if row.mode == Mode.ATTRIBUTED and state in UNFINISHED:
            if visible:
                state = RoundState.RELEASED
            elif row.is_team_answer:
                # The manager can still take this answer back. The candidate sees no round until it shows.
                continue
        shown.append(
            RoundRead(
                row=row,
                state=state,
                released_on=row.released_on,
                participation=Participation.model_validate(row.participation) if row.participation else None,
                answers=exchanged.beside(with_agreement(visible, k=row.k, mode=Mode(row.mode))),
            )
        )
    return shown


def _may_show(row: RoundRow) -> bool:
    return row.state == RoundState.RELEASED or (row.mode == Mode.ATTRIBUTED and row.state in UNFINISHED)


def _stored_answers(session: Session, round_ids: Sequence[UUID]) -> dict[UUID, list[attributed.Stored]]:
    found: dict[UUID, list[attributed.Stored]] = {}
    rows = session.scalars(select(AnswerRow).where(AnswerRow.round_id.in_(round_ids)).order_by(AnswerRow.id))
    for row in rows:
        found.setdefault(row.round_id, []).append(attributed.load(row.body))
    return found


def subject_of(concern: ReleasedConcern, worries: Sequence[str]) -> ReplySubject:
    """Return what a reply is about, for others than the candidate.

    Authors wrote their words for the candidate alone, so that colleagues and the manager see the code at most. A worry
    is the candidate's own, and everyone asked has read it.
    """
    known = concern.worry is not None and concern.worry < len(worries)
    return ReplySubject(worry=worries[concern.worry or 0] if known else None, about=concern.about)


def replies_to(read: RoundRead) -> list[ReplyShown]:
    """Return the replies to a round, in the order of their random ids."""
    worries = [worry.text for worry in Briefing.model_validate(read.row.briefing).worries]
    shown = [
        ReplyShown(concern_id=concern.id, subject=subject_of(concern, worries), reply=concern.reply)
        for answer in read.answers
        for concern in answer.concerns
        if concern.reply is not None
    ]
    return sorted(shown, key=lambda one: one.concern_id)


def effect_of(read: RoundRead, concern_id: UUID, by: EffectBy) -> ConcernEffect | None:
    """Return the effect that this kind of person recorded of a reply, if it shows."""
    effects = (
        effect
        for answer in read.answers
        for concern in answer.concerns
        if concern.id == concern_id
        for effect in concern.effects
    )
    return next((effect for effect in effects if effect.by is by), None)
