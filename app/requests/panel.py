"""Open a panel: a round without names for the team, whose links the hiring manager forwards."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from app.context import Context
from app.core.errors import one
from app.core.tokens import new_code
from app.requests import links, mail
from app.requests.briefing import briefing
from app.requests.create_once import Attempt, Draft, NewKey, create_once
from app.requests.manager_box import check_code, find_request
from app.requests.manager_schemas import PanelCreate, PanelLink, PanelOpened
from app.requests.models import RequestRow
from app.requests.panel_message import panel_message
from app.rounds import round_view, team
from app.rounds.blind import public_key_of
from app.rounds.box import Channel, Code
from app.rounds.company_domain import is_independent
from app.rounds.invitee import hash_code
from app.rounds.lifecycle import RoundPlan, open_round
from app.rounds.rules import OpenedBy, claim_window, default_closing, first_closing, threshold
from app.rounds.schemas import Briefing
from app.sealing.keystore import FoundKey, KeyName, Purpose, find_key
from app.vocabulary.codes import Mode


async def open_panel(ctx: Context, request_id: UUID, body: PanelCreate) -> bytes:
    """Open a sealed round for the team; return the `PanelOpened` as JSON. For a day the same nonce gets the same links.

    There is one panel per stage: the real manager notices if somebody else opened it.
    """
    key = await find_key(ctx.keys, KeyName(Purpose.REQUEST, request_id))
    code_hash = hash_code(ctx.pepper, body.code)
    today = ctx.clock.now().date()

    def authorize(session: Session) -> None:
        row = find_request(session, key)
        # The code first: the refusal of an address tells the company's domain.
        check_code(session, key, code_hash)
        _check_work_address(row, body, ctx)

    def draft(session: Session, _: None) -> Draft[None]:
        team.check_panel(session, request_id, body.stage)
        return Draft(None, [Purpose.ROUND])

    def store(session: Session, _: None, keys: Sequence[NewKey]) -> tuple[UUID, bytes]:
        row = find_request(session, key, lock=True)
        link = check_code(session, key, code_hash)
        team.check_panel(session, row.id, body.stage)
        return row.id, _store(session, row, link, body, key, keys[0], today, ctx).model_dump_json().encode()

    # Code and nonce together are what encrypts the kept answer: neither is stored.
    replay_key = f"panel:{code_hash.hex()}:{body.nonce}"
    attempt = Attempt(replay_key, body.model_dump_json(exclude={"pad", "code"}).encode(), today)
    return await create_once(ctx, attempt, authorize=authorize, draft=draft, store=store)


def _check_work_address(row: RequestRow, body: PanelCreate, ctx: Context) -> None:
    if body.work_address is None:
        return
    if not ctx.sends_mail:
        raise one("/work_address", "not_available", "This server sends no mail: take the links from here.")
    if not is_independent(body.work_address, row.company_domain, row.candidate_email):
        raise one("/work_address", "not_at_company", "Give an address at the company's own domain, or none.")


def _store(
    session: Session,
    row: RequestRow,
    link: Code,
    body: PanelCreate,
    request_key: FoundKey,
    round_key: NewKey,
    today: date,
    ctx: Context,
) -> PanelOpened:
    uses = body.people if body.shape == "team" else 1
    codes = [new_code() for _ in range(1 if body.shape == "team" else body.people)]
    # The candidate could have opened a link that they handed over. They could neither open one that was mailed to the
    # company, nor read the mail there.
    channel = Channel.MAILED if body.work_address or link.channel.is_independent else Channel.HANDED_OVER
    plan = _plan(row, round_key.id, body, channel, today, asked=briefing(session, row), ctx=ctx)
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
    opened = open_round(session, plan, sealed, round_key=round_key.key)
    # Unlike an answer, a panel can't be taken back: a decline that came before it is history.
    row.manager_declined = None
    if body.work_address is not None and request_key.key is not None:
        mail.mail_panel(session, row, request_key.key, plan.id, body.work_address, tuple(codes), today)
        return PanelOpened(round=round_view.show(opened, ctx.operator), links=[], message=None)
    panel_links = [
        PanelLink(url=links.round_url(ctx.base_url, plan.id, code, public_key=plan.public_key), code=code, uses=uses)
        for code in codes
    ]
    message = panel_message(
        candidate=row.candidate_name,
        role_title=row.role_title,
        k=plan.threshold.k,
        links=panel_links,
        claim_until=plan.claim_until,
    )
    return PanelOpened(round=round_view.show(opened, ctx.operator), links=panel_links, message=message)


def _plan(
    row: RequestRow, round_id: UUID, body: PanelCreate, channel: Channel, today: date, *, asked: Briefing, ctx: Context
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
        briefing=asked,
        claim_until=claim_until,
        public_key=public_key_of(ctx.blind_seed, round_id, mode),
    )
