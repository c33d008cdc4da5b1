"""Mails of a request that could not be delivered, as far as they show nothing about answers."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from app.delivery import bounces
from app.requests.models import RequestRow
from app.requests.schemas import Recipient, UndeliveredMail
from app.rounds.feedback import RoundRead
from app.rounds.mail import MailKind
from app.rounds.rules import RoundState
from app.vocabulary.codes import Mode

_TO_CANDIDATE = (MailKind.CONFIRMATION, MailKind.MANAGE_LINK, MailKind.ROUND_OVER)
_KINDS = (*_TO_CANDIDATE, MailKind.MANAGER_INVITATION, MailKind.INVITATION)
_OWN = "Mail to your own address could not be delivered. If it is mistyped, withdraw this request and start again."
_OWN_CONFIRMED = "Mail to your own address could not be delivered. Keep your link to this page: it goes on working."
_MANAGER = "The invitation to the hiring manager could not be delivered. Check the address, or ask them another way."
_INVITEE = "An invitation could not be delivered. Check the address, or ask the person another way."


def undelivered(session: Session, row: RequestRow, rounds: Sequence[RoundRead]) -> list[UndeliveredMail]:
    """Return the failed mails that the candidate may know of.

    It leaves out rounds without names: if one of three people can't be reached, only two can have answered.
    """
    signed = [
        read.row.id for read in rounds if read.row.mode == Mode.ATTRIBUTED and read.state is RoundState.COLLECTING
    ]
    failed = bounces.undelivered(session, [row.id, *signed], _KINDS)
    found = []
    if any((row.id, kind) in failed for kind in _TO_CANDIDATE):
        found.append(_failed_mail(Recipient.CANDIDATE, _OWN_CONFIRMED if row.address_confirmed else _OWN))
    if (row.id, MailKind.MANAGER_INVITATION) in failed:
        found.append(_failed_mail(Recipient.MANAGER, _MANAGER))
    found += [_failed_mail(Recipient.INVITEE, _INVITEE, one) for one in signed if (one, MailKind.INVITATION) in failed]
    return found


def _failed_mail(recipient: Recipient, message: str, round_id: UUID | None = None) -> UndeliveredMail:
    return UndeliveredMail(recipient=recipient, round_id=round_id, message=message)
