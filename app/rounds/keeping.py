"""Whether every open record can still be opened: a key that is missing is an accident, and must be seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.db import Database
from app.sealing.keystore import KeyName, KeyStore, Purpose
from app.sealing.models import BoxRow, ManagerBoxRow


@dataclass(frozen=True)
class Keeping:
    """How many rounds and manager's links are open, and which of them have no key."""

    open: int
    keyless: tuple[UUID, ...]
    links: int = 0
    keyless_links: tuple[UUID, ...] = ()


async def look_after_keys(db: Database, keys: KeyStore) -> Keeping:
    """Return which open records lack their key. One that was opened or destroyed in between is none of those."""
    rounds, keyless = await _look_after(db, keys, Purpose.ROUND, _open_rounds)
    links, keyless_links = await _look_after(db, keys, Purpose.REQUEST, _open_links)
    return Keeping(rounds, keyless, links, keyless_links)


async def _look_after(
    db: Database, keys: KeyStore, purpose: Purpose, find: Callable[[Session], Sequence[UUID]]
) -> tuple[int, tuple[UUID, ...]]:
    opened = await db.look(find)
    living = set(await keys.names())
    missing = [owner for owner in opened if KeyName(purpose, owner) not in living]
    # What was ended since, or whose key was destroyed on purpose, is the tick's next business, no accident.
    still_open = set(await db.look(find)) if missing else set()
    keyless = [
        owner for owner in missing if owner in still_open and not await keys.is_destroyed(KeyName(purpose, owner))
    ]
    return len(opened), tuple(keyless)


def _open_rounds(session: Session) -> Sequence[UUID]:
    return session.scalars(select(BoxRow.round_id)).all()


def _open_links(session: Session) -> Sequence[UUID]:
    return session.scalars(select(ManagerBoxRow.request_id)).all()
