"""The daily limit of mails to one address.

The worker counts a mail when it is about to send it, so that raising a request gets the same answer for every address.
Each cause has a limit of its own: mails that strangers cause never delay mails that the recipient has agreed to. A mail
over the limit waits until a random moment of the next day. A part of each day is reserved for mails that have waited:
a flood of today cannot block yesterday's mail, nor a flood of yesterday today's.
"""

from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.core.tokens import keyed_hash
from app.core.upsert import insert_into
from app.delivery.models import MailCountRow

# `last_error` of a row that waits because of the limit.
POSTPONED = "recipient_limit"
# A mail that has waited this long is cancelled: one bad day must not cause mails for weeks.
LONGEST_WAIT = timedelta(days=7)
_EMPLOYER_SHARE = 5


class Cause(StrEnum):
    """Who causes a mail.

    `claim`: anybody who types an address, without proof. `request`: a candidate with a confirmed address, to the people
    who are asked. `known`: a connection, or the recipient, who has confirmed the address.
    """

    CLAIM = "claim"
    REQUEST = "request"
    KNOWN = "known"


def take(
    session: Session, key: bytes, address: str, cause: Cause, *, has_waited: bool, today: date, limit: int
) -> bool:
    """Count a mail to `address` and tell whether it may be sent today. `limit` is for mails that strangers cause."""
    whole = limit * _EMPLOYER_SHARE if cause is Cause.KNOWN else limit
    for_waiting = max(1, whole // 4)
    most = for_waiting if has_waited else max(1, whole - for_waiting)
    # With the day in the hash, rows of two days cannot be linked.
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
    # Many providers deliver these variants to one inbox. Where they do not, two people share a limit.
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}"
