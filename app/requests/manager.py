"""The manager's link: see what is asked, answer for the team, let the team answer, or decline."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.core import dice
from app.core.errors import Conflict, Gone, Invalid, Unknown, one
from app.core.tokens import new_code
from app.requests import correspondence, links
from app.requests.manager_box import RequestKey, find_request, prove, put_back
from app.requests.preparing import Prepared
from app.requests.raising import briefing
from app.requests.reading import declined_with
from app.requests.schemas import ManagerView, PanelCreate, PanelLink, PanelOpened
from app.rounds import promise, signed, statement
from app.rounds.answering import already_answered, hash_code, preview_of
from app.rounds.context import Context
from app.rounds.feedback import read_rounds
from app.rounds.models import RoundRow
from app.rounds.opening import RoundPlan, open_round
from app.rounds.rules import (
    OpenedBy,
    RoundState,
    Threshold,
    default_closing,
    default_threshold,
    is_independent,
    threshold,
)
from app.rounds.schemas import Preview
from app.sealing.box import Channel, Code, Spending, decline, nonce_mark_of, retract, spend
from app.vocabulary.answer import Answer, canonical, faults
from app.vocabulary.codes import DeclineReason, Mode, Stage


@dataclass(frozen=True)
class TeamAnswered:
    """A team's answer that is kept; `repeated` if it had been accepted before."""

    repeated: bool
    shows_at: datetime


def view(session: Session, *, key: RequestKey, code_hash: bytes, to: Context) -> ManagerView:
    """Return what is asked and which rounds there are."""
    row = find_request(session, key)
    prove(session, key, code_hash)
    told = briefing(row)
    wording = promise.team_wording(told, to.voice, to.clock.now().date())
    return ManagerView(
        candidate_name=told.candidate_name,
        company=told.company,
        role_title=told.role_title,
        interviewed_on=told.interviewed_on,
        worries=told.worries,
        own_question=told.own_question,
        signature=statement.TEAM_SIGNATURE.format(company=told.company),
        team_statement=wording.fill(statement.TEAM),
        team_understood=wording.fill(statement.UNDERSTOOD),
        declined=declined_with(row),
        rounds=[
            promise.show(read.row, to.voice, state=read.state) for read in read_rounds(session, row.id, to.clock.now())
        ],
    )


def answer_for_team(
    session: Session, *, key: RequestKey, code_hash: bytes, nonce: str, stage: Stage, answer: Answer, now: datetime
) -> TeamAnswered:
    """Keep a signed answer for the team: one per stage. It has a round of its own, which no code opens."""
    row = find_request(session, key, lock=True)
    errors = faults(answer, stage=stage, mode=Mode.ATTRIBUTED, worries=len(row.worries))
    if errors:
        raise Invalid(errors)
    code = prove(session, key, code_hash)
    mark = nonce_mark_of(code_hash, nonce)
    spending = spend(code, nonce, b"|".join((b"team", stage.encode(), canonical(answer))))
    if spending is Spending.REFUSED:
        raise already_answered()
    team_round = _team_round(session, row.id, stage)
    if spending is Spending.REPEATED:
        shows_at = signed.shows_at(session, team_round.id, mark) if team_round else None
        if shows_at is None:
            raise already_answered()
        return TeamAnswered(True, shows_at)
    if team_round is not None:
        raise Conflict("already_answered", "The team has answered at this stage already.")
    plan = RoundPlan(
        id=dice.new_id(),
        request_id=row.id,
        stage=stage,
        threshold=Threshold(Mode.ATTRIBUTED, 1),
        people=1,
        opened_by=OpenedBy.MANAGER,
        opens_on=now.date(),
        closes_on=now.date(),
        briefing=briefing(row),
    )
    open_round(session, plan)
    worries = [worry.text for worry in plan.briefing.worries]
    shows_at = signed.publish(session, plan.id, answer, worries=worries, mark=mark, now=now)
    row.manager_declined = None
    put_back(session, key, code)
    return TeamAnswered(False, shows_at)


def preview(session: Session, *, key: RequestKey, code_hash: bytes, stage: Stage, answer: Answer) -> Preview:
    """Return what the candidate would read of an answer for the team, finished or not."""
    row = find_request(session, key)
    missing = faults(answer, stage=stage, mode=Mode.ATTRIBUTED, worries=len(row.worries))
    prove(session, key, code_hash)
    return preview_of(answer, mode=Mode.ATTRIBUTED, briefing=briefing(row), names=(), missing=missing)


def take_back(session: Session, *, key: RequestKey, code_hash: bytes, nonce: str, now: datetime) -> None:
    """Remove the team's answer, with its round, while it does not show yet."""
    row = find_request(session, key, lock=True)
    code = prove(session, key, code_hash)
    mark = nonce_mark_of(code_hash, nonce)
    spending = retract(code, nonce)
    if spending is Spending.REPEATED:
        return
    rounds = session.scalars(_team_rounds(row.id)).all()
    mine = next((one for one in rounds if signed.shows_at(session, one.id, mark) is not None), None)
    if spending is Spending.REFUSED or mine is None:
        raise Conflict("nothing_to_take_back", "No answer was sent with this nonce.")
    signed.unpublish(session, mine.id, mark, now)
    session.delete(mine)
    put_back(session, key, code)


