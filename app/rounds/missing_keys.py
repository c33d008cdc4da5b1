"""A check that every sealed record can be opened, so that the operator learns of missing and wrong keys."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.core import keyset
from app.core.db import Database
from app.core.errors import Unreadable
from app.sealing.envelope import Kind, unseal
from app.sealing.keystore import KeyName, KeyStore, Purpose
from app.sealing.models import BoxRow, DialogueBoxRow, ManagerBoxRow


@dataclass(frozen=True)
class Records:
    """A kind of sealed records: its name for people, its columns, and the purpose of its keys."""

    what: str
    purpose: Purpose
    kind: Kind
    owner: InstrumentedAttribute[UUID]
    sealed: InstrumentedAttribute[bytes]


ROUNDS = Records("open rounds", Purpose.ROUND, Kind.BOX, BoxRow.round_id, BoxRow.ct)
LINKS = Records("managers' links", Purpose.REQUEST, Kind.MANAGER, ManagerBoxRow.request_id, ManagerBoxRow.ct)
DIALOGUES = Records("clarifications", Purpose.DIALOGUE, Kind.DIALOGUE, DialogueBoxRow.round_id, DialogueBoxRow.ct)


@dataclass(frozen=True)
class KeyReport:
    """The number of records of a kind, and the owners of those without a key (`keyless`) or with a wrong one."""

    count: int
    keyless: tuple[UUID, ...]
    locked: tuple[UUID, ...]

    @property
    def unreadable(self) -> int:
        return len(self.keyless) + len(self.locked)


async def check_keys(db: Database, keys: KeyStore, records: Records = ROUNDS) -> KeyReport:
    """Try to decrypt each record. Records whose key is destroyed meanwhile are not reported.

    Raises Unavailable if the key store does not answer.
    """
    await keys.names()
    count = 0
    keyless, locked = [], []
    async for owner, sealed in keyset.each(lambda after: db.look(_find, records, after), lambda row: row[0]):
        count += 1
        try:
            key = await keys.find(KeyName(records.purpose, owner))
            if key is not None:
                unseal(key, records.kind, owner, sealed)
            elif not await keys.is_destroyed(KeyName(records.purpose, owner)):
                keyless.append(owner)
        except Unreadable:
            locked.append(owner)
    # Leave out records that were deleted during the check.
    there = set(await db.look(_still_there, records, [*keyless, *locked]))
    return KeyReport(count, tuple(one for one in keyless if one in there), tuple(one for one in locked if one in there))


def _find(session: Session, records: Records, after: UUID | None) -> list[tuple[UUID, bytes]]:
    statement = select(records.owner, records.sealed).where(_is_sealed(records))
    return [(owner, sealed) for owner, sealed in session.execute(keyset.batch(statement, records.owner, after))]


def _still_there(session: Session, records: Records, owners: list[UUID]) -> list[UUID]:
    return list(session.scalars(select(records.owner).where(records.owner.in_(owners), _is_sealed(records))))


def _is_sealed(records: Records) -> ColumnElement[bool]:
    # The record of an application is empty for a moment while the application is erased.
    return records.sealed != b""
