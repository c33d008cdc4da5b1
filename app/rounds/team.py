"""Rounds of the hiring manager: their own answer for the team, and the panel of their colleagues.

The caller has checked the manager's link and has locked the request.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import randomness
from app.core.days import open_day
from app.core.errors import Conflict, FieldError, Gone, Invalid, Unknown
from app.rounds import attributed
from app.rounds.box import Code, Spending, nonce_mark_of, retract_use, spend
from app.rounds.invitee import already_answered
from app.rounds.lifecycle import RoundPlan, open_round
from app.rounds.models import RoundRow
from app.rounds.rules import OpenedBy, RoundState, Threshold, accepts, shortened_closing
from app.rounds.schemas import Briefing
from app.vocabulary.answer import Answer, canonical, faults
from app.vocabulary.codes import Mode, Stage

_TEAM_ANSWERS = (
    select(RoundRow)
    .where(RoundRow.opened_by == OpenedBy.MANAGER, RoundRow.mode == Mode.ATTRIBUTED)
    .order_by(RoundRow.id)
)


@dataclass(frozen=True)
class TeamAnswered:
    """A stored answer for the team; `repeated` if the server had accepted it before."""

    repeated: bool
    shows_at: datetime


def check_answer(answer: Answer, stage: Stage, told: Briefing) -> None:
    """Raise Invalid if an answer for the team is incomplete, or has parts that are not asked for."""
    errors = faults_of(answer, stage, told)
    if errors:
        raise Invalid(errors)


def faults_of(answer: Answer, stage: Stage, told: Briefing) -> Sequence[FieldError]:
    """Return what is missing in an answer for the team, and what is not asked for."""
    return faults(answer, stage=stage, mode=Mode.ATTRIBUTED, worries=len(told.worries), left_out=told.left_out)


def publish(
    session: Session,
    request_id: UUID,
    code: Code,
    *,
    nonce: str,
    stage: Stage,
    answer: Answer,
    briefing: Briefing,
    now: datetime,
) -> TeamAnswered:
    """Store a signed answer for the team, one per stage, and spend a use of `code`. Raises Conflict."""
    mark = nonce_mark_of(code.code_hash, nonce)
    spending = spend(code, nonce, b"|".join((b"team", stage.encode(), canonical(answer))))
    if spending is Spending.REFUSED:
        raise already_answered()
    given = next((row for row in _team_answers(session, request_id) if row.stage == stage), None)
    if spending is Spending.REPEATED:
        shows_at = attributed.shows_at(session, given.id, mark) if given else None
        if shows_at is None:
            raise already_answered()
        return TeamAnswered(True, shows_at)
    if given is not None:
        raise Conflict("already_answered", "The team has answered at this stage already.")
    plan = RoundPlan(
        id=randomness.new_id(),
        request_id=request_id,
        stage=stage,
        threshold=Threshold(Mode.ATTRIBUTED, 1),
        people=1,
        opened_by=OpenedBy.MANAGER,
        opens_on=now.date(),
        closes_on=now.date(),
        briefing=briefing,
    )
    open_round(session, plan)
    worries = [worry.text for worry in briefing.worries]
    return TeamAnswered(False, attributed.publish(session, plan.id, answer, worries=worries, mark=mark, now=now))


def pending(session: Session, request_id: UUID, now: datetime) -> list[tuple[Stage, attributed.Stored]]:
    """Return the team's answers that the candidate cannot read yet, with their stages."""
    rows = session.scalars(_TEAM_ANSWERS.where(RoundRow.request_id == request_id))
    stored = [(Stage(row.stage), one) for row in rows for _, one in attributed.all_of(session, row.id)]
    return [(stage, one) for stage, one in stored if not one.shows(now)]


def pending_mark(session: Session, request_id: UUID, stage: Stage, now: datetime) -> bytes:
    """Return the mark of the team's pending answer at `stage`. Raises Conflict."""
    mark = next((one.mark for at, one in pending(session, request_id, now) if at is stage), None)
    if mark is None:
        raise Conflict("nothing_to_take_back", "There is no answer for the team that could be taken back.")
    return mark


def take_back(session: Session, request_id: UUID, code: Code, *, mark: bytes, now: datetime) -> bool:
    """Delete the team's answer and its round before it shows; return whether `code` got its use back.

    `mark` is that of the use of the code by which the answer was sent.
    """
    spending = retract_use(code, mark)
    if spending is Spending.REPEATED:
        return False
    rounds = _team_answers(session, request_id)
    mine = next((row for row in rounds if attributed.shows_at(session, row.id, mark) is not None), None)
    if spending is Spending.REFUSED or mine is None:
        raise Conflict("nothing_to_take_back", "No answer was sent with this nonce.")
    attributed.unpublish(session, mine.id, mark, now)
    session.delete(mine)
    return True


def check_panel(session: Session, request_id: UUID, stage: Stage) -> None:
    """Raise Conflict if the team was asked at this stage already.

    Because there is only one panel, the real manager notices one that an impostor opened.
    """
    statement = select(RoundRow.id).where(
        RoundRow.request_id == request_id,
        RoundRow.stage == stage,
        # People named by the ATS are the team. If they were asked twice, they could count twice.
        RoundRow.opened_by.in_((OpenedBy.MANAGER, OpenedBy.CONNECTION)),
        RoundRow.mode != Mode.ATTRIBUTED,
    )
    if session.scalars(statement).first() is not None:
        raise Conflict("panel_already_open", "The team was asked at this stage already.")


def panel_closing(wished: date | None, standard: date) -> date:
    """Return the closing date of a panel: the candidate's, but not before the default."""
    return standard if wished is None else max(wished, standard)


def shorten_panel(session: Session, request_id: UUID, round_id: UUID, now: datetime) -> date:
    """Make today the last day of a panel; return its closing date. Raises Unknown, Gone.

    Who has acted plays no part, and everyone asked sees the new day.
    """
    panel = session.get(RoundRow, round_id, with_for_update=True)
    if panel is None or panel.request_id != request_id or panel.opened_by != OpenedBy.MANAGER:
        raise Unknown("unknown_round", "You have opened no such round.")
    if not accepts(RoundState(panel.state), panel.closes_on, open_day(now)):
        raise Gone("round_over", "This round is over: answers are no longer taken.")
    panel.closes_on = shortened_closing(panel.closes_on, panel.claim_until, now.date())
    return panel.closes_on


def _team_answers(session: Session, request_id: UUID) -> Sequence[RoundRow]:
    """Lock and return the rounds of the team's own answers. A tick may be about to close one."""
    statement = _TEAM_ANSWERS.where(RoundRow.request_id == request_id)
    return session.scalars(statement.with_for_update()).all()