def check_panel(session: Session, *, key: RequestKey, code_hash: bytes, body: PanelCreate, to: Context) -> None:
    """Raise what opening a panel would raise for this link; then no key is made in vain."""
    row = find_request(session, key)
    if body.work_address is not None:
        if not to.sends_mail:
            raise one("/work_address", "not_available", "This server sends no mail: take the links from here.")
        if not is_independent(body.work_address, row.company_domain, row.candidate_email):
            raise one("/work_address", "not_at_company", "Give an address at the company's own domain, or none.")
    prove(session, key, code_hash)


def open_panel(
    session: Session,
    *,
    key: RequestKey,
    code_hash: bytes,
    body: PanelCreate,
    round_: Prepared,
    today: date,
    to: Context,
) -> PanelOpened:
    """Open a sealed round for the team, once per stage: the real manager sees if somebody else did."""
    row = find_request(session, key, lock=True)
    link = prove(session, key, code_hash)
    opened_before = session.scalars(
        select(RoundRow.id).where(
            RoundRow.request_id == row.id,
            RoundRow.stage == body.stage,
            RoundRow.opened_by == OpenedBy.MANAGER,
            RoundRow.mode != Mode.ATTRIBUTED,
        )
    ).first()
    if opened_before is not None:
        raise Conflict("panel_already_open", "The team was asked at this stage already.")
    mode, k = default_threshold(body.people)
    uses = body.people if body.shape == "team" else 1
    codes = [new_code() for _ in range(1 if body.shape == "team" else body.people)]
    # A link that the candidate handed over, they could have opened first; one that was mailed to the company they could
    # not, nor read what is mailed there.
    channel = Channel.MAILED if body.work_address or link.channel.is_independent else Channel.HANDED_OVER
    still_ahead = row.closes_on is not None and row.closes_on >= today
    plan = RoundPlan(
        id=round_.id,
        request_id=row.id,
        stage=body.stage,
        threshold=threshold(mode, k, [channel.is_independent] * body.people),
        people=body.people,
        opened_by=OpenedBy.MANAGER,
        opens_on=today,
        closes_on=row.closes_on if row.closes_on and still_ahead else default_closing(body.stage, today),
        briefing=briefing(row),
    )
    sealed = [
        Code(
            code_hash=hash_code(to.pepper, code),
            uses=uses,
            uses_left=uses,
            role="interviewer",
            channel=channel,
        )
        for code in codes
    ]
    opened = open_round(session, plan, sealed, key=round_.key)
    row.manager_declined = None
    if body.work_address is not None and key.key is not None:
        correspondence.mail_panel(session, row, key.key, plan.id, body.work_address, tuple(codes), today)
        return PanelOpened(round=promise.show(opened, to.voice), links=[], message=None)
    handed = [PanelLink(url=links.round_url(to.base_url, plan.id, code), code=code, uses=uses) for code in codes]
    message = links.panel_message(candidate=row.candidate_name, role_title=row.role_title, k=k, links=handed)
    return PanelOpened(round=promise.show(opened, to.voice), links=handed, message=message)


def turn_down(session: Session, *, key: RequestKey, code_hash: bytes, nonce: str, reason: DeclineReason) -> bool:
    """Note that the manager can't answer, or would rather call; return whether it had been noted before."""
    row = find_request(session, key, lock=True)
    code = prove(session, key, code_hash)
    spending = decline(code, nonce, reason)
    if spending is Spending.REFUSED:
        raise already_answered()
    if spending is Spending.REPEATED:
        return True
    row.manager_declined = reason
    put_back(session, key, code)
    return False


def close_panel(session: Session, *, key: RequestKey, code_hash: bytes, round_id: UUID) -> None:
    """Note that everyone of a panel has been heard: it closes with the next daily tick."""
    row = find_request(session, key)
    prove(session, key, code_hash)
    panel = session.get(RoundRow, round_id, with_for_update=True)
    if panel is None or panel.request_id != row.id or panel.opened_by != OpenedBy.MANAGER:
        raise Unknown("unknown_round", "You have opened no such round.")
    if panel.state != RoundState.COLLECTING:
        raise Gone("round_over", "This round is over: answers are no longer taken.")
    panel.close_wished = True


def _team_rounds(request_id: UUID) -> Select[RoundRow]:
    return select(RoundRow).where(
        RoundRow.request_id == request_id,
        RoundRow.opened_by == OpenedBy.MANAGER,
        RoundRow.mode == Mode.ATTRIBUTED,
    )


def _team_round(session: Session, request_id: UUID, stage: Stage) -> RoundRow | None:
    return session.scalars(_team_rounds(request_id).where(RoundRow.stage == stage)).first()
