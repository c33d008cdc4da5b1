"""Raising a request, and asking another group in it: what the candidate begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.rules import TokenKind
from app.context import Context
from app.core.errors import Conflict, FieldError, Invalid
from app.core.tokens import digest, new_code, new_token
from app.requests import links, mail, manager_box
from app.requests.briefing import briefing
from app.requests.candidate_view import find, show
from app.requests.models import RequestRow
from app.requests.new_keys import Prepared
from app.requests.rules import Delivery, RequestState, address_faults, duplicate_faults, interview_faults, over
from app.requests.schemas import (
    FeedbackRequestCreate,
    FeedbackRequestRaised,
    InviteeCreate,
    InviteLink,
    ManagerCreate,
    RoundCreate,
    RoundOpened,
)
from app.rounds import mail as round_mail
from app.rounds import round_view
from app.rounds.blind import public_key_of
from app.rounds.box import Channel, Code
from app.rounds.invitee import hash_code
from app.rounds.lifecycle import RoundPlan, has_round, open_round
from app.rounds.rules import (
    OpenedBy,
    Threshold,
    blind_faults,
    claim_window,
    closing_faults,
    default_closing,
    default_threshold,
    first_day,
    is_independent,
    threshold,
    threshold_faults,
)
from app.vocabulary.codes import Mode, Stage


@dataclass(frozen=True)
class Origin:
    """Through which connection a request comes: then the employer's system named those asked.

    `is_proved`: the candidate's address was proved by the code of an offer.
    """

    connection_id: UUID
    is_test: bool
    is_proved: bool = True


@dataclass(frozen=True)
class Ask:
    """One group to be asked, with everything defaulted."""

    stage: Stage
    invitees: Sequence[InviteeCreate]
    threshold: Threshold
    closes_on: date
    claim_until: date | None


def check_request(body: FeedbackRequestCreate, today: date, *, ctx: Context) -> Ask | None:
    """Return the first round of a request, or None where only a manager is asked. Raises Invalid."""
    errors = interview_faults(body.interviewed_on, today)
    if body.delivery is Delivery.MAIL and not ctx.sends_mail:
        errors.append(FieldError("/delivery", "not_available", "This server sends no mail: hand the links over."))
    if body.manager is None and not body.invitees:
        errors.append(FieldError("", "nobody_asked", "Name the hiring manager, or somebody who met you."))
    people: list[tuple[str, str | None]] = [("/candidate/email", body.candidate.email)]
    if body.manager is not None:
        people.append(("/manager/email", body.manager.email))
    people += _addresses(body.invitees)
    errors += address_faults(body.delivery, people)
    errors += duplicate_faults(people)
    ask, faults = _ask(body, today, ctx, interviewed_on=body.interviewed_on)
    if errors or faults:
        raise Invalid([*errors, *faults])
    return ask if body.invitees else None


def check_round(body: RoundCreate, today: date, *, ctx: Context) -> Ask:
    """Return a later round of a request. Raises Invalid."""
    ask, faults = _ask(body, today, ctx)
    faults += duplicate_faults(_addresses(body.invitees))
    if faults:
        raise Invalid(faults)
    return ask


def raise_request(
    session: Session,
    *,
    body: FeedbackRequestCreate,
    ask: Ask | None,
    request: Prepared,
    round_: Prepared | None,
    today: date,
    ctx: Context,
    origin: Origin | None = None,
) -> FeedbackRequestRaised:
    """Store a request with its first round, and return it with the secrets that are shown this once."""
    token = new_token(TokenKind.MANAGE)
    row = RequestRow(
        id=request.id,
        manage_digest=digest(token),
        state=RequestState.OPEN,
        candidate_name=body.candidate.name,
        candidate_email=body.candidate.email,
        delivery=body.delivery,
        address_confirmed=origin is not None and origin.is_proved,
        confirmation_hash=None,
        company=body.company,
        company_domain=body.company_domain,
        role_title=body.role_title,
        interviewed_on=body.interviewed_on,
        worries=[worry.model_dump(mode="json") for worry in body.worries],
        own_question=body.own_question,
        still_interested=body.still_interested,
        closes_on=body.closes_on,
        has_manager=body.manager is not None,
        manager_name=body.manager.name if body.manager else None,
        created_on=today,
        connection_id=origin.connection_id if origin else None,
        is_test=origin is not None and origin.is_test,
    )
    session.add(row)
    if not row.address_confirmed:
        mail.ask_to_confirm(session, row, request.key, today, ctx)
    handed: list[InviteLink] = []
    if ask is not None and round_ is not None:
        handed += ask_people(session, row, ask, round_, today, ctx, origin).links
    if body.manager is not None:
        # First, since the manager is the one whom a candidate would thank.
        handed = [*_ask_manager(session, row, body.manager, request, today, ctx, origin), *handed]
    shown = show(session, row, ctx)
    return FeedbackRequestRaised(
        **dict(shown), manage_token=token, links=handed, thank_you_note=handed[0].note if handed else None
    )


def ask_again(
    session: Session,
    request_id: UUID,
    manage_digest: bytes,
    *,
    ask: Ask,
    round_: Prepared,
    today: date,
    ctx: Context,
) -> RoundOpened:
    """Open a later round of a request. Raises Conflict if the request is over, or people were asked at this stage."""
    row = find(session, request_id, manage_digest, lock=True)
    if row.state != RequestState.OPEN:
        raise over(RequestState(row.state))
    if has_round(session, request_id, ask.stage):
        raise Conflict("stage_already_asked", "You have asked at this stage already.")
    faults = address_faults(Delivery(row.delivery), _addresses(ask.invitees))
    # Their own address can't be among those asked, who would not be others.
    faults += duplicate_faults([("", row.candidate_email), *_addresses(ask.invitees)])
    if faults:
        raise Invalid(faults)
    return ask_people(session, row, ask, round_, today, ctx)


def ask_people(
    session: Session,
    row: RequestRow,
    ask: Ask,
    round_: Prepared,
    today: date,
    ctx: Context,
    origin: Origin | None = None,
) -> RoundOpened:
    """Open a round for people whom the candidate named, or the employer's system (`origin`); return it with their
    links, unless Debrief mails them.
    """
    codes = [(new_code(), person) for person in ask.invitees]
    channels = [_channel(row, person.email, origin) for person in ask.invitees]
    plan = RoundPlan(
        id=round_.id,
        request_id=row.id,
        stage=ask.stage,
        threshold=threshold(ask.threshold.mode, ask.threshold.k, [channel.is_independent for channel in channels]),
        people=len(codes),
        opened_by=OpenedBy.CANDIDATE if origin is None else OpenedBy.CONNECTION,
        opens_on=today,
        closes_on=ask.closes_on,
        briefing=briefing(session, row),
        claim_until=ask.claim_until,
        public_key=public_key_of(ctx.blind_seed, round_.id, ask.threshold.mode),
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
    opened = open_round(session, plan, sealed, round_key=round_.key)
    if row.delivery == Delivery.MAIL:
        people = [(person.email, code) for code, person in codes if person.email is not None]
        round_mail.invite(session, plan, round_.key, people, confirmed=row.address_confirmed)
        return RoundOpened(round=round_view.show(opened, ctx.operator), links=[])
    return RoundOpened(
        round=round_view.show(opened, ctx.operator),
        links=[_link(row, ask, plan, code, person, ctx.base_url) for code, person in codes],
    )


def _ask_manager(
    session: Session,
    row: RequestRow,
    asked: ManagerCreate,
    request: Prepared,
    today: date,
    ctx: Context,
    origin: Origin | None,
) -> list[InviteLink]:
    """Make the manager's link; return it, unless Debrief mails it."""
    code = new_code()
    channel = _channel(row, asked.email, origin)
    manager_box.create(
        session,
        row.id,
        request.key,
        hash_code(ctx.pepper, code),
        asked.name,
        channel=channel,
        address=None if channel is Channel.HANDED_OVER else asked.email,
    )
    if channel is not Channel.HANDED_OVER and asked.email is not None:
        mail.invite_manager(session, row, request.key, asked.email, code, today)
        return []
    url = links.manager_url(ctx.base_url, row.id, code)
    note = links.manager_note(candidate=row.candidate_name, role_title=row.role_title, to=asked.name, url=url)
    return [InviteLink(role="manager", name=asked.name, url=url, code=code, note=note)]


