"""What a candidate does with an offer: look, accept, decline; or come by a link without a secret and prove the address.

Accepting raises the request, as the candidate's own: the employer's system gets neither its token nor a link.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
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

# How many mails with the code may be asked for on one day.
MOST_CODES = 5


@dataclass(frozen=True)
class Offer:
    """An offer whose code was proved, with all that is known of it."""

    row: ApplicationRow
    dossier: Dossier
    settings: ConnectionSettings
    is_test: bool


def offer_url(base_url: str, application_id: UUID, code: str | None = None) -> str:
    """Return the link to an offer: with its code for the candidate alone, or without for any mail."""
    return f"{base_url}/offer/{application_id}" + (f"#c={code}" if code else "")


async def view(ctx: Context, offer_id: UUID, code: str) -> OfferShown:
    """Return what is offered. Changes nothing."""
    key = await ctx.keys.find(KeyName(Purpose.APPLICATION, offer_id))
    return await ctx.db.read(_view, ctx, offer_id, code, key)


async def accept(ctx: Context, offer_id: UUID, body: OfferAccept) -> bytes:
    """Raise the request of an offer; return the `OfferAccepted` as JSON. The same nonce gets the same for a day."""
    key = await ctx.keys.find(KeyName(Purpose.APPLICATION, offer_id))
    code_hash = hash_code(ctx.pepper, body.code)
    today = ctx.clock.now().date()

    def authorize(session: Session) -> Offer:
        return _prove(session, ctx, offer_id, body.code, key)

    def draft(_: Session, found: Offer) -> Draft[RoundDraft | None]:
        _check_open(found.row, today)
        asked = request_draft.request_of(found.dossier, found.settings, body, today)
        return create.check_request(asked, today, ctx=ctx)

    def store(session: Session, _: RoundDraft | None, keys: Sequence[NewKey]) -> tuple[UUID, bytes]:
        found = _prove(session, ctx, offer_id, body.code, key, lock=True)
        _check_open(found.row, today)
        # Once more, now that nobody can change what is known: an interview may have been cancelled meanwhile.
        asked = request_draft.request_of(found.dossier, found.settings, body, today)
        draft = create.check_request(asked, today, ctx=ctx).content
        origin = Origin(found.row.connection_id, found.is_test)
        raised = create.store_request(session, body=asked, draft=draft, keys=keys, today=today, ctx=ctx, origin=origin)
        _note_acceptance(session, found.row, raised, shares=body.share_state_with_employer, today=today)
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
    """Note that the candidate does not wish to be told. Repeating it gets the same."""
    key = await ctx.keys.find(KeyName(Purpose.APPLICATION, offer_id))

    def act(session: Session) -> None:
        row = _prove(session, ctx, offer_id, body.code, key, lock=True).row
        today = ctx.clock.now().date()
        if row.uptake == Uptake.DECLINED:
            return
        # What is paused can be declined, too: nobody has to wait to say that they do not wish to be told.
        if _uptake(row) is not Uptake.PAUSED:
            _check_open(row, today)
        elif row.request_id is not None:
            raise _already_accepted()
        move(row, Uptake.DECLINED)
        row.shares_state = body.share_state_with_employer
        if row.shares_state:
            offers.show(session, row, today)

    await ctx.db.write(act)
    return OfferDeclined(status="declined")


async def send_code(ctx: Context, offer_id: UUID, email: str) -> None:
    """Mail a code to whoever gave the address that the company knows; whatever was given, nothing tells.

    Whoever comes by the company's own mail was told by it: there is nothing left to hold back. What the company sees of
    the offer changes at its hour all the same.
    """
    key = await ctx.keys.find(KeyName(Purpose.APPLICATION, offer_id))
    if key is not None:
        await ctx.db.write(_send_code, ctx, offer_id, key, email)


def _send_code(session: Session, ctx: Context, offer_id: UUID, key: bytes, email: str) -> None:
    row = session.get(ApplicationRow, offer_id, with_for_update=True, populate_existing=True)
    if row is None or not row.dossier:
        return
    today = ctx.clock.now().date()
    code = offers.code_of(key, row.id)
    due = _is_code_due(session, row, open_dossier(key, row.id, row.dossier), email, today)
    if due and offers.may_put_out(row):
        offers.put_out(row, code, today, ctx)
    row.codes_on, row.codes = today, (row.codes if row.codes_on == today else 0) + due
    # All of it in any case, and a row in any case: one that is addressed to nobody is dropped when it is opened. So
    # neither the time that this takes nor what it leaves tells whether the address was right, or what became of the
    # offer.
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
    """Tell whether the code is to be mailed to this address. What others ask for with theirs uses up nothing."""
    rejected = row.status == ApplicationStatus.REJECTED and row.reason != Reason.POSSIBLE_MERGE
    connection = session.get_one(ConnectionRow, row.connection_id)
    # Through one that was switched off no offers are made; one that was made stands.
    makes_offers = row.offer == OfferState.WAITING and connection.state != ConnectionState.DISABLED
    is_out = _uptake(row) is Uptake.OPEN or (offers.may_put_out(row) and makes_offers)
    sent = row.codes if row.codes_on == today else 0
    return rejected and is_out and sent < MOST_CODES and email in own_addresses(dossier)


def _view(session: Session, ctx: Context, offer_id: UUID, code: str, key: bytes | None) -> OfferShown:
    found = _prove(session, ctx, offer_id, code, key)
    uptake = _uptake(found.row)
    if found.row.accept_until is None or uptake is None or uptake not in _SHOWN:
        raise request_draft.over()
    if uptake is Uptake.OPEN:
        _check_open(found.row, ctx.clock.now().date())
    candidate = found.dossier.candidate
    people = [person for person, _ in request_draft.asked(found.dossier, found.settings)]
    if not people and uptake is Uptake.OPEN:
        # Interviews were cancelled meanwhile: nobody is left to be asked.
        raise request_draft.over()
    return OfferShown(
        state=_SHOWN[uptake],
        candidate_name=(request_draft.named(candidate.name) if candidate else None) or "",
        company=found.settings.company,
        role_title=request_draft.role_title(found.dossier),
        interviewed_on=request_draft.met_on(found.dossier, ctx.clock.now().date()),
        people=len(people),
        met=not request_draft.met_nobody(found.dossier),
        manager=request_draft.manager_of(found.dossier, people) is not None,
        accept_until=found.row.accept_until,
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


def _prove(
    session: Session, ctx: Context, offer_id: UUID, code: str, key: bytes | None, *, lock: bool = False
) -> Offer:
    """Return the offer that a code opens. Raises Unknown, the same for all that can't be."""
    row = session.get(ApplicationRow, offer_id, with_for_update=lock, populate_existing=lock)
    known = row.offer_hash if row is not None and row.offer_hash is not None else bytes(32)
    matches = hmac.compare_digest(hash_code(ctx.pepper, code), known)
    if row is None or key is None or not row.dossier or not matches:
        raise Unknown("unknown_offer", "This link is not known here. Please check that it was copied whole.")
    connection = session.get_one(ConnectionRow, row.connection_id)
    return Offer(row, open_dossier(key, row.id, row.dossier), connections.settings_of(connection), connection.is_test)


