"""Open, extend, pause, withdraw and erase the rounds of a request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import case, delete, func, select
from sqlalchemy.orm import Session

from app.answers import replies
from app.answers.models import AnswerRow, MailboxRow
from app.core import randomness
from app.core.errors import Conflict, FieldError, Invalid
from app.delivery import outbox
from app.periods import CLARIFICATION
from app.rounds import attributed
from app.rounds.box import Box, Code, size_of
from app.rounds.key_log import publish_key
from app.rounds.models import RoundRow
from app.rounds.packing import pack
from app.rounds.rules import (
    UNFINISHED,
    OpenedBy,
    RoundState,
    Threshold,
    accepts,
    closing_faults,
    move,
)
from app.rounds.schemas import Briefing
from app.sealing.envelope import Kind, seal
from app.sealing.keystore import KeyName, Purpose
from app.sealing.models import BoxRow, DialogueBoxRow, LinkCopyRow
from app.vocabulary.codes import Mode, Stage


def extend(session: Session, request_id: UUID, closes_on: date, *, raised_on: date, today: date) -> None:
    """Move the closing date of all open rounds of a request to a later one. Raises Invalid, Conflict.

    Without any round, the date is that of a later one, and its days count from `raised_on`. A team's own answer is no
    round in this sense: the result must not reveal that it exists.
    """
    rows = [row for row in _rounds(session, request_id) if not row.is_team_answer]
    open_rows = [row for row in rows if accepts(RoundState(row.state), row.closes_on, today)]
    if rows and not open_rows:
        raise Conflict("nothing_open", "No round of this request is open any more.")
    if not rows and (faults := closing_faults(closes_on, opens_on=raised_on, today=today)):
        raise Invalid(faults)
    for row in open_rows:
        faults = closing_faults(closes_on, opens_on=row.opens_on, today=today)
        if closes_on < row.closes_on:
            faults.append(FieldError("/closes_on", "too_early", "The closing date can be moved to a later day only."))
        if faults:
            raise Invalid(faults)
    for row in open_rows:
        row.closes_on = closes_on


def withdraw(session: Session, request_id: UUID, now: datetime) -> list[KeyName]:
    """End all open rounds of a request; return the names of the keys to destroy after the commit.

    All links end, also those of rounds that were released: the dialogue boxes go, and the mails about replies.
    Sealed answers stay unread. A signed answer stays if the candidate may have read it, and is deleted if not.
    """
    ended, ended_before = [], []
    rows = _rounds(session, request_id)
    ids = [row.id for row in rows]
    session.execute(delete(DialogueBoxRow).where(DialogueBoxRow.round_id.in_(ids)))
    for row in rows:
        if row.state == RoundState.WITHDRAWN:
            # A repetition after the key store failed: the key may still be there.
            ended_before.append(KeyName(Purpose.ROUND, row.id))
        if row.state not in UNFINISHED:
            continue
        if row.mode == Mode.ATTRIBUTED and attributed.keep_shown(session, row.id, now):
            move(row, RoundState.RELEASED)
            row.released_on = now.date()
        elif row.is_team_answer:
            # As if the manager had taken it back: the candidate never saw this round.
            session.delete(row)
            continue
        else:
            move(row, RoundState.WITHDRAWN)
        session.execute(delete(BoxRow).where(BoxRow.round_id == row.id))
        session.execute(delete(LinkCopyRow).where(LinkCopyRow.owner == row.id))
        ended.append(KeyName(Purpose.ROUND, row.id))
    outbox.cancel(session, ids)
    return ended + ended_before + [KeyName(Purpose.DIALOGUE, round_id) for round_id in ids]


def pause(session: Session, request_id: UUID) -> list[UUID]:
    """Pause the open rounds of a request; return their ids."""
    return _move_all(session, request_id, RoundState.COLLECTING, RoundState.PAUSED)


def resume(session: Session, request_id: UUID) -> list[UUID]:
    """Let the paused rounds of a request collect again; return their ids."""
    return _move_all(session, request_id, RoundState.PAUSED, RoundState.COLLECTING)


def _move_all(session: Session, request_id: UUID, before: RoundState, after: RoundState) -> list[UUID]:
    rows = [row for row in _rounds(session, request_id) if row.state == before]
    for row in rows:
        move(row, after)
    return [row.id for row in rows]


def erase(session: Session, request_id: UUID) -> list[KeyName]:
    """Delete everything that the rounds of a request hold; return the names of the keys to destroy after the commit.

    The rows of the rounds stay until `forget`, so that after a crash the tick can finish the erasure.
    """
    rows = _rounds(session, request_id)
    ids = [row.id for row in rows]
    for row in rows:
        move(row, RoundState.ERASED)
        row.briefing = {}
        row.participation = None
    written = select(AnswerRow.id).where(AnswerRow.round_id.in_(ids))
    session.execute(delete(MailboxRow).where(MailboxRow.answer_id.in_(written)))
    replies.erase(session, ids)
    for table in (BoxRow, DialogueBoxRow, AnswerRow):
        session.execute(delete(table).where(table.round_id.in_(ids)))
    session.execute(delete(LinkCopyRow).where(LinkCopyRow.owner.in_(ids)))
    outbox.erase(session, ids)
    return [KeyName(purpose, round_id) for round_id in ids for purpose in (Purpose.ROUND, Purpose.DIALOGUE)]


def forget(session: Session, request_id: UUID) -> None:
    """Delete the rows of erased rounds. Call it after their keys are destroyed."""
    session.execute(delete(RoundRow).where(RoundRow.request_id == request_id, RoundRow.state == RoundState.ERASED))


def find_settled(session: Session, request_ids: Sequence[UUID], today: date) -> list[UUID]:
    """Return those requests that had rounds, all of which are over, with the last clarification window passed."""
    # The release follows the closing date by a day. Not `released_on`: the day on which the manager's link ends would
    # tell whether enough people answered.
    last = CLARIFICATION.cutoff(today) - timedelta(days=1)
    ended_on = func.max(RoundRow.closes_on)
    still_open = func.sum(case((RoundRow.state.in_(UNFINISHED), 1), else_=0))
    statement = (
        select(RoundRow.request_id)
        .where(RoundRow.request_id.in_(request_ids))
        .group_by(RoundRow.request_id)
        .having(still_open == 0, ended_on < last)
    )
    return list(session.scalars(statement))


def _rounds(session: Session, request_id: UUID) -> Sequence[RoundRow]:
    statement = select(RoundRow).where(RoundRow.request_id == request_id).order_by(RoundRow.id)
    return session.scalars(statement.with_for_update()).all()


@dataclass(frozen=True)
class RoundPlan:
    """Everything that is fixed when a round is opened."""

    id: UUID
    request_id: UUID
    stage: Stage
    threshold: Threshold
    people: int
    opened_by: OpenedBy
    opens_on: date
    closes_on: date
    briefing: Briefing
    claim_until: date | None = None
    public_key: bytes | None = None


def open_round(
    session: Session, plan: RoundPlan, codes: Sequence[Code] = (), *, round_key: bytes | None = None
) -> RoundRow:
    """Store a new round with its box.

    The key store has to hold `round_key` already. A team's own answer has no codes, no key and no box.
    """
    row = RoundRow(
        id=plan.id,
        request_id=plan.request_id,
        stage=plan.stage,
        mode=plan.threshold.mode,
        state=RoundState.COLLECTING,
        k=plan.threshold.k,
        k_basis=plan.threshold.basis,
        held=plan.threshold.candidate_held,
        opened_by=plan.opened_by,
        people=plan.people,
        opens_on=plan.opens_on,
        closes_on=plan.closes_on,
        below_threshold=False,
        briefing=plan.briefing.model_dump(mode="json"),
        claim_until=plan.claim_until,
        public_key=plan.public_key,
    )
    session.add(row)
    if plan.public_key is not None:
        publish_key(session, plan.id, plan.public_key, plan.opens_on)
    if round_key is not None:
        plaintext = pack(Box(list(codes)), randomness.shuffle)
        ct = seal(round_key, Kind.BOX, plan.id, plaintext, size=size_of(plan.people))
        session.add(BoxRow(round_id=plan.id, ct=ct))
    return row


def has_round(session: Session, request_id: UUID, stage: Stage) -> bool:
    """Tell whether the candidate has a round at this stage already. A second one would only help to guess authors."""
    statement = select(RoundRow.id).where(
        RoundRow.request_id == request_id,
        RoundRow.stage == stage,
        RoundRow.opened_by.in_((OpenedBy.CANDIDATE, OpenedBy.CONNECTION)),
    )
    return session.scalars(statement).first() is not None