def _channel(row: RequestRow, address: str | None, origin: Origin | None) -> Channel:
    """Return how a code gets to somebody."""
    if origin is not None:
        return Channel.ATS
    if row.delivery != Delivery.MAIL or address is None:
        return Channel.HANDED_OVER
    if is_independent(address, row.company_domain, row.candidate_email):
        return Channel.MAILED
    return Channel.MAILED_ELSEWHERE


def _addresses(invitees: Sequence[InviteeCreate]) -> list[tuple[str, str | None]]:
    return [(f"/invitees/{index}/email", person.email) for index, person in enumerate(invitees)]


def _ask(
    body: FeedbackRequestCreate | RoundCreate, today: date, ctx: Context, *, interviewed_on: date | None = None
) -> tuple[Ask, list[FieldError]]:
    """Return what was asked for, and what is wrong with it."""
    stage, wish = body.stage, body.anonymity
    people = len(body.invitees)
    mode, k = default_threshold(max(people, 1))
    faults = []
    if wish is not None and people:
        faults += threshold_faults(wish.mode, wish.k, people, "/anonymity")
        mode, k = wish.mode, wish.k or (1 if wish.mode is Mode.ATTRIBUTED else min(people, 3))
    if body.closes_on is not None:
        faults += closing_faults(body.closes_on, opens_on=today, today=today)
    closes_on = body.closes_on or default_closing(stage, today, mode)
    claim_until = None
    if mode is Mode.BLIND:
        claim_until = claim_window(first_day(today, interviewed_on))
        faults += blind_faults(closes_on, claim_until, available=ctx.blind_seed is not None)
    return Ask(stage, body.invitees, threshold(mode, k, [False] * people), closes_on, claim_until), faults


def _link(row: RequestRow, ask: Ask, plan: RoundPlan, code: str, person: InviteeCreate, base_url: str) -> InviteLink:
    url = links.round_url(base_url, plan.id, code, public_key=plan.public_key)
    note = links.interviewer_note(
        stage=ask.stage,
        candidate=row.candidate_name,
        role_title=row.role_title,
        to=person.name,
        url=url,
        mode=ask.threshold.mode,
        claim_until=ask.claim_until,
    )
    return InviteLink(role=person.role.value, name=person.name, url=url, code=code, note=note)
