"""Whether every open round can still be opened: a key that is missing is an accident, and must be seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.db import Database
from app.sealing.keystore import KeyName, KeyStore, Purpose
from app.sealing.models import BoxRow


@dataclass(frozen=True)
class Keeping:
    """How many rounds are open, and which of them have no key."""

    open: int
    keyless: tuple[UUID, ...]


async def look_after_keys(db: Database, keys: KeyStore) -> Keeping:
    """Return which open rounds lack their key. One that was opened or destroyed in between is none of those."""
    open_rounds = await db.look(_open_rounds)
    living = set(await keys.names())
    missing = [owner for owner in open_rounds if KeyName(Purpose.ROUND, owner) not in living]
    # A round that was ended since, or whose key was destroyed on purpose, is the tick's next business, no accident.
    still_open = set(await db.look(_open_rounds)) if missing else set()
    keyless = [
        owner for owner in missing if owner in still_open and not await keys.is_destroyed(KeyName(Purpose.ROUND, owner))
    ]
    return Keeping(len(open_rounds), tuple(keyless))


def _open_rounds(session: Session) -> Sequence[UUID]:
    return session.scalars(select(BoxRow.round_id)).all()
