"""Open a panel: a round without names for the team, whose links the hiring manager forwards."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.context import Context
from app.core.errors import one
from app.core.tokens import new_code, read_code
from app.requests import link_copies, links, mail
from app.requests.briefing import briefing
from app.requests.create_once import Attempt, Draft, NewKey, create_once
from app.requests.manager_box import check_code, find_request
from app.requests.manager_schemas import PanelCreate, PanelLink, PanelMessages, PanelOpened
from app.requests.models import RequestRow
from app.requests.panel_message import panel_message
from app.requests.reach import reach_by
from app.rounds import round_view, team
from app.rounds.blind import public_key_of
from app.rounds.box import Channel, Code
from app.rounds.company_domain import is_independent
from app.rounds.invitee import hash_code
from app.rounds.lifecycle import RoundPlan, open_round
from app.rounds.models import RoundRow
from app.rounds.rules import (
    OpenedBy,
    RoundState,
    claim_window,
    default_closing,
    first_closing,
    threshold,
)
from app.rounds.schemas import Briefing
from app.rounds.statement import in_short
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
    channel = Channel.MAILED if body.work_address else link.channel
    asked = briefing(session, row, reach_by(session, row, [channel], ctx))
    plan = _plan(row, round_key.id, body, channel, today, asked=asked, ctx=ctx)
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
    panel_links = [_link(opened, code, uses, ctx) for code in codes]
    link_copies.keep(session, plan.id, round_key.key, read_code(body.code) or "", panel_links)
    return _opened(row, opened, panel_links, ctx)


def _link(row: RoundRow, code: str, uses: int, ctx: Context) -> PanelLink:
    url = links.round_url(ctx.base_url, row.id, code, public_key=row.public_key)
    return PanelLink(url=url, code=code, uses=uses)


def _opened(request: RequestRow, row: RoundRow, panel_links: list[PanelLink], ctx: Context) -> PanelOpened:
    message = panel_message(
        candidate=request.candidate_name,
        role_title=request.role_title,
        promise=" ".join(in_short(round_view.wording_of(row, Briefing.model_validate(row.briefing), ctx.operator))),
        links=panel_links,
        claim_until=row.claim_until,
    )
    return PanelOpened(round=round_view.show(row, ctx.operator), links=panel_links, message=message)


async def show_messages(ctx: Context, key: FoundKey, code: str) -> PanelMessages:
    """Return the messages of the panels that still collect, unless their links were mailed. Raises Unknown, Gone."""

    def look(session: Session) -> tuple[RequestRow, Sequence[RoundRow], dict[UUID, bytes]]:
        request = find_request(session, key)
        check_code(session, key, hash_code(ctx.pepper, code))
        rows = session.scalars(
            select(RoundRow)
            .where(
                RoundRow.request_id == key.owner,
                RoundRow.opened_by == OpenedBy.MANAGER,
                RoundRow.state == RoundState.COLLECTING,
            )
            .order_by(RoundRow.opens_on, RoundRow.id)
        ).all()
        return request, rows, link_copies.find(session, [row.id for row in rows])

    request, rows, sealed = await ctx.db.read(look)
    panels = []
    for row in rows:
        if row.id in sealed:
            name = KeyName(Purpose.ROUND, row.id)
            kept = await link_copies.open_copy(ctx.keys, name, read_code(code) or "", sealed[row.id])
            if kept:
                panel_links = [_link(row, one.code, one.uses, ctx) for one in kept]
                panels.append(_opened(request, row, panel_links, ctx))
    return PanelMessages(panels=panels)


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
