"""The outbox: rows follow their transaction, are leased to one worker at a time, tried again and given up."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.core.db import Database, connect
from app.delivery import outbox, outbox_claims
from app.delivery.backoff import STANDARD, Pace, pause_after
from app.delivery.models import Hold, OutboxState
from tests.delivery.post import a_row, enqueue, rows
from tests.support.app import FixedClock

DAY = date(2026, 11, 20)


async def claim(db: Database, clock: FixedClock, pace: Pace = STANDARD) -> list[outbox_claims.Claimed]:
    return await db.write(outbox_claims.claim, clock.now(), pace, pace.batch)


async def test_row_is_committed_or_rolled_back_with_its_transaction(db: Database, clock: FixedClock) -> None:
    def fail(session: Session) -> None:
        outbox.enqueue(session, [a_row()])
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await db.write(fail)
    assert await claim(db, clock) == []
    await enqueue(db, a_row())
    assert len(await claim(db, clock)) == 1


@pytest.mark.parametrize(
    "over",
    [
        {"send_on": date(2026, 11, 21)},
        {"held_for": Hold.CONFIRMATION},
        {"held_for": Hold.DAY},
        {"held_for": Hold.OUTCOME},
    ],
)
async def test_row_that_is_not_due_is_not_claimed(db: Database, clock: FixedClock, over: dict[str, Any]) -> None:
    await enqueue(db, a_row(**over))
    assert await claim(db, clock) == []


async def test_row_is_due_from_midnight_of_its_day(db: Database, clock: FixedClock) -> None:
    await enqueue(db, a_row(send_on=DAY + timedelta(days=1)))
    clock.advance(hours=12, seconds=-1)
    assert await claim(db, clock) == []
    clock.advance(seconds=1)
    assert len(await claim(db, clock)) == 1


async def test_two_workers_never_claim_the_same_row(database_url: str, clock: FixedClock) -> None:
    """Each has its own connections, as two processes have."""
    workers = [connect(database_url) for _ in range(4)]
    try:
        ids = await enqueue(workers[0], *(a_row() for _ in range(60)))
        pace = Pace(batch=5)

        async def work(db: Database) -> list[Any]:
            got = []
            while batch := await claim(db, clock, pace):
                got += [row.id for row in batch]
                await asyncio.sleep(0)
            return got

        got = await asyncio.gather(*map(work, workers))
        assert sorted(one for part in got for one in part) == sorted(ids)
    finally:
        for worker in workers:
            await worker.close()


async def test_ended_lease_is_claimed_by_another_worker(db: Database, clock: FixedClock) -> None:
    (row_id,) = await enqueue(db, a_row())
    (first,) = await claim(db, clock)
    clock.advance(seconds=STANDARD.lease - 1)
    assert await claim(db, clock) == []
    clock.advance(seconds=1)
    (second,) = await claim(db, clock)
    assert (second.id, second.attempts) == (row_id, 2)
    # Whoever comes too late changes nothing.
    await db.write(outbox_claims.record_failed, first, "late", permanent=True, now=clock.now(), pace=STANDARD)
    await db.write(outbox_claims.give_back, first)
    (row,) = await rows(db)
    assert (row.state, row.attempts, row.last_error) == ("waiting", 2, None)
    # But what was sent was sent.
    await db.write(outbox_claims.record_done, first.id, OutboxState.SENT)
    (row,) = await rows(db)
    assert (row.state, row.leased_until) == ("sent", None)


async def test_sent_row_is_wiped(db: Database, clock: FixedClock) -> None:
    await enqueue(db, a_row(payload=b"sealed", key_purpose="round", key_owner=uuid4()))
    (row,) = await claim(db, clock)
    await db.write(outbox_claims.record_failed, row, "server_silent", permanent=False, now=clock.now(), pace=STANDARD)
    clock.advance(seconds=60)
    (row,) = await claim(db, clock)
    await db.write(outbox_claims.record_done, row.id, OutboxState.SENT)
    (left,) = await rows(db)
    assert (left.payload, left.leased_until, left.next_try, left.last_error) == (b"", None, None, None)


async def test_failures_pause_longer_and_longer_then_give_up(db: Database, clock: FixedClock) -> None:
    await enqueue(db, a_row())
    pace = Pace(tries=4)
    pauses = []
    left = None
    for _ in range(4):
        (row,) = await claim(db, clock, pace)
        await db.write(outbox_claims.record_failed, row, "server_silent", permanent=False, now=clock.now(), pace=pace)
        (left,) = await rows(db)
        if left.next_try is not None:
            pause = left.next_try - int(clock.now().timestamp())
            pauses.append(pause)
            clock.advance(seconds=pause - 1)
            assert await claim(db, clock, pace) == []
            clock.advance(seconds=1)
    assert [15 * 2**n <= pause <= 30 * 2**n for n, pause in enumerate(pauses)] == [True, True, True]
    assert left is not None
    assert (left.state, left.next_try, left.last_error) == ("dead", None, "server_silent")
    assert await claim(db, clock, pace) == []


async def test_a_permanent_failure_gives_up_at_once(db: Database, clock: FixedClock) -> None:
    await enqueue(db, a_row())
    (row,) = await claim(db, clock)
    await db.write(
        outbox_claims.record_failed, row, "recipient_refused_550", permanent=True, now=clock.now(), pace=STANDARD
    )
    (left,) = await rows(db)
    assert left.state == "dead"


async def test_row_that_crashes_workers_is_given_up(db: Database, clock: FixedClock) -> None:
    await enqueue(db, a_row())
    pace = Pace(tries=3)
    for _ in range(3):
        assert len(await claim(db, clock, pace)) == 1
        clock.advance(seconds=pace.lease)
    assert await claim(db, clock, pace) == []
    (left,) = await rows(db)
    assert (left.state, left.last_error) == ("dead", "lease_ended")


async def test_dead_rows_can_be_requeued(db: Database, clock: FixedClock) -> None:
    ids = await enqueue(db, a_row(), a_row(), a_row())
    for row in await claim(db, clock):
        await db.write(outbox_claims.record_failed, row, "x" * 99, permanent=True, now=clock.now(), pace=STANDARD)
    assert len(await db.read(outbox.listed, [OutboxState.DEAD])) == 3
    assert await db.write(outbox.requeue, [ids[0], uuid4()]) == 1
    assert [row.id for row in await claim(db, clock)] == [ids[0]]
    assert await db.write(outbox.requeue) == 2
    assert {row.id for row in await claim(db, clock)} == set(ids[1:])


async def test_returned_row_counts_no_try(db: Database, clock: FixedClock) -> None:
    await enqueue(db, a_row())
    (row,) = await claim(db, clock)
    await db.write(outbox_claims.give_back, row)
    (again,) = await claim(db, clock)
    assert again.attempts == 1


async def test_cancel_deletes_unsent_and_erase_deletes_all_rows(db: Database, clock: FixedClock) -> None:
    ours, other = uuid4(), uuid4()
    (sent,) = await enqueue(db, a_row(group_id=ours))
    (claimed,) = await claim(db, clock)
    await db.write(outbox_claims.record_done, claimed.id, OutboxState.SENT)
    await enqueue(db, a_row(group_id=ours), a_row(group_id=ours, held_for=Hold.DAY))
    (kept,) = await enqueue(db, a_row(group_id=other))
    await db.write(outbox.cancel, [ours])
    assert {row.id for row in await rows(db)} == {sent, kept}
    await db.write(outbox.erase, [ours])
    assert {row.id for row in await rows(db)} == {kept}


async def test_row_cancelled_while_being_sent_stays_deleted(db: Database, clock: FixedClock) -> None:
    await enqueue(db, a_row(group_id=(ours := uuid4())))
    (row,) = await claim(db, clock)
    await db.write(outbox.cancel, [ours])
    await db.write(outbox_claims.record_failed, row, "late", permanent=False, now=clock.now(), pace=STANDARD)
    await db.write(outbox_claims.record_done, row.id, OutboxState.SENT)
    assert await rows(db) == []


async def test_release_hold_affects_one_kind_and_reason(db: Database, clock: FixedClock) -> None:
    ours = uuid4()
    await enqueue(
        db,
        a_row(group_id=ours, kind="a", held_for=Hold.CONFIRMATION),
        a_row(group_id=ours, kind="b", held_for=Hold.CONFIRMATION),
        a_row(group_id=ours, kind="a", held_for=Hold.OUTCOME),
        a_row(kind="a", held_for=Hold.CONFIRMATION),
    )
    await db.write(outbox.release_hold, ours, "a", Hold.CONFIRMATION)
    assert [row.kind for row in await claim(db, clock)] == ["a"]
    await db.write(outbox.release_hold, ours, "b", Hold.CONFIRMATION, now_for=Hold.DAY, send_on=DAY + timedelta(days=3))
    assert await db.read(outbox.find_held, Hold.DAY, ["b"], until=DAY) == []
    assert await db.read(outbox.find_held, Hold.DAY, ["b"], until=DAY + timedelta(days=3)) == [(ours, "b")]


async def test_finished_rows_are_purged_after_two_weeks(db: Database, clock: FixedClock) -> None:
    await enqueue(db, a_row(), a_row(send_on=DAY - timedelta(days=40), held_for=Hold.OUTCOME))
    (row,) = await claim(db, clock)
    await db.write(outbox_claims.record_done, row.id, OutboxState.SENT)
    await db.write(outbox.purge, DAY + timedelta(days=14))
    assert len(await rows(db)) == 2
    await db.write(outbox.purge, DAY + timedelta(days=15))
    assert [row.held_for for row in await rows(db)] == ["outcome"]


@given(st.integers(1, 1000), st.floats(0, 1, exclude_max=True))
def test_no_pause_is_longer_than_the_longest(attempts: int, chance: float) -> None:
    assert 1 <= pause_after(attempts, STANDARD, chance) <= STANDARD.longest_pause


def test_lease_is_longer_than_the_limit_of_a_try() -> None:
    """Else two workers would send the same mail in the ordinary course of things."""
    assert STANDARD.lease > 2 * STANDARD.limit
