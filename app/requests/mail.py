"""Mail of a request: outbox rows to its candidate and its manager, and the confirmation of an address."""

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.context import Context
from app.core.errors import Unknown
from app.core.tokens import new_code
from app.delivery import outbox
from app.delivery.models import Hold
from app.requests.models import RequestRow
from app.requests.rules import Delivery
from app.rounds.invitee import hash_code
from app.rounds.mail import MailKind, Secret, sealed_row, start_after_confirmation
from app.rounds.rules import first_day
from app.sealing.keystore import KeyName, Purpose


def ask_to_confirm(
    session: Session, row: RequestRow, key: bytes, today: date, ctx: Context, *, token: str | None = None
) -> None:
    """Mail the candidate a code that confirms their address. Everything else waits for it.

    With `token`, the same mail has their own link. It is sealed until the mail is sent, and wiped then.
    """
    if row.candidate_email is None or not ctx.sends_mail:
        return
    code = new_code()
    row.confirmation_hash = hash_code(ctx.pepper, code)
    mail = sealed_row(
        KeyName(Purpose.REQUEST, row.id),
        key,
        Secret(row.candidate_email, (code,) if token is None else (code, token)),
        kind=MailKind.CONFIRMATION,
        group_id=row.id,
        send_on=today,
    )
    outbox.enqueue(session, [mail])


def invite_manager(session: Session, row: RequestRow, key: bytes, address: str, code: str, today: date) -> None:
    """Mail the manager an invitation, and hold a second mail for the end of a round."""
    name, secret = KeyName(Purpose.REQUEST, row.id), Secret(address, (code,))
    first = first_day(today, row.interviewed_on)
    waiting = None if row.address_confirmed else Hold.CONFIRMATION
    planned = (
        (MailKind.MANAGER_INVITATION, waiting),
        (MailKind.TEAM_QUESTION, waiting or Hold.OUTCOME),
        # Never sent itself: each mail about replies is a copy of it.
        (MailKind.MANAGER_REPLIED, waiting or Hold.OUTCOME),
    )
    outbox.enqueue(
        session,
        [
            sealed_row(name, key, secret, kind=kind, group_id=row.id, send_on=first, held_for=hold)
            for kind, hold in planned
        ],
    )


def mail_manage_link(
    session: Session,
    request_id: UUID,
    key: bytes,
    address: str | None,
    token: str,
    today: date,
    *,
    held_for: Hold | None = None,
) -> None:
    """Mail the candidate the manage link of a request that came through a connection."""
    if address is None:
        return
    mail = sealed_row(
        KeyName(Purpose.REQUEST, request_id),
        key,
        Secret(address, (token,)),
        kind=MailKind.MANAGE_LINK,
        group_id=request_id,
        send_on=today,
        held_for=held_for,
    )
    outbox.enqueue(session, [mail])


def mail_panel(
    session: Session, row: RequestRow, key: bytes, round_id: UUID, address: str, codes: tuple[str, ...], today: date
) -> None:
    """Mail the manager the message for the team, at their address at the company."""
    unconfirmed = row.delivery == Delivery.MAIL and not row.address_confirmed
    mail = sealed_row(
        KeyName(Purpose.REQUEST, row.id),
        key,
        Secret(address, codes),
        kind=MailKind.PANEL_LINKS,
        group_id=round_id,
        send_on=today,
        held_for=Hold.CONFIRMATION if unconfirmed else None,
    )
    outbox.enqueue(session, [mail])


def confirm_address(session: Session, *, code_hash: bytes, today: date) -> None:
    """Confirm the candidate's address and release the mails that wait for it. Raises Unknown."""
    statement = select(RequestRow).where(RequestRow.confirmation_hash == code_hash).with_for_update()
    row = session.scalars(statement).one_or_none()
    if row is None:
        raise Unknown("unknown_code", "This code is not known here. Please check that it was copied whole.")
    if row.address_confirmed:
        return
    row.address_confirmed = True
    first = first_day(today, row.interviewed_on)
    outbox.release_hold(session, row.id, MailKind.MANAGE_LINK, Hold.CONFIRMATION, send_on=today)
    outbox.release_hold(session, row.id, MailKind.MANAGER_INVITATION, Hold.CONFIRMATION, send_on=first)
    outbox.release_hold(session, row.id, MailKind.TEAM_QUESTION, Hold.CONFIRMATION, now_for=Hold.OUTCOME)
    outbox.release_hold(session, row.id, MailKind.MANAGER_REPLIED, Hold.CONFIRMATION, now_for=Hold.OUTCOME)
    start_after_confirmation(session, row.id, today)
