"""Close a round and release its answers: in one transaction its ballots become answers and its box is deleted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.answers.models import AnswerRow, MailboxRow
from app.answers.rules import released_form
from app.core import keyset, randomness
from app.core.upsert import insert_into
from app.delivery import outbox
from app.periods import CLARIFICATION
from app.rounds import attributed, dialogue_box, mail
from app.rounds.box import Box, counted
from app.rounds.box_store import OpenBox, find_box, remove_box
from app.rounds.models import RoundRow, TickRow
from app.rounds.rules import (
    KBasis,
    OpenedBy,
    OpenRound,
    ReleaseDecision,
    RoundState,
    closes_now,
    decide_release,
    move,
)
from app.rounds.schemas import DeclineCount, Participation
from app.sealing.keystore import FoundKey
from app.sealing.models import DialogueBoxRow
from app.vocabulary.answer import parse
from app.vocabulary.codes import DeclineReason, IfTooFew, Mode

_OVER = (RoundState.RELEASED, RoundState.WITHHELD, RoundState.WITHDRAWN, RoundState.ERASED)


def begin_day(session: Session, day: date) -> None:
    """Note that a tick ran on `day`."""
    session.execute(insert_into(session, TickRow).values(day=day).on_conflict_do_nothing())


def find_closable(session: Session, *, today: date, after: UUID | None) -> list[UUID]:
    """Return the next rounds, by id, whose last day has passed."""
    statement = select(RoundRow.id).where(RoundRow.state == RoundState.COLLECTING, RoundRow.closes_on < today)
    return list(session.scalars(keyset.batch(statement, RoundRow.id, after)))


def is_due(session: Session, *, round_key: FoundKey, now: datetime) -> bool:
    """Tell whether a round closes at this tick. Raises Unavailable if its box can't be opened."""
    row = session.get(RoundRow, round_key.owner, populate_existing=True)
    if row is None or row.state != RoundState.COLLECTING:
        return False
    if round_key.destroyed or not closes_now(_facts(session, row), now):
        return round_key.destroyed
    find_box(session, round_key, lock=False)
    return True


def _facts(session: Session, row: RoundRow) -> OpenRound:
    signed = attributed.all_of(session, row.id) if row.mode == Mode.ATTRIBUTED else []
    return OpenRound(
        closes_on=row.closes_on,
        shows_at=max((stored.shows_at for _, stored in signed if stored.shows_at), default=None),
    )


def close(session: Session, *, round_key: FoundKey, dialogue_key: bytes | None, now: datetime) -> RoundState | None:
    """Close and release a round that is due; return its new state, or None if it is not due.

    One transaction writes the answers by their random ids, the dialogue box and the state, and deletes the box.
    """
    # Lock the round first, as all writers do: a team's answer has no box to lock.
    row = session.get(RoundRow, round_key.owner, with_for_update=True, populate_existing=True)
    if row is None or row.state != RoundState.COLLECTING:
        return None
    if round_key.destroyed:
        # This row came back with a restored backup: its answers were released, or withheld for good.
        move(row, RoundState.ERASED)
        remove_box(session, row.id)
        outbox.cancel(session, [row.id])
        return RoundState.ERASED
    if not closes_now(_facts(session, row), now):
        return None
    opened = find_box(session, round_key, lock=True)
    if row.mode == Mode.ATTRIBUTED:
        answered = len(attributed.all_of(session, row.id))
        move(row, RoundState.RELEASED if answered else RoundState.WITHHELD)
    else:
        if opened is None:
            raise RuntimeError("a sealed round without a box")
        decision = _release_ballots(session, row, opened)
        move(row, decision.state)
        row.below_threshold = decision.below_threshold
        answered = len(opened.box.ballots)
    if row.state == RoundState.RELEASED:
        row.released_on = now.date()
        if opened is not None:
            if not row.below_threshold:
                row.participation = participation(row, opened.box, answered).model_dump(mode="json")
            if dialogue_key is not None:
                dialogue_box.keep(session, row.id, opened.box, dialogue_key, row.people)
    remove_box(session, row.id)
    mail.announce_end(session, row, now.date())
    return RoundState(row.state)


