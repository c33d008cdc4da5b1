"""Raise a request: for a candidate, or for an employer's connection."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import connections
from app.accounts.rules import TokenKind
from app.context import Context
from app.core.errors import FieldError, Invalid, one
from app.core.tokens import digest, new_code, new_token
from app.delivery.models import Hold
from app.requests import link_copies, links, mail, manager_box
from app.requests.candidate_view import show_request
from app.requests.create_once import Attempt, Draft, NewKey, create_once
from app.requests.invitees import Origin, RoundDraft, addresses_of, ask_people, draft_round
from app.requests.models import RequestRow
from app.requests.reach import channel_of
from app.requests.rules import Delivery, RequestState, address_faults, duplicate_faults, interview_faults
from app.requests.schemas import (
    FeedbackRequest,
    FeedbackRequestCreate,
    FeedbackRequestRaised,
    InviteLink,
    ManagerCreate,
)
from app.rounds.box import Channel
from app.rounds.invitee import hash_code
from app.sealing.keystore import Purpose


async def raise_request(
    ctx: Context, body: FeedbackRequestCreate, *, idempotency_key: str | None, raw: bytes, origin: Origin | None = None
) -> bytes:
    """Raise a request; return the `FeedbackRequestRaised` as JSON. For a day the same key and `raw` get the same.

    If a connection raises it (`origin`), the answer is a `FeedbackRequest`: its secrets go by mail.
    """
    today = ctx.clock.now().date()

    def store(session: Session, draft: RoundDraft | None, keys: Sequence[NewKey]) -> tuple[UUID, bytes]:
        raised = store_request(session, body=body, draft=draft, keys=keys, today=today, ctx=ctx, origin=origin)
        if origin is None:
            return raised.id, raised.model_dump_json().encode()
        address, token = body.candidate.email, raised.manage_token
        mail.mail_manage_link(session, raised.id, keys[0].key, address, token, today, held_for=Hold.CONFIRMATION)
        return raised.id, raised.model_dump_json(include=set(FeedbackRequest.model_fields)).encode()

    return await create_once(
        ctx,
        Attempt(idempotency_key, raw, today),
        authorize=lambda _: None,
        draft=lambda _, __: check_request(body, today, ctx=ctx),
        store=store,
    )


async def raise_for_connection(
    ctx: Context, connection_id: UUID, body: FeedbackRequestCreate, *, idempotency_key: str | None, raw: bytes
) -> bytes:
    """Raise a request for an employer's system; return the `FeedbackRequest` as JSON, without token and links.

    Both go by mail to their owners, once the candidate has confirmed the address that the system gave. The company is
    the connection's own: no connection asks in the name of another company.
    """
    if body.delivery is not Delivery.MAIL:
        raise one("/delivery", "mail_only", "A connection gets no links: let Debrief mail them.")
    connection = await ctx.db.read(connections.find, connection_id)
    settings = connections.settings_of(connection)
    own = body.model_copy(update={"company": settings.company, "company_domain": settings.company_domain})
    own_key = None if idempotency_key is None else f"connection:{connection_id}:{idempotency_key}"
    origin = Origin(connection_id, connection.is_test, is_proved=False)
    return await raise_request(ctx, own, idempotency_key=own_key, raw=raw, origin=origin)


def check_request(body: FeedbackRequestCreate, today: date, *, ctx: Context) -> Draft[RoundDraft | None]:
    """Return the first round of a request, or None if only the manager is asked. Raises Invalid."""
    errors = interview_faults(body.interviewed_on, today)
    if body.delivery is Delivery.MAIL and not ctx.sends_mail:
        errors.append(FieldError("/delivery", "not_available", "This server sends no mail: hand the links over."))
    if body.candidate.mail_link and not ctx.sends_mail:
        errors.append(FieldError("/candidate/mail_link", "not_available", "This server sends no mail: keep the link."))
    if body.candidate.mail_link and body.candidate.email is None:
        errors.append(FieldError("/candidate/email", "required", "Debrief can mail the link only to an address."))
    if body.manager is None and not body.invitees:
        errors.append(FieldError("", "nobody_asked", "Name the hiring manager, or somebody who met you."))
    people: list[tuple[str, str | None]] = [("/candidate/email", body.candidate.email)]
    if body.manager is not None:
        people.append(("/manager/email", body.manager.email))
    people += addresses_of(body.invitees)
    errors += address_faults(body.delivery, people)
    errors += duplicate_faults(people)
    draft, faults = draft_round(body, today, ctx, interviewed_on=body.interviewed_on)
    if errors or faults:
        raise Invalid([*errors, *faults])
    if not body.invitees:
        return Draft(None, [Purpose.REQUEST])
    return Draft(draft, [Purpose.REQUEST, Purpose.ROUND])


def store_request(
    session: Session,
    *,
    body: FeedbackRequestCreate,
    draft: RoundDraft | None,
    keys: Sequence[NewKey],
    today: date,
    ctx: Context,
    origin: Origin | None = None,
) -> FeedbackRequestRaised:
    """Store a request with its first round. Return it with its secrets.

    `keys` are those that `check_request` asked for: of the request, and of its round if there is one.
    """
    request_key, *round_keys = keys
    token = new_token(TokenKind.MANAGE)
    row = RequestRow(
        id=request_key.id,
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
        wanted = token if body.candidate.mail_link and origin is None else None
        mail.ask_to_confirm(session, row, request_key.key, today, ctx, token=wanted)
    handed_over: list[InviteLink] = []
    # An offer may have got its first interviewer between the check and this transaction: then there is no key.
    if draft is not None and round_keys:
        handed_over += ask_people(session, row, draft, round_keys[0], today, ctx, origin).links
        link_copies.keep(session, round_keys[0].id, round_keys[0].key, token, handed_over)
    if body.manager is not None:
        # First, since the manager is the one whom a candidate would thank.
        for_manager = _ask_manager(session, row, body.manager, request_key, today, ctx, origin)
        link_copies.keep(session, row.id, request_key.key, token, for_manager)
        handed_over = [*for_manager, *handed_over]
    shown = show_request(session, row, ctx)
    return FeedbackRequestRaised(
        **dict(shown),
        manage_token=token,
        links=handed_over,
        thank_you_note=handed_over[0].note if handed_over else None,
    )


def _ask_manager(
    session: Session,
    row: RequestRow,
    asked: ManagerCreate,
    request_key: NewKey,
    today: date,
    ctx: Context,
    origin: Origin | None,
) -> list[InviteLink]:
    """Make the manager's link; return it, unless Debrief mails it."""
    code = new_code()
    channel = channel_of(row, asked.email, named_by_system=origin is not None)
    manager_box.create(
        session,
        row.id,
        request_key.key,
        hash_code(ctx.pepper, code),
        asked.name,
        channel=channel,
        address=None if channel is Channel.HANDED_OVER else asked.email,
    )
    if channel is not Channel.HANDED_OVER and asked.email is not None:
        mail.invite_manager(session, row, request_key.key, asked.email, code, today)
        return []
    return [
        links.manager_link(
            row.id,
            code,
            asked.name,
            candidate=row.candidate_name,
            role_title=row.role_title,
            base_url=ctx.base_url,
        )
    ]
