"""The tick: what time does to rounds. Run it as often as you like, from as many places as you like.

One transaction per round; keys are destroyed after their transaction has committed, and again by every later tick until
it has worked.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog

from app.core import keyset
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
    """What a tick did: how many rounds ended how, which can't be opened, and how many of what were erased."""

    ended: dict[RoundState, int] = field(default_factory=dict)
    unreadable: list[UUID] = field(default_factory=list)
    erased: dict[str, int] = field(default_factory=dict)


async def tick(db: Database, keys: KeyStore, now: datetime, *, evaluate_early: bool = False) -> TickReport:
    """Close what is due at `now`. Early closing is looked at once per UTC day, or if `evaluate_early`."""
    report = TickReport()
    try:
        await _tick(db, keys, now, evaluate_early, report)
    finally:
        # However it went: what was released until then left traces.
        await db.forget()
    return report


async def _tick(db: Database, keys: KeyStore, now: datetime, evaluate_early: bool, report: TickReport) -> None:
    await sweep_keys(db, keys)
    begun = await db.write(release.begin_day, now.date())
    early = begun or evaluate_early
    async for round_id in keyset.each(
        lambda after: db.read(release.find_candidates, today=now.date(), early=early, after=after)
    ):
        await _end(db, keys, round_id, now, early, report)
    await _remind(db, keys, now, report)
    for round_id in await db.read(release.find_expired_dialogues, now.date()):
        with _contained(report, round_id):
            await db.write(release.end_dialogue, round_id)
            await keys.destroy(KeyName(Purpose.DIALOGUE, round_id))


async def end_due(db: Database, keys: KeyStore, round_ids: Sequence[UUID], now: datetime) -> TickReport:
    """Close those of these rounds whose day has passed, as the tick does with all."""
    report = TickReport()
    for round_id in round_ids:
        await _end(db, keys, round_id, now, early=False, report=report)
    await db.forget()
    return report


@contextmanager
def _contained(report: TickReport, round_id: UUID) -> Iterator[None]:
    """Report a round with which something is wrong, and go on with the others. An outage, of them all, is raised."""
    try:
        yield
    except Exception as error:
        if isinstance(error, Unavailable) and not isinstance(error, Unreadable):
            raise
        # Loud, and never a new key.
        log.exception("round_unreadable", round_id=str(round_id))
        if round_id not in report.unreadable:
            report.unreadable.append(round_id)


async def sweep_keys(db: Database, keys: KeyStore) -> None:
    """Destroy keys that a crash left behind: of rounds that are over, and those noted as destroyed already."""
    living = await keys.names()
    for name in living:
        # Neither a file nor SQLite's reader gives the loop a turn: who answers in the meantime must not wait.
        await asyncio.sleep(0)
        if await keys.is_destroyed(name):
            await _destroy(keys, name)
    for purpose, find in ((Purpose.ROUND, release.find_over), (Purpose.DIALOGUE, release.find_silenced)):
        owners = [name.owner for name in living if name.purpose is purpose]
        for start in range(0, len(owners), keyset.BATCH):
            for round_id in await db.read(find, owners[start : start + keyset.BATCH]):
                await _destroy(keys, KeyName(purpose, round_id))


async def _destroy(keys: KeyStore, name: KeyName) -> None:
    try:
        await keys.destroy(name)
    except Unreadable:
        # The next tick tries again; until then nobody else has to wait for this one.
        log.exception("key_not_destroyed", key=str(name))


async def _end(db: Database, keys: KeyStore, round_id: UUID, now: datetime, early: bool, report: TickReport) -> None:
    await asyncio.sleep(0)
    with _contained(report, round_id):
        round_key = await find_key(keys, KeyName(Purpose.ROUND, round_id))
        if not await db.read(release.is_due, round_key=round_key, now=now, early=early):
            return
        dialogue_key = await _dialogue_key(keys, round_id) if round_key.key else None
        state = await db.write(release.close, round_key=round_key, dialogue_key=dialogue_key, now=now, early=early)
        if state is None:
            return
        report.ended[state] = report.ended.get(state, 0) + 1
        await keys.destroy(KeyName(Purpose.ROUND, round_id))
        if state is not RoundState.RELEASED:
            await keys.destroy(KeyName(Purpose.DIALOGUE, round_id))


async def _remind(db: Database, keys: KeyStore, now: datetime, report: TickReport) -> None:
    """Let the reminders go whose day has come, round by round."""
    for round_id, kind in await db.read(
        outbox.find_held, Hold.DAY, [*mail.REMINDERS, mail.MailKind.ANSWER_INVITATION], until=now.date()
    ):
        await asyncio.sleep(0)
        with _contained(report, round_id):
            round_key = await find_key(keys, KeyName(Purpose.ROUND, round_id))
            await db.write(mail.remind, round_key=round_key, kind=mail.MailKind(kind), today=now.date())


async def _dialogue_key(keys: KeyStore, round_id: UUID) -> bytes | None:
    try:
        return await keys.create(KeyName(Purpose.DIALOGUE, round_id))
    except ValueError:
        # It was destroyed: another tick has ended this round since we looked, which `close` will see.
        return None
