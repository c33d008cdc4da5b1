"""The manager's link: view the request, answer for the team, retract that, decline, end a panel sooner."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.context import Context
from app.requests.briefing import briefing
from app.requests.candidate_view import declined_with
from app.requests.manager_box import check_code, find_request, save_code
from app.requests.manager_schemas import ManagerView, PendingTeamAnswer, ReplyToManager
from app.rounds import box, round_view, statement, team
from app.rounds.answer_schemas import AnswerPreview
from app.rounds.feedback import effect_of, read_rounds, replies_to
from app.rounds.invitee import already_answered, preview_of
from app.rounds.team import TeamAnswered
from app.sealing.keystore import FoundKey
from app.vocabulary.answer import Answer
from app.vocabulary.codes import DeclineReason, Mode, Stage
from app.vocabulary.dialogue_codes import EffectBy


def view(session: Session, *, key: FoundKey, code_hash: bytes, ctx: Context) -> ManagerView:
    """Return the request as its manager sees it: the questions, the promises and the rounds."""
    row = find_request(session, key)
    check_code(session, key, code_hash)
    asked = briefing(session, row)
    rounds = read_rounds(session, row.id, ctx.clock.now())
    wording = round_view.team_wording(asked, ctx.operator, ctx.clock.now().date())
    return ManagerView(
        candidate_name=asked.candidate_name,
        company=asked.company,
        role_title=asked.role_title,
        interviewed_on=asked.interviewed_on,
        worries=asked.worries,
        own_question=asked.own_question,
        signature=statement.TEAM_SIGNATURE.format(company=asked.company),
        team_statement=wording.fill(statement.TEAM),
        team_understood=wording.fill(statement.UNDERSTOOD),
        sections=list(asked.asked_for),
        declined=declined_with(row, rounds),
        pending=[
            PendingTeamAnswer(stage=stage, shows_at=stored.shows_at.isoformat())
            for stage, stored in team.pending(session, row.id, ctx.clock.now())
            if stored.shows_at is not None
        ],
        rounds=[round_view.show_to_manager(read, ctx.operator) for read in rounds],
        replies=[
            ReplyToManager(**dict(reply), effect=effect_of(read, reply.concern_id, EffectBy.MANAGER))
            for read in rounds
            for reply in replies_to(read)
        ],
    )


def answer_for_team(
    session: Session, *, key: FoundKey, code_hash: bytes, nonce: str, stage: Stage, answer: Answer, now: datetime
) -> TeamAnswered:
    """Store a signed answer for the team, one per stage, in a round of its own that no code opens."""
    row = find_request(session, key, lock=True)
    asked = briefing(session, row)
    team.check_answer(answer, stage, asked)
    code = check_code(session, key, code_hash)
    answered = team.publish(session, row.id, code, nonce=nonce, stage=stage, answer=answer, briefing=asked, now=now)
    if not answered.repeated:
        save_code(session, key, code)
    return answered


def preview(session: Session, *, key: FoundKey, code_hash: bytes, stage: Stage, answer: Answer) -> AnswerPreview:
    """Return an answer for the team, finished or not, as the candidate would read it."""
    row = find_request(session, key)
    asked = briefing(session, row)
    missing = team.faults_of(answer, stage, asked)
    check_code(session, key, code_hash)
    return preview_of(answer, mode=Mode.ATTRIBUTED, briefing=asked, names=(), missing=missing)


def take_back(
    session: Session, *, key: FoundKey, code_hash: bytes, nonce: str | None, stage: Stage, now: datetime
) -> None:
    """Remove the team's answer and its round while the candidate cannot read it yet. This works in a pause, too.

    Without `nonce`, it is the pending answer of `stage`.
    """
    row = find_request(session, key, lock=True, taking_back=True)
    code = check_code(session, key, code_hash)
    mark = team.pending_mark(session, row.id, stage, now) if nonce is None else box.nonce_mark_of(code.code_hash, nonce)
    if team.take_back(session, row.id, code, mark=mark, now=now):
        save_code(session, key, code)


def decline(session: Session, *, key: FoundKey, code_hash: bytes, nonce: str, reason: DeclineReason) -> bool:
    """Store that the manager cannot answer or would rather call; tell whether this was a repetition."""
    row = find_request(session, key, lock=True)
    code = check_code(session, key, code_hash)
    spending = box.spend_on_decline(code, nonce, reason)
    if spending is box.Spending.REFUSED:
        raise already_answered()
    if spending is box.Spending.REPEATED:
        return True
    row.manager_declined = reason
    save_code(session, key, code)
    return False


def close_panel(session: Session, *, key: FoundKey, code_hash: bytes, round_id: UUID, now: datetime) -> date:
    """Make today the last day of a panel, or the first day of answers if it is blind; return the closing date."""
    row = find_request(session, key)
    check_code(session, key, code_hash)
    return team.shorten_panel(session, row.id, round_id, now)
