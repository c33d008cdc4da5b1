"""The public list of blind rounds and their keys.

It shows that a round has one key. With a key for each person, the operator could trace every token.
"""

import hashlib
from datetime import date
from itertools import groupby
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.blinding.commitment import commitment_of, words_of
from app.blinding.encoding import base64url
from app.core.tokens import keyed_hash
from app.rounds.blind_schemas import PublishedDay, PublishedKeys, RoundKey
from app.rounds.box_store import unknown_link
from app.rounds.models import PublishedKeyRow, RoundRow

_FIRST_HEAD = bytes(32)


def publish_key(session: Session, round_id: UUID, public_key: bytes, today: date) -> None:
    """Add the key of a new round to the list of `today`."""
    session.add(PublishedKeyRow(day=today, entry=entry_of(round_id, public_key)))


def entry_of(round_id: UUID, public_key: bytes) -> bytes:
    """Return the published digest of a round. Only a person who knows the round can recognise it."""
    return hashlib.sha256(b"debrief/v1/published-key" + round_id.bytes + public_key).digest()


def key_of(session: Session, round_id: UUID) -> RoundKey:
    """Return the key of a round. Raises Unknown."""
    public_key = session.scalar(select(RoundRow.public_key).where(RoundRow.id == round_id))
    if public_key is None:
        raise unknown_link()
    return RoundKey(public_key=base64url(public_key), commitment=commitment_of(public_key), words=words_of(public_key))


def published(session: Session, today: date) -> PublishedKeys:
    """Return the list of all past days. Today still grows, and cannot be chained yet."""
    rows = session.execute(
        select(PublishedKeyRow.day, PublishedKeyRow.entry)
        .where(PublishedKeyRow.day < today)
        .order_by(PublishedKeyRow.day, PublishedKeyRow.entry)
    )
    days = []
    head = _FIRST_HEAD
    for day, of_day in groupby(rows, key=lambda row: row.day):
        entries = [row.entry for row in of_day]
        head = keyed_hash(head, day.isoformat().encode(), *entries)
        days.append(PublishedDay(day=day, entries=[base64url(entry) for entry in entries], head=base64url(head)))
    return PublishedKeys(days=days)
