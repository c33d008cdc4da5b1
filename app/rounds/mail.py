"""Mail of a round: the rows of the outbox, their sealed content, and the days on which they go.

A row's recipient and codes are sealed under the key of its round or request, and all rows have the same length. The
worker adds the wording when it sends the mail.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import randomness
from app.core.days import open_day
from app.delivery import outbox
from app.delivery.models import Hold
from app.delivery.outbox import NewRow
from app.rounds.box import KIB
from app.rounds.lifecycle import RoundPlan
from app.rounds.models import RoundRow
from app.rounds.rules import (
    RoundState,
    accepts,
    answers_from,
    claim_window,
    first_closing,
    first_day,
    reminder_days,
)
from app.rounds.schemas import Briefing
from app.sealing.envelope import Kind, seal, unseal
from app.sealing.keystore import KeyName, Purpose
from app.vocabulary.codes import Mode

# An address of 254 characters, and ten codes; or one code, and a name of 80 characters.
MAIL_SIZE = 1 * KIB


class MailKind(StrEnum):
    """The kinds of mail. `docs/mail.md` prints these lines.

    The outbox stores the kind in clear: everyone in a round gets the same kinds.
    """

    INVITATION = "invitation"
    """To: each person asked, if Debrief mails the links. When: the round opens, but never before the interview. Held
    until: the candidate confirms their address."""
    FIRST_REMINDER = "first_reminder"
    """To: each person asked, whether or not they answered. When: 3 days after the invitation. Held until: the
    candidate confirms; then the tick of its day."""
    SECOND_REMINDER = "second_reminder"
    """To: each person asked, whether or not they answered. When: 6 days after the invitation; in a blind round 3 days
    after answers open. Held until: the candidate confirms; then the tick of its day."""
    ANSWER_INVITATION = "answer_invitation"
    """To: each person asked in a blind round, whether or not they take part. When: a random moment of the first day
    of answers, the same for all, in place of the first reminder. Held until: the candidate confirms; then the tick of
    its day."""
    MANAGER_INVITATION = "manager_invitation"
    """To: the hiring manager, if Debrief mails the links. When: the request is raised, but never before the interview.
    Held until: the candidate confirms their address."""
    PANEL_LINKS = "panel_links"
    """To: the hiring manager, at their address at the company. When: they let the team answer and want the links
    mailed. Held until: the candidate confirms their address, if Debrief mails the links of the request."""
    TEAM_QUESTION = "team_question"
    """To: the hiring manager, in the same words whatever came of the round. When: a sealed or blind round ends, the
    first of a request. Held until: the candidate confirms; then the end of such a round."""
    ROUND_OVER = "round_over"
    """To: the candidate, if their address is confirmed. When: a round ends, in the same words whatever came of it. Held
    until: nothing."""
    REPLIED = "replied"
    """To: each person asked, if Debrief mailed the links. When: the day after a reply of the candidate, once for all
    replies of a day; on the last day for replies, at once. Held until: nothing."""
    MANAGER_REPLIED = "manager_replied"
    """To: the hiring manager, if Debrief mailed their link. When: the day after a reply of the candidate, once for all
    replies of a day; on the last day for replies, at once. Held until: nothing; a template is held while the link
    lives."""
    CONFIRMATION = "confirmation"
    """To: the candidate, with the link to their request if they wished it. When: a request is raised with an address
    that is not proved yet. Held until: nothing."""
    OFFER = "offer"
    """To: the rejected candidate of a connected employer. When: the employer told them, or the connection's hold after
    the rejection ends. Held until: nothing."""
    OFFER_CODE = "offer_code"
    """To: the rejected candidate. When: somebody opens an offer without its code and gives the address that the
    employer knows. Held until: nothing."""
    MANAGE_LINK = "manage_link"
    """To: the candidate. When: they accept an offer, or a connection raises a request for them. Held until: nothing;
    for a request that a connection raised, the candidate confirms their address."""


REMINDERS = (MailKind.FIRST_REMINDER, MailKind.SECOND_REMINDER)
# In a blind round nobody is reminded of a claim, and everyone gets a mail when the round takes answers.
BLIND_REMINDERS = (MailKind.ANSWER_INVITATION, MailKind.SECOND_REMINDER)


@dataclass(frozen=True)
class Secret:
    """The content of a sealed row. `name` is the recipient's, if no column in clear has it."""

    to: str
    codes: tuple[str, ...]
    name: str = ""


def sealed_row(
    name: KeyName,
    key: bytes,
    secret: Secret,
    *,
    kind: MailKind,
    group_id: UUID,
    send_on: date,
    held_for: Hold | None = None,
) -> NewRow:
    """Return a row with its content sealed under `key`, and bound to the row's id."""
    row_id = randomness.new_id()
    fields = {"to": secret.to, "codes": secret.codes} | ({"name": secret.name} if secret.name else {})
    plaintext = json.dumps(fields, ensure_ascii=False).encode()
    return NewRow(
        id=row_id,
        kind=kind,
        group_id=group_id,
        send_on=send_on,
        held_for=held_for,
        key_purpose=name.purpose,
        key_owner=name.owner,
        payload=seal(key, Kind.MAIL, row_id, plaintext, size=MAIL_SIZE),
    )


def open_secret(key: bytes, row_id: UUID, payload: bytes) -> Secret:
    """Decrypt the content of a row. Raises Damaged."""
    plaintext, _ = unseal(key, Kind.MAIL, row_id, payload)
    fields = json.loads(plaintext)
    return Secret(fields["to"], tuple(fields["codes"]), fields.get("name", ""))