def participation(row: RoundRow, box: Box, answered: int) -> Participation:
    """Count who took part. If the candidate did not name the people, exact numbers would help to guess them."""
    if row.opened_by != OpenedBy.CANDIDATE:
        return Participation(asked=None, answered=None, at_least=row.k, declined=None, silent=None, claims=None)
    reasons = Counter(reason for code in box.codes for reason in code.declined)
    return Participation(
        asked=row.people,
        answered=answered,
        at_least=None,
        declined=[DeclineCount(reason=DeclineReason(reason), count=count) for reason, count in sorted(reasons.items())],
        silent=row.people - answered - reasons.total(),
        claims=None if row.claim_until is None else box.claims,
    )


def find_expired_dialogues(session: Session, today: date) -> list[UUID]:
    """Return rounds with a dialogue box whose clarification window is over."""
    last = CLARIFICATION.cutoff(today)
    statement = (
        select(RoundRow.id)
        .join(DialogueBoxRow, DialogueBoxRow.round_id == RoundRow.id)
        .where(RoundRow.released_on < last)
        .limit(keyset.BATCH)
    )
    return list(session.scalars(statement))


def end_dialogue(session: Session, round_id: UUID) -> None:
    """Delete the dialogue box of a round, and the mails that its key opens."""
    # A DELETE by id: of two ticks at once, the second finds nothing, which is fine.
    outbox.cancel(session, [round_id])
    session.execute(delete(DialogueBoxRow).where(DialogueBoxRow.round_id == round_id))


def find_over(session: Session, round_ids: Sequence[UUID]) -> list[UUID]:
    """Return those rounds that are over. Their keys have to be destroyed."""
    return list(session.scalars(select(RoundRow.id).where(RoundRow.id.in_(round_ids), RoundRow.state.in_(_OVER))))


def find_without_dialogue_box(session: Session, round_ids: Sequence[UUID]) -> list[UUID]:
    """Return those rounds that are over and have no dialogue box. Their dialogue keys have to be destroyed."""
    statement = (
        select(RoundRow.id)
        .outerjoin(DialogueBoxRow, DialogueBoxRow.round_id == RoundRow.id)
        .where(RoundRow.id.in_(round_ids), RoundRow.state.in_(_OVER), DialogueBoxRow.round_id.is_(None))
    )
    return list(session.scalars(statement))


def _release_ballots(session: Session, row: RoundRow, opened: OpenBox) -> ReleaseDecision:
    ballots = opened.box.ballots
    answers = [parse(ballot.body) for ballot in ballots]
    decision = decide_release(
        row.k,
        counted(opened.box, len(ballots), independent_only=row.k_basis == KBasis.INDEPENDENT),
        [answer.if_too_few or IfTooFew.WITHHOLD for answer in answers],
    )
    worries = [worry.text for worry in opened.briefing.worries]
    released = [
        released_form(answers[index], mode=opened.mode, words=words, worries=worries, new_id=randomness.new_id)
        for index, words in decision.shown
    ]
    rows: list[dict[str, Any]] = [
        {"id": answer.id, "round_id": row.id, "body": attributed.dump(attributed.Stored(answer, None, None))}
        for answer in sorted(released, key=lambda answer: answer.id)
    ]
    if rows:
        session.execute(insert(AnswerRow), rows)
    tags = {ballots[index].tag: one.id for (index, _), one in zip(decision.shown, released, strict=True)}
    _open_mailboxes(session, {tag: answer_id for tag, answer_id in tags.items() if tag})
    return decision


def _open_mailboxes(session: Session, tags: Mapping[bytes, UUID]) -> None:
    """Map the tags of receipts to answers, in the order of the tags. A tag used twice leads to the first answer."""
    rows = [{"tag": tag, "answer_id": tags[tag]} for tag in sorted(tags)]
    if rows:
        session.execute(insert_into(session, MailboxRow).on_conflict_do_nothing(), rows)
