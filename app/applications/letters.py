"""Mails to candidates: the offer of feedback, and the code of an offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import connections
from app.accounts.models import ConnectionRow
from app.accounts.rules import ConnectionState
from app.applications import request_draft
from app.applications.acceptance import offer_url
from app.applications.dossier import Dossier, Interviewer
from app.applications.dossier_store import open_dossier
from app.applications.models import ApplicationRow
from app.applications.rules import Uptake, uptake_after
from app.context import Context
from app.core.errors import Unreadable
from app.core.text import written as day
from app.delivery.mail.letter import Letter, Link, Typed
from app.delivery.outbox_claims import Claimed
from app.delivery.recipient_limit import Cause
from app.delivery.worker import NotNow, Opener
from app.requests.safe_text import harmless
from app.rounds.mail import MailKind, Secret, open_secret
from app.sealing.keystore import KeyName, Purpose

KINDS = frozenset({MailKind.OFFER, MailKind.OFFER_CODE})


@dataclass(frozen=True)
class OfferOpener:
    """Opens the mails of offers; passes all other mails on to `others`."""

    ctx: Context
    others: Opener

    async def open(self, row: Claimed) -> Letter | None:
        """Return the letter; None if the offer is over or the row has no address. Raises NotNow, Unreadable."""
        if row.kind not in KINDS:
            return await self.others.open(row)
        name = KeyName(Purpose.APPLICATION, row.group_id)
        key = await self.ctx.keys.find(name)
        if key is None:
            if await self.ctx.keys.is_destroyed(name):
                return None
            raise Unreadable("key_missing", "The key of this mail is not there.")
        secret = open_secret(key, row.id, row.payload)
        if not secret.to:
            return None
        return await self.ctx.db.read(_write, self.ctx.base_url, row.group_id, MailKind(row.kind), key, secret)


def _write(
    session: Session, base_url: str, application_id: UUID, kind: MailKind, key: bytes, secret: Secret
) -> Letter | None:
    row = session.get(ApplicationRow, application_id)
    if row is None or not row.dossier or row.accept_until is None or row.uptake is None:
        return None
    uptake = uptake_after(Uptake(row.uptake), row.status, row.reason, has_request=row.request_id is not None)
    if uptake not in (Uptake.OPEN, Uptake.PAUSED):
        return None
    connection = session.get_one(ConnectionRow, row.connection_id)
    if uptake is Uptake.PAUSED or (kind is MailKind.OFFER and connection.state == ConnectionState.DISABLED):
        # The rejection was reversed, or the connection disabled, after this mail was enqueued: it waits in the queue.
        raise NotNow
    settings = connections.settings_of(connection)
    dossier = open_dossier(key, row.id, row.dossier)
    company = harmless(settings.company)
    people = [person for person, _ in request_draft.find_invitees(dossier, settings)]
    candidate = dossier.candidate
    opening = _offer(company, dossier, people) if kind is MailKind.OFFER else _code(company)
    return Letter(
        to=secret.to,
        # The person who asked for a code gave only an address.
        name=candidate.name or "" if kind is MailKind.OFFER and candidate else "",
        subject=f"Would you like to know what counted at {company}?" if kind is MailKind.OFFER else "Your code",
        paragraphs=opening,
        links=(Link("See the offer", offer_url(base_url, row.id, secret.codes[0])),),
        typed=Typed(offer_url(base_url, row.id), secret.codes[0]),
        closing=(f"The offer stands through {day(row.accept_until)}. If you do nothing, nobody is asked.",),
        kept_for=connection.id if connection.is_test else None,
        # Anybody can ask for a code with the address; the offer itself comes from the company.
        cause=Cause.KNOWN if kind is MailKind.OFFER else Cause.CLAIM,
    )


def _offer(company: str, dossier: Dossier, asked: Sequence[Interviewer]) -> tuple[str, ...]:
    people = len(asked)
    one, several = "person who met you", "people who met you"
    if request_draft.has_no_interview(dossier):
        one, several = "hiring manager", "hiring managers"
    who = f"the {one}" if people == 1 else f"the {people} {several}"
    manager = " The hiring manager is written to as well." if request_draft.find_manager(dossier, asked) else ""
    role = request_draft.role_title(dossier)
    position = "a position" if role == request_draft.MASKED_TITLE else f"the position as {harmless(role)}"
    names = "signed, by name" if people == 1 else "without names"
    return (
        (f"{company} has decided not to go on with your application for {position}, and offers you a debrief."),
        (
            f"If you accept, Debrief asks {who} what made you less competitive, {names}. They need about a minute; you "
            f"read what they say some days later.{manager}"
        ),
        (
            f"Those who are asked learn that you ask. {company}’s recruiting system learns only that this was offered, "
            "and later that it is over: not whether you accept, unless you wish so, nor who answers or what is said. "
            "Nothing of it changes the decision."
        ),
    )


def _code(company: str) -> tuple[str, ...]:
    return (
        f"somebody, probably you, has opened the debrief that {company} offers, and gave this address.",
        "If it was not you, do nothing.",
    )
