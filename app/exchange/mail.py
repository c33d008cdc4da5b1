"""Mails about replies: to everyone asked in the round, alike, and to the hiring manager.

Their rows are written in the transaction of the reply, under keys that live as long as the links.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from app.context import Context
from app.core.errors import Unreadable
from app.delivery import outbox
from app.delivery.mail.letter import Letter, Link, Typed
from app.delivery.models import Hold
from app.delivery.outbox_claims import Claimed
from app.delivery.recipient_limit import Cause
from app.delivery.worker import NotNow, Opener
from app.exchange.rules import is_open, mail_day
from app.requests import links
from app.requests.models import RequestRow
from app.requests.rules import RequestState
from app.requests.safe_text import harmless
from app.rounds import dialogue_box
from app.rounds.box_store import find_box
from app.rounds.mail import MailKind, Secret, open_secret, sealed_row
from app.rounds.models import RoundRow
from app.sealing.keystore import FoundKey, KeyName, KeyStore, Purpose, find_key

KINDS = (MailKind.REPLIED, MailKind.MANAGER_REPLIED)


@dataclass(frozen=True)
class RoundKeys:
    """The keys of a round, of its dialogue box, and of its request, found before the transaction."""

    request: FoundKey
    round: FoundKey
    dialogue: FoundKey


async def find_keys(keys: KeyStore, request_id: UUID, round_id: UUID, *, makes_box: bool) -> RoundKeys:
    """Find the keys that a reply needs. With `makes_box` the key of the dialogue box is made if there is none.

    A signed round is read while it still takes answers: its first reply makes the dialogue box. If a crash leaves the
    key without a box, the next reply, or the release, uses it.
    """
    name = KeyName(Purpose.DIALOGUE, round_id)
    dialogue = await find_key(keys, name)
    if makes_box and not dialogue.destroyed:
        dialogue = FoundKey(round_id, await keys.create(name), destroyed=False)
    return RoundKeys(
        request=await find_key(keys, KeyName(Purpose.REQUEST, request_id)),
        round=await find_key(keys, KeyName(Purpose.ROUND, round_id)),
        dialogue=dialogue,
    )


def announce(session: Session, request_id: UUID, row: RoundRow, keys: RoundKeys, today: date) -> None:
    """Enqueue the mails about a reply, unless those about another reply go on the same day."""
    send_on = mail_day(row.released_on, today)
    box = dialogue_box.find(session, keys.dialogue)
    if box is None and keys.dialogue.key is not None and keys.round.key is not None:
        opened = find_box(session, keys.round, lock=True)
        if opened is not None:
            dialogue_box.keep(session, row.id, opened.box, keys.dialogue.key, row.people)
            box = dialogue_box.find(session, keys.dialogue)
    if box is not None and keys.dialogue.key is not None:
        _write_to_all(session, row.id, keys.dialogue.key, box, send_on)
    if keys.request.key is not None:
        _write_to_manager(session, request_id, keys.request.key, send_on)


def _write_to_all(session: Session, round_id: UUID, key: bytes, box: dialogue_box.DialogueBox, send_on: date) -> None:
    if outbox.is_planned(session, round_id, MailKind.REPLIED, send_on):
        return
    name = KeyName(Purpose.DIALOGUE, round_id)
    rows = [
        sealed_row(
            name,
            key,
            Secret(asked.address, (asked.mail_code,)),
            kind=MailKind.REPLIED,
            group_id=round_id,
            send_on=send_on,
        )
        for asked in box.asked
        if asked.address and asked.mail_code
    ]
    outbox.enqueue(session, rows)


def _write_to_manager(session: Session, request_id: UUID, key: bytes, send_on: date) -> None:
    if outbox.is_planned(session, request_id, MailKind.MANAGER_REPLIED, send_on):
        return
    for row_id, payload in outbox.find_templates(session, request_id, MailKind.MANAGER_REPLIED, Hold.OUTCOME):
        mail = sealed_row(
            KeyName(Purpose.REQUEST, request_id),
            key,
            open_secret(key, row_id, payload),
            kind=MailKind.MANAGER_REPLIED,
            group_id=request_id,
            send_on=send_on,
        )
        outbox.enqueue(session, [mail])


@dataclass(frozen=True)
class ReplyOpener:
    """Opens the mails about replies; passes all other mails on to `others`."""

    ctx: Context
    others: Opener

    async def open(self, row: Claimed) -> Letter | None:
        """Return the letter; None if its link has ended. Raises NotNow, Unreadable."""
        if row.kind not in KINDS or row.key_purpose is None or row.key_owner is None:
            return await self.others.open(row)
        name = KeyName(Purpose(row.key_purpose), row.key_owner)
        key = await self.ctx.keys.find(name)
        if key is None:
            if await self.ctx.keys.is_destroyed(name):
                return None
            raise Unreadable("key_missing", "The key of this mail is not there.")
        return await self.ctx.db.read(_write, row, open_secret(key, row.id, row.payload), self.ctx)


def _write(session: Session, row: Claimed, secret: Secret, ctx: Context) -> Letter | None:
    to_manager = row.kind == MailKind.MANAGER_REPLIED
    round_row = None if to_manager else session.get(RoundRow, row.group_id)
    if round_row is not None and not is_open(round_row.released_on, ctx.clock.now().date()):
        return None
    request = session.get(RequestRow, row.group_id if round_row is None else round_row.request_id)
    if request is None or request.state not in (RequestState.OPEN, RequestState.PAUSED):
        return None
    if request.state == RequestState.PAUSED:
        raise NotNow
    name, company = harmless(request.candidate_name), harmless(request.company)
    if round_row is None:
        page = f"{ctx.base_url}/q/{request.id}"
        link = Link("Read the reply", links.manager_url(ctx.base_url, request.id, secret.codes[0]))
        whom, closing = "your team", "Your link shows every reply at once."
    else:
        page = f"{ctx.base_url}/r/{round_row.id}"
        link = Link("Read the reply", links.round_url(ctx.base_url, round_row.id, secret.codes[0]))
        whom, closing = "you", "Everyone who was asked gets this mail. Opening the link changes nothing."
    return Letter(
        to=secret.to,
        name=(request.manager_name or "") if to_manager else "",
        subject=f"{name} replied",
        paragraphs=(
            (
                f"{name} asked {whom} for feedback about the position as {harmless(request.role_title)} at {company}, "
                "and has replied to what was said."
            ),
        ),
        links=(link,),
        typed=Typed(page, secret.codes[0]),
        closing=(closing,),
        kept_for=request.connection_id if request.is_test else None,
        cause=Cause.KNOWN if request.connection_id else Cause.REQUEST,
    )
