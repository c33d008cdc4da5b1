"""How many mails one address gets on one day, whoever causes them, and however often.

Counted when a mail is about to leave: whoever raises a request gets the same answer, whatever the address. Each cause
has a limit of its own, so that what strangers cause never holds up what the receiver has agreed to. What is over the
limit waits for a random moment of the next day. A part of each day is kept for mails that have waited: so a flood of
today can't lock out yesterday's mail, nor a flood of yesterday today's.
"""

from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.core.tokens import keyed_hash
from app.core.upsert import insert_into
from app.delivery.models import MailCountRow

# The last error of a row that waits for this reason.
POSTPONED = "recipient_limit"
# What has waited this long is given up: nobody is to be written to for weeks because of one day.
LONGEST_WAIT = timedelta(days=7)
_EMPLOYER_SHARE = 5


class Cause(StrEnum):
    """Who can cause a mail.

    `claim`: whoever types an address, without any proof. `request`: a candidate whose own address is proved, to those
    who are asked. `known`: a connection, or the receiver, who has proved the address.
    """

    CLAIM = "claim"
    REQUEST = "request"
    KNOWN = "known"


def take(
    session: Session, key: bytes, address: str, cause: Cause, *, has_waited: bool, today: date, limit: int
) -> bool:
    """Count a mail to `address`, and tell whether it may go today. `limit` is that of what strangers cause."""
    whole = limit * _EMPLOYER_SHARE if cause is Cause.KNOWN else limit
    for_waiting = max(1, whole // 4)
    most = for_waiting if has_waited else max(1, whole - for_waiting)
    # The day is hashed as well: rows of two days can't be joined.
    parts = (today.isoformat(), cause.value, str(has_waited), _fold(address))
    digest = keyed_hash(key, b"recipient", *(part.encode() for part in parts))
    counted = (
        insert_into(session, MailCountRow)
        .values(recipient_digest=digest, counted_on=today, mails=1)
        .on_conflict_do_update(
            index_elements=[MailCountRow.recipient_digest],
            set_={"mails": MailCountRow.mails + 1},
            where=MailCountRow.mails < most,
        )
        .returning(MailCountRow.mails)
    )
    return session.execute(counted).first() is not None


def next_try(now: datetime, chance: float) -> int:
    """Return a moment of the next UTC day, in seconds since 1970; `chance` is from 0 to 1."""
    tomorrow = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
    return int((tomorrow + timedelta(days=chance)).timestamp())


def purge(session: Session, today: date) -> None:
    """Delete the counts of other days."""
    session.execute(delete(MailCountRow).where(MailCountRow.counted_on < today))


def _fold(address: str) -> str:
    # Many providers deliver all of these to one mailbox. Where they do not, two people share a limit.
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}"
