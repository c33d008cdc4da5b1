"""The people asked in a round: check who is to be asked, open the round, return or mail the links."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from app.context import Context
from app.core.days import open_day
from app.core.errors import FieldError
from app.core.tokens import new_code
from app.requests import links
from app.requests.briefing import briefing
from app.requests.create_once import NewKey
from app.requests.models import RequestRow
from app.requests.reach import channel_of, reach_by
from app.requests.rules import Delivery
from app.requests.schemas import FeedbackRequestCreate, InviteeCreate, RoundCreate, RoundOpened
from app.rounds import mail as round_mail
from app.rounds import round_view
from app.rounds.blind import public_key_of
from app.rounds.box import Channel, Code
from app.rounds.invitee import hash_code
from app.rounds.lifecycle import RoundPlan, open_round
from app.rounds.rules import (
    OpenedBy,
    Threshold,
    blind_faults,
    claim_window,
    closing_faults,
    default_closing,
    default_threshold,
    first_day,
    threshold,
    threshold_faults,
)
from app.vocabulary.codes import Mode, Stage


@dataclass(frozen=True)
class Origin:
    """The connection through which a request comes: its recruiting system named the people asked.

    `is_proved`: the candidate proved their address by the code of an offer.
    """

    connection_id: UUID
    is_test: bool
    is_proved: bool = True


@dataclass(frozen=True)
class RoundDraft:
    """A round to open, with every default filled in."""

    stage: Stage
    invitees: Sequence[InviteeCreate]
    threshold: Threshold
    closes_on: date
    claim_until: date | None


def draft_round(
    body: FeedbackRequestCreate | RoundCreate, today: date, ctx: Context, *, interviewed_on: date | None = None
) -> tuple[RoundDraft, list[FieldError]]:
    """Return the round that `body` describes, and its errors."""
    stage, wish = body.stage, body.anonymity
    people = len(body.invitees)
    mode, k = default_threshold(max(people, 1))
    faults = []
    if wish is not None and people:
        faults += threshold_faults(wish.mode, wish.k, people, "/anonymity")
        mode, k = wish.mode, wish.k or (1 if wish.mode is Mode.ATTRIBUTED else min(people, 3))
    if body.closes_on is not None:
        faults += closing_faults(body.closes_on, opens_on=today, today=open_day(ctx.clock.now()))
    closes_on = body.closes_on or default_closing(stage, today, mode)
    claim_until = None
    if mode is Mode.BLIND:
        claim_until = claim_window(first_day(today, interviewed_on))
        faults += blind_faults(closes_on, claim_until, available=ctx.blind_seed is not None)
    return RoundDraft(stage, body.invitees, threshold(mode, k, [False] * people), closes_on, claim_until), faults


def addresses_of(invitees: Sequence[InviteeCreate]) -> list[tuple[str, str | None]]:
    """Return for each person a JSON pointer to the address, and the address."""
    return [(f"/invitees/{index}/email", person.email) for index, person in enumerate(invitees)]


def ask_people(
    session: Session,
    row: RequestRow,
    draft: RoundDraft,
    round_key: NewKey,
    today: date,
    ctx: Context,
    origin: Origin | None = None,
) -> RoundOpened:
    """Open a round for people whom the candidate named, or the employer's system (`origin`).

    Return it with their links, unless Debrief mails them.
    """
    codes = [(new_code(), person) for person in draft.invitees]
    channels = [channel_of(row, person.email, named_by_system=origin is not None) for person in draft.invitees]
    plan = RoundPlan(
        id=round_key.id,
        request_id=row.id,
        stage=draft.stage,
        threshold=threshold(draft.threshold.mode, draft.threshold.k, [channel.is_independent for channel in channels]),
        people=len(codes),
        opened_by=OpenedBy.CANDIDATE if origin is None else OpenedBy.CONNECTION,
        opens_on=today,
        closes_on=draft.closes_on,
        briefing=briefing(session, row, reach_by(session, row, channels, ctx)),
        claim_until=draft.claim_until,
        public_key=public_key_of(ctx.blind_seed, round_key.id, draft.threshold.mode),
    )
    sealed = [
        Code(
            code_hash=hash_code(ctx.pepper, code),
            role=person.role,
            name=person.name,
            # An address is kept only where Debrief writes to it.
            address=None if channel is Channel.HANDED_OVER else person.email,
            channel=channel,
        )
        for (code, person), channel in zip(codes, channels, strict=True)
    ]
    opened = open_round(session, plan, sealed, round_key=round_key.key)
    if row.delivery == Delivery.MAIL:
        people = [
            round_mail.Secret(person.email, (code,), person.name or "")
            for code, person in codes
            if person.email is not None
        ]
        round_mail.invite(session, plan, round_key.key, people, confirmed=row.address_confirmed)
        return RoundOpened(round=round_view.show(opened, ctx.operator), links=[])
    asked = links.asked_in(row, opened)
    return RoundOpened(
        round=round_view.show(opened, ctx.operator),
        links=[links.invitee_link(asked, code, person.role, person.name, ctx.base_url) for code, person in codes],
    )
