"""The candidate's side of an offer: view, accept or decline it, or get its code by mail.

Accepting creates a feedback request of the candidate's own: the ATS gets neither its token nor a link to it.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.accounts import connections
from app.accounts.models import ConnectionRow
from app.accounts.rules import ConnectionSettings, ConnectionState
from app.applications import offers, request_draft
from app.applications.dossier import ApplicationStatus, Dossier
from app.applications.dossier_store import open_dossier
from app.applications.models import ApplicationRow
from app.applications.rules import OfferState, Reason, Uptake, move, own_addresses, uptake_after
from app.applications.schemas import OfferAccept, OfferAccepted, OfferDecline, OfferDeclined, OfferShown
from app.context import Context
from app.core.days import end_of_day, open_day
from app.core.errors import Conflict, Unknown
from app.delivery import outbox
from app.delivery.webhooks.events import announce
from app.requests import create
from app.requests import mail as request_mail
from app.requests.create_once import Attempt, Draft, NewKey, create_once
from app.requests.invitees import Origin, RoundDraft
from app.requests.schemas import FeedbackRequestRaised
from app.rounds.invitee import hash_code
from app.rounds.mail import MailKind, Secret, sealed_row
from app.sealing.keystore import KeyName, Purpose

# How many mails with the code of an offer are sent on one day.
MAX_CODES_PER_DAY = 5


@dataclass(frozen=True)
class Offer:
    """An offer whose code was verified, with its decrypted dossier."""

    row: ApplicationRow
    dossier: Dossier
    settings: ConnectionSettings
    is_test: bool


def offer_url(base_url: str, application_id: UUID, code: str | None = None) -> str:
    """Return the link to an offer: with its code for the candidate alone, or without for the ATS to mail."""
    return f"{base_url}/offer/{application_id}" + (f"#c={code}" if code else "")


async def view(ctx: Context, offer_id: UUID, code: str) -> OfferShown:
    """Return what the page of an offer shows. Changes nothing."""
    key = await ctx.keys.find(KeyName(Purpose.APPLICATION, offer_id))
    return await ctx.db.read(_view, ctx, offer_id, code, key)


async def accept(ctx: Context, offer_id: UUID, body: OfferAccept) -> bytes:
    """Create the request of an offer; return `OfferAccepted` as JSON. The same nonce returns the same for a day."""
    key = await ctx.keys.find(KeyName(Purpose.APPLICATION, offer_id))
    code_hash = hash_code(ctx.pepper, body.code)
    today = ctx.clock.now().date()

    def authorize(session: Session) -> Offer:
        return _verify_code(session, ctx, offer_id, body.code, key)

    def draft(_: Session, found: Offer) -> Draft[RoundDraft | None]:
        _check_open(found.row, ctx.clock.now())
        asked = request_draft.build_request(found.dossier, found.settings, body, today)
        return create.check_request(asked, today, ctx=ctx)

    def store(session: Session, _: RoundDraft | None, keys: Sequence[NewKey]) -> tuple[UUID, bytes]:
        found = _verify_code(session, ctx, offer_id, body.code, key, lock=True)
        _check_open(found.row, ctx.clock.now())
        # Again, now that the row is locked: an interview may have been cancelled meanwhile.
        asked = request_draft.build_request(found.dossier, found.settings, body, today)
        draft = create.check_request(asked, today, ctx=ctx).content
        origin = Origin(found.row.connection_id, found.is_test)
        raised = create.store_request(session, body=asked, draft=draft, keys=keys, today=today, ctx=ctx, origin=origin)
        _record_acceptance(session, found.row, raised, shares=body.share_state_with_employer, today=today)
        address, token = asked.candidate.email, raised.manage_token
        request_mail.mail_manage_link(session, raised.id, keys[0].key, address, token, today)
        url = f"{ctx.base_url}/requests/{raised.id}#m={token}"
        accepted = OfferAccepted(id=raised.id, manage_token=token, manage_url=url, rounds=raised.rounds)
        return raised.id, accepted.model_dump_json().encode()

    attempt = Attempt(
        f"offer:{offer_id}:{code_hash.hex()}:{body.nonce}",
        body.model_dump_json(exclude={"pad", "code"}).encode(),
        today,
    )
    return await create_once(ctx, attempt, authorize=authorize, draft=draft, store=store)


async def decline(ctx: Context, offer_id: UUID, body: OfferDecline) -> OfferDeclined:
    """Decline an offer. Repeating it returns the same."""
    key = await ctx.keys.find(KeyName(Purpose.APPLICATION, offer_id))

    def act(session: Session) -> None:
        row = _verify_code(session, ctx, offer_id, body.code, key, lock=True).row
        today = ctx.clock.now().date()
        if row.uptake == Uptake.DECLINED:
            return
        # A paused offer can be declined too: nobody has to wait for the pause to end.
        if _current_uptake(row) is not Uptake.PAUSED:
            _check_open(row, ctx.clock.now())
        elif row.request_id is not None:
            raise _already_accepted()
        move(row, Uptake.DECLINED)
        row.shares_state = body.share_state_with_employer
        if row.shares_state:
            offers.show_to_employer(session, row, today)

    await ctx.db.write(act)
    return OfferDeclined(status="declined")


async def send_code(ctx: Context, offer_id: UUID, email: str) -> None:
    """Mail the code of an offer if `email` is the candidate's address. The response is the same if it is not.

    The code may be sent before the offer is due: the company's own mail has told this candidate of the rejection. The
    company still sees no change before the offer is due.
    """
    key = await ctx.keys.find(KeyName(Purpose.APPLICATION, offer_id))
    if key is not None:
        await ctx.db.write(_send_code, ctx, offer_id, key, email)


def _send_code(session: Session, ctx: Context, offer_id: UUID, key: bytes, email: str) -> None:
    row = session.get(ApplicationRow, offer_id, with_for_update=True, populate_existing=True)
    if row is None or not row.dossier:
        return
    today = ctx.clock.now().date()
    code = offers.derive_code(key, row.id)
    due = _is_code_due(session, row, open_dossier(key, row.id, row.dossier), email, today)
    if due and offers.may_issue(row):
        offers.issue(row, code, today, ctx)
    row.codes_on, row.codes = today, (row.codes if row.codes_on == today else 0) + due
    # Write all columns and a mail in any case; a mail without an address is dropped when it is opened. So neither the
    # duration nor the rows reveal whether the address was right, or how the offer stands.
    for column in ("uptake", "offer_hash", "accept_until", "codes_on", "codes"):
        flag_modified(row, column)
    mail = sealed_row(
        KeyName(Purpose.APPLICATION, row.id),
        key,
        Secret(email if due else "", (code,)),
        kind=MailKind.OFFER_CODE,
        group_id=row.id,
        send_on=today,
    )
    outbox.enqueue(session, [mail])


def _is_code_due(session: Session, row: ApplicationRow, dossier: Dossier, email: str, today: date) -> bool:
    """Tell whether to mail the code to this address. Requests with a wrong address do not count towards the limit."""
    rejected = row.status == ApplicationStatus.REJECTED and row.reason != Reason.POSSIBLE_MERGE
    connection = session.get_one(ConnectionRow, row.connection_id)
    # A disabled connection makes no new offers; an offer that was made stands.
    makes_offers = row.offer == OfferState.WAITING and connection.state != ConnectionState.DISABLED
    is_available = _current_uptake(row) is Uptake.OPEN or (offers.may_issue(row) and makes_offers)
    sent = row.codes if row.codes_on == today else 0
    return rejected and is_available and sent < MAX_CODES_PER_DAY and email in own_addresses(dossier)


def _view(session: Session, ctx: Context, offer_id: UUID, code: str, key: bytes | None) -> OfferShown:
    found = _verify_code(session, ctx, offer_id, code, key)
    uptake = _current_uptake(found.row)
    if found.row.accept_until is None or uptake is None or uptake not in _SHOWN:
        raise request_draft.offer_over()
    if uptake is Uptake.OPEN:
        _check_open(found.row, ctx.clock.now())
    candidate = found.dossier.candidate
    people = [person for person, _ in request_draft.find_invitees(found.dossier, found.settings)]
    if not people and uptake is Uptake.OPEN:
        # All interviews were cancelled after the offer was made: nobody is left to ask.
        raise request_draft.offer_over()
    return OfferShown(
        state=_SHOWN[uptake],
        candidate_name=(request_draft.clean_name(candidate.name) if candidate else None) or "",
        company=found.settings.company,
        role_title=request_draft.role_title(found.dossier),
        interviewed_on=request_draft.last_met_on(found.dossier, ctx.clock.now().date()),
        people=len(people),
        met=not request_draft.has_no_interview(found.dossier),
        manager=request_draft.find_manager(found.dossier, people) is not None,
        accept_until=found.row.accept_until,
        closes_at=end_of_day(found.row.accept_until),
        hold_hours=found.settings.hold_hours,
        region=found.settings.region,
        languages=list(found.settings.languages),
        sections=list(found.settings.sections),
    )


_SHOWN = {
    Uptake.OPEN: "offered",
    Uptake.ACCEPTED: "accepted",
    Uptake.DECLINED: "declined",
    Uptake.PAUSED: "paused",
}


def _verify_code(
    session: Session, ctx: Context, offer_id: UUID, code: str, key: bytes | None, *, lock: bool = False
) -> Offer:
    """Return the offer that this code opens. Raises Unknown, with the same message for every cause."""
    row = session.get(ApplicationRow, offer_id, with_for_update=lock, populate_existing=lock)
    known = row.offer_hash if row is not None and row.offer_hash is not None else bytes(32)
    matches = hmac.compare_digest(hash_code(ctx.pepper, code), known)
    if row is None or key is None or not row.dossier or not matches:
        raise Unknown("unknown_offer", "This link is not known here. Please check that it was copied whole.")
    connection = session.get_one(ConnectionRow, row.connection_id)
    return Offer(row, open_dossier(key, row.id, row.dossier), connections.settings_of(connection), connection.is_test)


def _current_uptake(row: ApplicationRow) -> Uptake | None:
    """Return the uptake of an offer, with ATS updates that `follow_up` is still to apply."""
    if row.uptake is None:
        return None
    return uptake_after(Uptake(row.uptake), row.status, row.reason, has_request=row.request_id is not None)


def _check_open(row: ApplicationRow, now: datetime) -> None:
    uptake = _current_uptake(row)
    if uptake is Uptake.ACCEPTED:
        raise _already_accepted()
    if uptake is Uptake.PAUSED:
        raise Conflict("offer_paused", "The company has reopened your application: there is nothing to be told yet.")
    if uptake is not Uptake.OPEN or row.accept_until is None or row.accept_until < open_day(now):
        raise request_draft.offer_over()


def _already_accepted() -> Conflict:
    return Conflict("already_accepted", "This offer was accepted. The link to your request is in your mail.")


def _record_acceptance(
    session: Session, row: ApplicationRow, raised: FeedbackRequestRaised, *, shares: bool, today: date
) -> None:
    move(row, Uptake.ACCEPTED)
    row.request_id, row.shares_state = raised.id, shares
    if not shares:
        return
    offers.show_to_employer(session, row, today)
    data = {
        "connection_id": str(row.connection_id),
        "application_remote_id": row.remote_id,
        "feedback_request_id": str(raised.id),
    }
    announce(session, row.connection_id, "feedback_request.raised", data, on=today)
    for one in raised.rounds:
        announce(session, row.connection_id, "round.opened", {**data, "round_id": str(one.id)}, on=today)
