"""The worker of webhooks: claims deliveries in one transaction, sends outside of any, notes in another what came of it.

A crash between sending and noting sends again: at least once, each time under the same `webhook-id`. Nothing of an
answer is kept but its status; no URL, no body and no secret is ever logged.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import structlog

from app.core.clock import Clock
from app.core.db import Database
from app.core.errors import DomainError
from app.delivery.webhooks import deliveries
from app.delivery.webhooks.deliveries import Claimed, Notify, Outcome
from app.delivery.webhooks.rules import STANDARD, Fault, Pace
from app.delivery.webhooks.signature import signed_headers
from app.delivery.webhooks.transport import Answer, Outward, post
from app.delivery.work_loop import take_up, until

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Courier:
    """What the worker needs: the doors, a clock, the key that secrets are locked with, the way out, whom to notify."""

    db: Database
    clock: Clock
    vault_key: bytes
    open_way: Callable[[], Outward]
    notify: Notify
    pace: Pace = field(default=STANDARD)


async def deliver_once(courier: Courier) -> int:
    """Try the next batch of what is due, all of it at the same time; return how many deliveries it was."""
    async with courier.open_way() as way:
        claimed = await _claim(courier, courier.pace.batch)
        await asyncio.gather(*(_deliver(courier, way, one, None) for one in claimed))
    return len(claimed)


async def keep_delivering(courier: Courier, stopping: asyncio.Event) -> None:
    """Work until `stopping` is set, and then no longer than what has begun takes."""
    async with courier.open_way() as way:
        await take_up(
            lambda free: _claim(courier, free),
            lambda one: _deliver(courier, way, one, stopping),
            stopping,
            batch=courier.pace.batch,
            idle=courier.pace.idle,
        )


async def deliver_until(courier: Courier, stopping: asyncio.Event, *, grace: float) -> None:
    """Work until `stopping` is set; what has not ended `grace` seconds later is cut off, and repeated by the next."""
    await until(stopping, keep_delivering(courier, stopping), grace=grace)


def body_of(claimed: Claimed) -> bytes:
    """Return what is sent: the same bytes at each try. The day of the event is all that it says of time."""
    told = {"type": claimed.event_type, "timestamp": claimed.event_on.isoformat(), "data": claimed.data}
    return json.dumps(told, separators=(",", ":"), sort_keys=True).encode()


def seconds_wished(retry_after: str | None, now: datetime) -> int | None:
    """Return the seconds that a Retry-After asks for (RFC 9110, section 10.2.3), or None if it says nothing useful."""
    if retry_after is None:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return int(retry_after[:9])
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0, round((aware - now).total_seconds()))


def judge(answer: Answer, now: datetime) -> Outcome:
    """Return what an answer means: any 2xx is taken, 410 is for good, and a redirection is followed nowhere."""
    if answer.taken:
        return Outcome(answer.status, None)
    if answer.status is None:
        return Outcome(None, answer.fault or Fault.OURS)
    fault = Fault.GONE if answer.status == 410 else Fault.NOT_TAKEN
    return Outcome(answer.status, fault, seconds_wished(answer.retry_after, now))


async def _claim(courier: Courier, most: int) -> list[Claimed]:
    if most <= 0:
        return []
    try:
        now = courier.clock.now()
        return await courier.db.write(deliveries.claim, now, courier.pace, most, courier.vault_key)
    except DomainError as error:
        log.warning("webhooks_postponed", code=error.code)
    except Exception as error:
        # The next time may do better; a worker that has died never would.
        log.exception("webhooks_failed", exc_info=error)
    return []


async def _deliver(courier: Courier, way: Outward, claimed: Claimed, stopping: asyncio.Event | None) -> None:
    """Carry out one delivery. Whatever happens to it, the others go on."""
    if stopping is not None and stopping.is_set():
        await _note(courier, claimed, None)
        return
    try:
        body = body_of(claimed)
        headers = signed_headers(claimed.secrets, claimed.message_id, courier.clock.now(), body)
        answer = await post(way, claimed.url, headers, body, limit=courier.pace.limit)
        outcome = judge(answer, courier.clock.now())
    except Exception as error:  # noqa: BLE001  # Its text, and a traceback's, could quote the URL: they are not logged.
        log.warning("webhook_failed", delivery=str(claimed.id), reason=type(error).__name__)
        outcome = Outcome(None, Fault.OURS)
    if outcome.fault is not None:
        log.info("webhook_postponed", delivery=str(claimed.id), reason=outcome.fault, attempts=claimed.attempts)
    await _note(courier, claimed, outcome)


async def _note(courier: Courier, claimed: Claimed, outcome: Outcome | None) -> None:
    try:
        if outcome is None:
            await courier.db.write(deliveries.give_back, claimed)
        else:
            now = courier.clock.now()
            await courier.db.write(deliveries.note, claimed, outcome, now, courier.pace, courier.notify)
    except DomainError as error:
        # Nobody knows now what came of it: the lease will end, and it is done again.
        log.warning("outcome_not_noted", delivery=str(claimed.id), code=error.code)
