"""Webhook deliveries over days of a test clock: none is lost, none leaks, and no endpoint delays another."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.applications.models import NoticeRow
from app.composition import build_courier
from app.delivery.webhooks import deliveries, endpoints
from app.delivery.webhooks.models import DeliveryState, EndpointRow, EndpointState
from app.delivery.webhooks.rules import STANDARD, Fault, Pace
from app.delivery.webhooks.signature import Verdict, verify
from app.delivery.webhooks.worker import deliver_once, deliver_until
from app.periods import DELIVERY
from tests.delivery.webhooks.receiving import (
    Receiver,
    a_connection,
    a_receiver,
    an_endpoint,
    announce,
    deliver,
    deliveries_of,
    endpoint,
    never_answers,
    says,
)
from tests.faults.ports import Crash, DatabaseThatCrashes, Fuse
from tests.support.app import Running

HASTY = Pace(limit=0.5)


async def hours(app: Running, count: float, *, pace: Pace = STANDARD) -> None:
    """Let time pass, and try what is due at each moment at which something is."""
    end = app.clock.now() + timedelta(hours=count)
    while True:
        while await deliver(app, pace=pace):
            pass
        waiting = [row.next_try for row in await deliveries_of(app) if row.state == DeliveryState.WAITING]
        following = min((at for at in waiting if at is not None), default=None)
        if following is None or following > end.timestamp():
            break
        app.clock.at = max(app.clock.at, datetime.fromtimestamp(following, UTC))
    app.clock.at = end


async def notices(app: Running) -> list[str]:
    return list(await app.ctx.db.read(lambda session: session.scalars(select(NoticeRow.code)).all()))


async def states(app: Running) -> list[str]:
    return [row.state for row in await deliveries_of(app)]


def ids(receiver: Receiver) -> list[str]:
    return [taken.headers["webhook-id"] for taken in receiver.taken]


async def test_an_event_arrives_signed_with_ids_and_a_day(app: Running) -> None:
    async with a_receiver() as receiver:
        connection_id = await a_connection(app)
        _, secret = await an_endpoint(app, connection_id, receiver.url)
        await announce(app, connection_id, application_remote_id="app-7")
        await announce(app, connection_id, "connection.needs_reconnect", connection_id=connection_id)
        assert await deliver(app) == 1
        assert await deliver(app) == 0
    taken = receiver.taken[0]
    assert json.loads(taken.body) == {
        "type": "feedback_request.offered",
        "timestamp": "2026-11-20",
        "data": {"application_remote_id": "app-7", "connection_id": str(connection_id)},
    }
    assert verify([secret], taken.headers, taken.body, app.clock.now()) is Verdict.GOOD
    assert await states(app) == [DeliveryState.DELIVERED]


async def test_a_receiver_that_is_down_for_hours_loses_nothing(app: Running) -> None:
    connection_id = await a_connection(app)
    async with a_receiver() as receiver:
        endpoint_id, _ = await an_endpoint(app, connection_id, receiver.url)
        receiver.behaviour = says(503)
        for _ in range(15):
            await announce(app, connection_id)
            await hours(app, 0.5)
        assert set(await states(app)) == {DeliveryState.WAITING}
        assert (await endpoint(app, endpoint_id)).failing_since is not None
        refused = set(ids(receiver))
        receiver.taken.clear()
        receiver.behaviour = says(200)
        await hours(app, 24)
    # Each came once after all, under the id that it had before, and byte for byte the same.
    assert sorted(ids(receiver)) == sorted(refused)
    assert set(await states(app)) == {DeliveryState.DELIVERED}
    assert (await endpoint(app, endpoint_id)).failing_since is None


async def test_eight_tries_over_a_day_with_the_same_bytes(app: Running) -> None:
    connection_id = await a_connection(app)
    async with a_receiver(says(500)) as receiver:
        await an_endpoint(app, connection_id, receiver.url)
        await announce(app, connection_id)
        await hours(app, 23)
        before = len(receiver.taken)
        await hours(app, 13)
    assert (before < 8, len(receiver.taken)) == (True, 8)
    assert len({taken.body for taken in receiver.taken}) == len(set(ids(receiver))) == 1
    # Each try is signed anew: a receiver refuses what is older than five minutes.
    assert len({taken.headers["webhook-timestamp"] for taken in receiver.taken}) == 8
    (row,) = await deliveries_of(app)
    assert (row.state, row.attempts, row.last_status) == (DeliveryState.FAILED, 8, 500)
    assert await notices(app) == []


async def test_one_that_hangs_delays_no_other(app: Running) -> None:
    connection_id = await a_connection(app)
    async with a_receiver(never_answers) as slow, a_receiver() as quick:
        slow_id, _ = await an_endpoint(app, connection_id, slow.url)
        for _ in range(150):
            await announce(app, connection_id)
        quick_id, _ = await an_endpoint(app, connection_id, quick.url)
        for _ in range(20):
            await announce(app, connection_id)
        stopping = asyncio.Event()
        courier = build_courier(app.ctx, pace=Pace(limit=30.0, idle=0.02))
        working = asyncio.create_task(deliver_until(courier, stopping, grace=0.1))
        async with asyncio.timeout(20):
            await quick.until(20)
        stopping.set()
        await working
        assert len(quick.taken) == 20
        assert len(slow.taken) == courier.pace.per_endpoint
    assert {row.state for row in await deliveries_of(app, quick_id)} == {DeliveryState.DELIVERED}
    assert len([row for row in await deliveries_of(app, slow_id) if row.state == DeliveryState.WAITING]) == 170


async def test_slow_and_broken_receivers_are_left_in_the_same_batch_as_a_good_one(app: Running) -> None:
    connection_id = await a_connection(app)
    async with a_receiver(never_answers) as slow, a_receiver() as pouring, a_receiver() as good:
        pouring.behaviour = pouring.pours
        there = says(302, "Location: http://169.254.169.254/latest/meta-data/", body=b"canary-of-a-body")
        async with a_receiver(there) as elsewhere:
            made = [await an_endpoint(app, connection_id, one.url) for one in (slow, pouring, good, elsewhere)]
            await announce(app, connection_id)
            assert await deliver(app, pace=HASTY) == 4
    seen = []
    for endpoint_id, _ in made:
        (row,) = await deliveries_of(app, endpoint_id)
        seen.append((row.state, row.last_status, row.last_error))
    assert seen == [
        (DeliveryState.WAITING, None, Fault.TOO_SLOW),
        (DeliveryState.DELIVERED, 200, None),
        (DeliveryState.DELIVERED, 204, None),
        (DeliveryState.WAITING, 302, Fault.NOT_TAKEN),
    ]


async def test_410_ends_it_at_once_and_says_so(app: Running) -> None:
    connection_id = await a_connection(app)
    async with a_receiver(says(410)) as receiver:
        endpoint_id, _ = await an_endpoint(app, connection_id, receiver.url)
        for _ in range(5):
            await announce(app, connection_id)
        await deliver(app)
        taken = len(receiver.taken)
        await announce(app, connection_id)
        await hours(app, 30)
        assert len(receiver.taken) == taken <= STANDARD.per_endpoint
    assert (await endpoint(app, endpoint_id)).state == EndpointState.GONE
    assert DeliveryState.WAITING not in await states(app)
    assert await notices(app) == [deliveries.GONE_NOTICE]


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("1800", 1800),
        # Later than any pause of ours, but not for ever; never sooner than ours; nonsense is not heard.
        ("999999999999", STANDARD.longest_wish),
        ("Fri, 20 Nov 2026 13:00:00 GMT", 3600),
        ("Fri, 20 Nov 2020 13:00:00 GMT", 10),
        ("0", 10),
        ("-5", 10),
        ("soon", 10),
        ("²", 10),
    ],
)
async def test_retry_after_is_heard_within_bounds(app: Running, asked: str, seconds: int) -> None:
    connection_id = await a_connection(app)
    async with a_receiver(says(429, f"Retry-After: {asked}") if asked.isascii() else says(429)) as receiver:
        await an_endpoint(app, connection_id, receiver.url)
        await announce(app, connection_id)
        await deliver(app)
        (row,) = await deliveries_of(app)
    assert row.next_try is not None
    assert seconds <= row.next_try - app.clock.now().timestamp() <= max(seconds, 12)


async def test_five_days_of_failure_switch_it_off_with_a_notice_and_all_can_be_had_later(app: Running) -> None:
    connection_id = await a_connection(app)
    async with a_receiver(says(500)) as receiver:
        endpoint_id, _ = await an_endpoint(app, connection_id, receiver.url)
        for _ in range(7):
            await announce(app, connection_id)
            await hours(app, 24)
        assert (await endpoint(app, endpoint_id)).state == EndpointState.FAILING
        assert await notices(app) == [deliveries.FAILING_NOTICE]
        assert set(await states(app)) == {DeliveryState.FAILED}
        receiver.taken.clear()
        await hours(app, 24)
        assert receiver.taken == []
        # What happened meanwhile was not lost either.
        receiver.behaviour = says(200)
        today = app.clock.now().date()
        await app.ctx.db.write(endpoints.enable, connection_id, endpoint_id)
        row = await endpoint(app, endpoint_id)
        first = today.replace(day=20)
        assert await app.ctx.db.write(deliveries.redeliver_failed, row, first, today) == 7
        await hours(app, 0.5)
    assert len(set(ids(receiver))) == len(receiver.taken) == 7
    assert set(await states(app)) == {DeliveryState.DELIVERED}


async def test_a_single_failure_after_quiet_weeks_switches_nothing_off(app: Running) -> None:
    connection_id = await a_connection(app)
    async with a_receiver(says(500)) as receiver:
        endpoint_id, _ = await an_endpoint(app, connection_id, receiver.url)
        await announce(app, connection_id)
        await hours(app, 1)
        app.clock.advance(days=20)
        await deliver(app)
        assert (await endpoint(app, endpoint_id)).state == EndpointState.ACTIVE
        receiver.behaviour = says(200)
        await hours(app, 24)
    assert await states(app) == [DeliveryState.DELIVERED]


async def test_a_crash_between_sending_and_noting_sends_again_under_the_same_id(app: Running) -> None:
    connection_id = await a_connection(app)
    async with a_receiver() as receiver:
        await an_endpoint(app, connection_id, receiver.url)
        await announce(app, connection_id)
        # Steps of the claim: its update, before and after its commit. The fourth is the first of the note.
        fuse = Fuse(at=4)
        crashing = replace(build_courier(app.ctx), db=DatabaseThatCrashes(app.ctx.db, fuse))
        with pytest.raises(Crash):
            await deliver_once(crashing)
        assert fuse.burnt
        assert len(receiver.taken) == 1
        assert await deliver(app) == 0  # It is leased.
        app.clock.advance(seconds=STANDARD.lease)
        assert await deliver(app) == 1
    assert len(receiver.taken) == 2
    assert len(set(ids(receiver))) == 1
    assert len({taken.body for taken in receiver.taken}) == 1
    assert await states(app) == [DeliveryState.DELIVERED]


async def test_two_workers_send_nothing_twice(app: Running) -> None:
    connection_id = await a_connection(app)
    async with a_receiver() as receiver:
        await an_endpoint(app, connection_id, receiver.url)
        for _ in range(12):
            await announce(app, connection_id)
        while sum(await asyncio.gather(deliver(app), deliver(app), deliver(app))):
            pass
    assert len(receiver.taken) == len(set(ids(receiver))) == 12


async def test_what_can_not_be_signed_is_failed_and_holds_up_nothing(app: Running) -> None:
    connection_id = await a_connection(app)
    async with a_receiver() as receiver:
        endpoint_id, _ = await an_endpoint(app, connection_id, receiver.url)
        await announce(app, connection_id)
        await app.ctx.db.write(lambda session: setattr(session.get_one(EndpointRow, endpoint_id), "secrets", b"?"))
        await an_endpoint(app, connection_id, receiver.url)
        await announce(app, connection_id)
        await deliver(app)
    assert len(receiver.taken) == 1
    found = await deliveries_of(app, endpoint_id)
    assert {(row.state, row.last_error) for row in found} == {(DeliveryState.FAILED, Fault.OURS)}


async def test_the_log_forgets_after_a_month_and_erasure_sooner(app: Running) -> None:
    connection_id = await a_connection(app)
    async with a_receiver() as receiver:
        await an_endpoint(app, connection_id, receiver.url)
        await announce(app, connection_id, application_remote_id="app-7")
        await announce(app, connection_id, application_remote_id="app-8")
        await app.ctx.db.write(deliveries.erase, uuid4(), "app-7")
        await app.ctx.db.write(deliveries.erase, connection_id, "app-7")
        assert [row.data["application_remote_id"] for row in await deliveries_of(app)] == ["app-8"]
        await deliver(app)
        app.clock.advance(days=DELIVERY.days)
        await app.ctx.db.write(deliveries.purge, app.clock.now().date())
        assert len(await deliveries_of(app)) == 1
        app.clock.advance(days=1)
        await app.ctx.db.write(deliveries.purge, app.clock.now().date())
        assert await deliveries_of(app) == []
