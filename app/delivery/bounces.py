"""Bounces: mail that a server refused or returned, and the addresses that get no more because of it."""

import re
from collections.abc import Collection
from typing import cast
from uuid import UUID

from sqlalchemy import Table, or_, select
from sqlalchemy.orm import Session

from app.delivery import suppression
from app.delivery.models import OutboxRow, OutboxState
from app.delivery.outbox_claims import BOUNCED, record_bounced

_table = cast(Table, OutboxRow.__table__)
# Enhanced status codes (RFC 3463): the mailbox or its domain does not exist, or has moved. Of 5.1.x not 5.1.0, which
# servers also give for a sender they do not like, and not 5.1.7 to 5.1.9, which are about the sender and the servers on
# the way. Not 5.2.1, which a provider gives for a mailbox that gets too much mail: a stranger can cause that.
_HARD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10"})
_MESSAGE_ID = re.compile(r"<?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:@[^<>\s]*)?>?", re.IGNORECASE)


def is_hard(status: str) -> bool:
    """Tell whether an enhanced status code says that no later mail to this address can arrive."""
    return status in _HARD


def is_final(status: str) -> bool:
    """Tell whether an enhanced status code says that this mail will not arrive."""
    return status.startswith("5.")


def row_of(message_id: str) -> UUID | None:
    """Return the outbox row that a Message-ID of ours names, or None."""
    found = _MESSAGE_ID.fullmatch(message_id.strip())
    return UUID(found[1]) if found else None


def record(session: Session, key: bytes, digest: bytes, status: str, row_id: UUID | None) -> bool:
    """Note that a mail to the address with this digest came back; return whether the address gets no more.

    `key` is that of suppressions. `row_id` is the mail, where it is known: it counts as undelivered.
    """
    hard = is_hard(status)
    if hard:
        suppression.suppress_bounced(session, key, digest)
    if row_id is not None:
        record_bounced(session, row_id, status)
    return hard


def undelivered(session: Session, groups: Collection[UUID], kinds: Collection[str]) -> set[tuple[UUID, str]]:
    """Return the groups and kinds of which a mail came back, or was given up.

    A mail that was skipped because its address had bounced before is not among them. Otherwise a request in the name
    of an address would tell anybody that it has failed in another round.
    """
    failed = or_(_table.c.state == OutboxState.DEAD, _table.c.last_error.startswith(BOUNCED))
    statement = select(_table.c.group_id, _table.c.kind).where(
        _table.c.group_id.in_(groups), _table.c.kind.in_(kinds), failed
    )
    return {(row.group_id, row.kind) for row in session.execute(statement)}