def _uptake(row: ApplicationRow) -> Uptake | None:
    """Return what the candidate made of an offer. What the employer has told counts before the rest follows."""
    if row.uptake is None:
        return None
    return uptake_after(Uptake(row.uptake), row.status, row.reason, has_request=row.request_id is not None)


def _check_open(row: ApplicationRow, today: date) -> None:
    uptake = _uptake(row)
    if uptake is Uptake.ACCEPTED:
        raise _already_accepted()
    if uptake is Uptake.PAUSED:
        raise Conflict("offer_paused", "The company has reopened your application: there is nothing to be told yet.")
    if uptake is not Uptake.OPEN or row.accept_until is None or row.accept_until < today:
        raise request_draft.over()


def _already_accepted() -> Conflict:
    return Conflict("already_accepted", "This offer was accepted. The link to your request is in your mail.")


def _note_acceptance(
    session: Session, row: ApplicationRow, raised: FeedbackRequestRaised, *, shares: bool, today: date
) -> None:
    move(row, Uptake.ACCEPTED)
    row.request_id, row.shares_state = raised.id, shares
    if not shares:
        return
    offers.show(session, row, today)
    data = {
        "connection_id": str(row.connection_id),
        "application_remote_id": row.remote_id,
        "feedback_request_id": str(raised.id),
    }
    announce(session, row.connection_id, "feedback_request.raised", data, on=today)
    for one in raised.rounds:
        announce(session, row.connection_id, "round.opened", {**data, "round_id": str(one.id)}, on=today)
