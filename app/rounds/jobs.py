"""The tick of rounds: close and release due rounds, send reminders, end clarification windows.

Any number of processes may run it, as often as they like. Each round closes in a transaction of its own. Its key is
destroyed after the commit; if that fails, the next tick tries again.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog

from app.core import keyset
from app.core.days import open_day
from app.core.db import Database
from app.core.errors import Unavailable, Unreadable
from app.delivery import outbox
from app.delivery.models import Hold
from app.rounds import mail, release
from app.rounds.rules import RoundState
from app.sealing.keystore import KeyName, KeyStore, Purpose, find_key

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class TickReport:
    """The result of a tick: rounds ended by state, rounds that cannot be opened, and rows erased by kind."""

    ended: dict[RoundState, int] = field(default_factory=dict)
    unreadable: list[UUID] = field(default_factory=list)
    erased: dict[str, int] = field(default_factory=dict)


async def tick(db: Database, keys: KeyStore, now: datetime) -> TickReport:
    """Close the rounds that are due at `now`, and send the reminders."""
    report = TickReport()
    try:
        await _tick(db, keys, now, report)
    finally:
        # Even after an error: the rounds that closed before it left traces in the database file.
        await db.forget()
    return report


async def _tick(db: Database, keys: KeyStore, now: datetime, report: TickReport) -> None:
    await sweep_keys(db, keys)
    await db.write(release.begin_day, now.date())
    async for round_id in keyset.each(lambda after: db.read(release.find_closable, today=open_day(now), after=after)):
        await _end(db, keys, round_id, now, report)
    await _remind(db, now, report)
    for round_id in await db.read(release.find_expired_dialogues, open_day(now)):
        with _contained(report, round_id):
            await db.write(release.end_dialogue, round_id)
            await keys.destroy(KeyName(Purpose.DIALOGUE, round_id))


async def end_due(db: Database, keys: KeyStore, round_ids: Sequence[UUID], now: datetime) -> TickReport:
    """Close those of these rounds whose last day has passed."""
    report = TickReport()
    for round_id in round_ids:
        await _end(db, keys, round_id, now, report)
    await db.forget()
    return report


@contextmanager
def _contained(report: TickReport, round_id: UUID) -> Iterator[None]:
    """Report an error of one round and go on with the others; raise an outage, which concerns all."""
    try:
        yield
    except Exception as error:
        if isinstance(error, Unavailable) and not isinstance(error, Unreadable):
            raise
        # Report it and make no new key: the operator may restore the right one.
        log.exception("round_unreadable", round_id=str(round_id))
        if round_id not in report.unreadable:
            report.unreadable.append(round_id)


async def sweep_keys(db: Database, keys: KeyStore) -> None:
    """Destroy keys that a crash left: of rounds that are over, and keys already noted as destroyed."""
    living = await keys.names()
    for name in living:
        # Neither the file store nor SQLite's reader yields to the event loop, and requests must not wait.
        await asyncio.sleep(0)
        if await keys.is_destroyed(name):
            await _destroy(keys, name)
    for purpose, find in ((Purpose.ROUND, release.find_over), (Purpose.DIALOGUE, release.find_without_dialogue_box)):
        owners = [name.owner for name in living if name.purpose is purpose]
        for start in range(0, len(owners), keyset.BATCH):
            for round_id in await db.read(find, owners[start : start + keyset.BATCH]):
                await _destroy(keys, KeyName(purpose, round_id))


async def _destroy(keys: KeyStore, name: KeyName) -> None:
    try:
        await keys.destroy(name)
    except Unreadable:
        # The next tick tries again. The other keys must not wait for this one.
        log.exception("key_not_destroyed", key=str(name))


async def _end(db: Database, keys: KeyStore, round_id: UUID, now: datetime, report: TickReport) -> None:
    await asyncio.sleep(0)
    with _contained(report, round_id):
        round_key = await find_key(keys, KeyName(Purpose.ROUND, round_id))
        if not await db.read(release.is_due, round_key=round_key, now=now):
            return
        dialogue_key = await _dialogue_key(keys, round_id) if round_key.key else None
        state = await db.write(release.close, round_key=round_key, dialogue_key=dialogue_key, now=now)
        if state is None:
            return
        report.ended[state] = report.ended.get(state, 0) + 1
        await keys.destroy(KeyName(Purpose.ROUND, round_id))
        if state is not RoundState.RELEASED:
            await keys.destroy(KeyName(Purpose.DIALOGUE, round_id))


async def _remind(db: Database, now: datetime, report: TickReport) -> None:
    """Send the reminders that are due, round by round: at 12:00 UTC, when a blind round begins to take answers."""
    for round_id, kind in await db.read(
        outbox.find_held, Hold.DAY, [*mail.REMINDERS, mail.MailKind.ANSWER_INVITATION], until=open_day(now)
    ):
        await asyncio.sleep(0)
        with _contained(report, round_id):
            await db.write(mail.remind, round_id, mail.MailKind(kind), now)


async def _dialogue_key(keys: KeyStore, round_id: UUID) -> bytes | None:
    try:
        return await keys.create(KeyName(Purpose.DIALOGUE, round_id))
    except ValueError:
        # The key was destroyed, so another tick has just ended this round. `close` will see that.
        return None
