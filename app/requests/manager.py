"""The manager's link: see what is asked, answer for the team, let the team answer, or decline."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.context import Context
from app.core.errors import one
from app.core.tokens import new_code
from app.requests import links, mail
from app.requests.briefing import briefing
from app.requests.candidate_view import declined_with
from app.requests.manager_box import find_request, prove, put_back
from app.requests.manager_schemas import ManagerView, PanelCreate, PanelLink, PanelOpened
from app.requests.models import RequestRow
from app.requests.new_keys import Prepared
from app.rounds import round_view, statement, team
from app.rounds.answer_schemas import AnswerPreview
from app.rounds.blind import public_key_of
from app.rounds.box import Channel, Code, Spending, spend_on_decline
from app.rounds.feedback import read_rounds
from app.rounds.invitee import already_answered, hash_code, preview_of
from app.rounds.lifecycle import RoundPlan, open_round
from app.rounds.rules import OpenedBy, claim_window, default_closing, first_closing, is_independent, threshold
from app.rounds.schemas import Briefing
from app.rounds.team import TeamAnswered
from app.sealing.keystore import FoundKey
from app.vocabulary.answer import Answer
from app.vocabulary.codes import DeclineReason, Mode, Stage


def view(session: Session, *, key: FoundKey, code_hash: bytes, ctx: Context) -> ManagerView:
    """Return what is asked and which rounds there are."""
    row = find_request(session, key)
    prove(session, key, code_hash)
    told = briefing(session, row)
    rounds = read_rounds(session, row.id, ctx.clock.now())
    wording = round_view.team_wording(told, ctx.operator, ctx.clock.now().date())
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
        sections=list(told.asked_for),
        declined=declined_with(row, rounds),
        rounds=[round_view.show(read.row, ctx.operator, state=read.state) for read in rounds],
    )


def answer_for_team(
    session: Session, *, key: FoundKey, code_hash: bytes, nonce: str, stage: Stage, answer: Answer, now: datetime
) -> TeamAnswered:
    """Keep a signed answer for the team: one per stage. It has a round of its own, which no code opens."""
    row = find_request(session, key, lock=True)
    told = briefing(session, row)
    team.check_answer(answer, stage, told)
    code = prove(session, key, code_hash)
    answered = team.publish(session, row.id, code, nonce=nonce, stage=stage, answer=answer, briefing=told, now=now)
    if not answered.repeated:
        put_back(session, key, code)
    return answered


def preview(session: Session, *, key: FoundKey, code_hash: bytes, stage: Stage, answer: Answer) -> AnswerPreview:
    """Return what the candidate would read of an answer for the team, finished or not."""
    row = find_request(session, key)
    told = briefing(session, row)
    missing = team.faults_of(answer, stage, told)
    prove(session, key, code_hash)
    return preview_of(answer, mode=Mode.ATTRIBUTED, briefing=told, names=(), missing=missing)


def take_back(session: Session, *, key: FoundKey, code_hash: bytes, nonce: str, now: datetime) -> None:
    """Remove the team's answer, with its round, while it does not show yet: in a pause, too."""
    row = find_request(session, key, lock=True, taking_back=True)
    code = prove(session, key, code_hash)
    if team.take_back(session, row.id, code, nonce=nonce, now=now):
        put_back(session, key, code)


def check_panel(session: Session, *, key: FoundKey, code_hash: bytes, body: PanelCreate, ctx: Context) -> None:
    """Raise what opening a panel would raise for this link, whether or not there is a panel already."""
    row = find_request(session, key)
    if body.work_address is not None:
        if not ctx.sends_mail:
            raise one("/work_address", "not_available", "This server sends no mail: take the links from here.")
        if not is_independent(body.work_address, row.company_domain, row.candidate_email):
            raise one("/work_address", "not_at_company", "Give an address at the company's own domain, or none.")
    prove(session, key, code_hash)


def open_panel(
    session: Session,
    *,
    key: FoundKey,
    code_hash: bytes,
    body: PanelCreate,
    round_: Prepared,
    today: date,
    ctx: Context,
) -> PanelOpened:
    """Open a round without names for the team, once per stage: the real manager sees if somebody else did."""
    row = find_request(session, key, lock=True)
    link = prove(session, key, code_hash)
    team.check_panel(session, row.id, body.stage)
    uses = body.people if body.shape == "team" else 1
    codes = [new_code() for _ in range(1 if body.shape == "team" else body.people)]
    # A link that the candidate handed over, they could have opened first; one that was mailed to the company they could
    # not, nor read what is mailed there.
    channel = Channel.MAILED if body.work_address or link.channel.is_independent else Channel.HANDED_OVER
    plan = _panel_plan(row, round_.id, body, channel, today, told=briefing(session, row), ctx=ctx)
    sealed = [
        Code(
            code_hash=hash_code(ctx.pepper, code),
            uses=uses,
            uses_left=uses,
            role="interviewer",
            channel=channel,
        )
        for code in codes
    ]
    opened = open_round(session, plan, sealed, round_key=round_.key)
    # Unlike an answer, a panel can't be taken back: a decline that came before it is history.
    row.manager_declined = None
    if body.work_address is not None and key.key is not None:
        mail.mail_panel(session, row, key.key, plan.id, body.work_address, tuple(codes), today)
        return PanelOpened(round=round_view.show(opened, ctx.operator), links=[], message=None)
    handed = [
        PanelLink(url=links.round_url(ctx.base_url, plan.id, code, public_key=plan.public_key), code=code, uses=uses)
        for code in codes
    ]
    message = links.panel_message(
        candidate=row.candidate_name,
        role_title=row.role_title,
        k=plan.threshold.k,
        links=handed,
        claim_until=plan.claim_until,
    )
    return PanelOpened(round=round_view.show(opened, ctx.operator), links=handed, message=message)


def _panel_plan(
    row: RequestRow, round_id: UUID, body: PanelCreate, channel: Channel, today: date, *, told: Briefing, ctx: Context
) -> RoundPlan:
    mode = Mode(body.mode)
    closes_on = team.panel_closing(row.closes_on, default_closing(body.stage, today, mode))
    claim_until = claim_window(today) if mode is Mode.BLIND else None
    if claim_until is not None:
        if ctx.blind_seed is None:
            raise one("/mode", "not_available", "This server does not offer blind rounds.")
        closes_on = max(closes_on, first_closing(claim_until))
    return RoundPlan(
        id=round_id,
        request_id=row.id,
        stage=body.stage,
        threshold=threshold(mode, min(body.people, 3), [channel.is_independent] * body.people),
        people=body.people,
        opened_by=OpenedBy.MANAGER,
        opens_on=today,
        closes_on=closes_on,
        briefing=told,
        claim_until=claim_until,
        public_key=public_key_of(ctx.blind_seed, round_id, mode),
    )


def turn_down(session: Session, *, key: FoundKey, code_hash: bytes, nonce: str, reason: DeclineReason) -> bool:
    """Note that the manager can't answer, or would rather call; return whether it had been noted before."""
    row = find_request(session, key, lock=True)
    code = prove(session, key, code_hash)
    spending = spend_on_decline(code, nonce, reason)
    if spending is Spending.REFUSED:
        raise already_answered()
    if spending is Spending.REPEATED:
        return True
    row.manager_declined = reason
    put_back(session, key, code)
    return False


def close_panel(session: Session, *, key: FoundKey, code_hash: bytes, round_id: UUID) -> None:
    """Note that everyone of a panel has been heard: it closes with the next daily tick."""
    row = find_request(session, key)
    prove(session, key, code_hash)
    team.wish_close(session, row.id, round_id)