def invite(session: Session, plan: RoundPlan, key: bytes, people: Sequence[Secret], *, confirmed: bool) -> None:
    """Enqueue the invitation and the reminders for each of `people`.

    All of them are held until the candidate's address is `confirmed`. A reminder is then held for the tick of its day.
    """
    name = KeyName(Purpose.ROUND, plan.id)
    first = first_day(plan.opens_on, plan.briefing.interviewed_on)
    waiting = None if confirmed else Hold.CONFIRMATION
    planned = [(MailKind.INVITATION, first, waiting)]
    planned += [(kind, day, waiting or Hold.DAY) for kind, day in _reminders(first, plan.closes_on, plan.claim_until)]
    rows = [
        sealed_row(name, key, secret, kind=kind, group_id=plan.id, send_on=day, held_for=hold)
        for secret in people
        for kind, day, hold in planned
    ]
    outbox.enqueue(session, rows)


def start_after_confirmation(session: Session, request_id: UUID, today: date) -> None:
    """Release the mails of a request that waited for the candidate's address. Their days count from `today`."""
    for row in session.scalars(select(RoundRow).where(RoundRow.request_id == request_id)).all():
        briefing = Briefing.model_validate(row.briefing) if row.briefing else None
        first = first_day(max(row.opens_on, today), briefing.interviewed_on if briefing else None)
        if row.claim_until is not None and _nobody_has_a_link(session, row, today):
            # The claim window begins when the first people get their links.
            row.claim_until = max(row.claim_until, claim_window(first))
            row.closes_on = max(row.closes_on, first_closing(row.claim_until))
        outbox.release_hold(session, row.id, MailKind.INVITATION, Hold.CONFIRMATION, send_on=first)
        outbox.release_hold(session, row.id, MailKind.PANEL_LINKS, Hold.CONFIRMATION)
        planned = dict(_reminders(first, row.closes_on, row.claim_until))
        for kind, day in planned.items():
            outbox.release_hold(session, row.id, kind, Hold.CONFIRMATION, now_for=Hold.DAY, send_on=day)
        for kind in {*REMINDERS, *BLIND_REMINDERS} - set(planned):
            outbox.drop(session, row.id, kind)


def _nobody_has_a_link(session: Session, row: RoundRow, today: date) -> bool:
    """Tell whether all links of an open round are still held back for the confirmation.

    Once anyone has a link, the claim window is fixed: a second window among the days of answers would show who claims.
    """
    if not accepts(RoundState(row.state), row.closes_on, today):
        return False
    return bool(outbox.send_days(session, row.id, [MailKind.INVITATION, MailKind.PANEL_LINKS]))


def _reminders(first: date, closes_on: date, claim_until: date | None) -> list[tuple[MailKind, date]]:
    """Return the reminders of a round, each with its day."""
    if claim_until is None:
        return list(zip(REMINDERS, reminder_days(first, closes_on), strict=False))
    days = (answers_from(claim_until), *reminder_days(answers_from(claim_until), closes_on)[:1])
    return list(zip(BLIND_REMINDERS, days, strict=False))


def remind(session: Session, round_id: UUID, kind: MailKind, now: datetime) -> None:
    """Send a reminder that is due to everyone in the round. It opens no box, so who has answered plays no part."""
    today = open_day(now)
    row = session.get(RoundRow, round_id, with_for_update=True, populate_existing=True)
    if row is not None and row.state == RoundState.PAUSED:
        # The reminder waits for the first tick after the pause.
        return
    waiting = outbox.send_days(session, round_id, [*REMINDERS, *BLIND_REMINDERS])
    # Of two reminders that waited for the end of a pause, only the later one goes.
    is_stale = kind in waiting and any(waiting[kind] < other <= today for other in waiting.values())
    if row is None or not accepts(RoundState(row.state), row.closes_on, today) or is_stale:
        outbox.drop(session, round_id, kind)
    else:
        moment = _answer_moment(now) if kind is MailKind.ANSWER_INVITATION else None
        outbox.release_hold(session, round_id, kind, Hold.DAY, send_on=today, not_before=moment)


def _answer_moment(now: datetime) -> int:
    """Draw the moment of the first day of answers at which everyone in a blind round gets the mail about it.

    The tick has a fixed hour, which may be that of the claims. One moment for all: the operator knows when each mail
    went, and people often answer soon after theirs.
    """
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), tzinfo=now.tzinfo)
    return int((now + (midnight - now) * randomness.fraction()).timestamp())


def announce_end(session: Session, row: RoundRow, today: date) -> None:
    """Cancel the remaining mails of a round that is over, and enqueue those about its end.

    The candidate and the hiring manager get the same mails whatever came of it. The manager's was sealed when their
    link was made, and is released from its hold now.
    """
    outbox.cancel(session, [row.id], but=MailKind.REPLIED)
    told = outbox.send_days(session, row.request_id, [MailKind.ROUND_OVER])
    if not told:
        notice = NewRow(id=randomness.new_id(), kind=MailKind.ROUND_OVER, group_id=row.request_id, send_on=today)
        outbox.enqueue(session, [notice])
    if row.mode != Mode.ATTRIBUTED:
        outbox.release_hold(session, row.request_id, MailKind.TEAM_QUESTION, Hold.OUTCOME, send_on=today)
