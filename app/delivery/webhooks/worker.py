"""The webhook worker: it claims deliveries in one transaction, sends outside of any, and records results in another.

A crash between sending and recording sends again: at least once, each time under the same `webhook-id`. Of a response
only the status is stored. No URL, body or secret is ever logged.
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
from app.delivery.work_loop import process_rows, run_until

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Courier:
    """The dependencies of the webhook worker."""

    db: Database
    clock: Clock
    vault_key: bytes
    open_way: Callable[[], Outward]
    notify: Notify
    pace: Pace = field(default=STANDARD)


async def deliver_once(courier: Courier) -> int:
    """Try one batch of due deliveries, all at once; return their number."""
    async with courier.open_way() as way:
        claimed = await _claim(courier, courier.pace.batch)
        await asyncio.gather(*(_deliver(courier, way, one, None) for one in claimed))
    return len(claimed)


async def keep_delivering(courier: Courier, stopping: asyncio.Event) -> None:
    """Deliver until `stopping` is set; then finish the deliveries that have begun."""
    async with courier.open_way() as way:
        await process_rows(
            lambda free: _claim(courier, free),
            lambda one: _deliver(courier, way, one, stopping),
            stopping,
            batch=courier.pace.batch,
            idle=courier.pace.idle,
        )


async def deliver_until(courier: Courier, stopping: asyncio.Event, *, grace: float) -> None:
    """Deliver until `stopping` is set; give deliveries under way `grace` seconds."""
    await run_until(stopping, keep_delivering(courier, stopping), grace=grace)


def body_of(claimed: Claimed) -> bytes:
    """Return the body, the same bytes at each try. Its only time is the day of the event."""
    event = {"type": claimed.event_type, "timestamp": claimed.event_on.isoformat(), "data": claimed.data}
    return json.dumps(event, separators=(",", ":"), sort_keys=True).encode()


def retry_after_seconds(retry_after: str | None, now: datetime) -> int | None:
    """Return the seconds of a Retry-After header (RFC 9110, section 10.2.3), or None if it is missing or malformed."""
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
    """Return the result of a response: any 2xx is accepted, 410 is final, and a redirect is a failure."""
    if answer.taken:
        return Outcome(answer.status, None)
    if answer.status is None:
        return Outcome(None, answer.fault or Fault.OURS)
    fault = Fault.GONE if answer.status == 410 else Fault.NOT_TAKEN
    return Outcome(answer.status, fault, retry_after_seconds(answer.retry_after, now))


async def _claim(courier: Courier, most: int) -> list[Claimed]:
    if most <= 0:
        return []
    try:
        now = courier.clock.now()
        return await courier.db.write(deliveries.claim, now, courier.pace, most, courier.vault_key)
    except DomainError as error:
        log.warning("webhooks_postponed", code=error.code)
    except Exception as error:
        # The next call may succeed; a worker that has ended never would.
        log.exception("webhooks_failed", exc_info=error)
    return []


async def _deliver(courier: Courier, way: Outward, claimed: Claimed, stopping: asyncio.Event | None) -> None:
    """Try one delivery. No failure of it affects the others."""
    if stopping is not None and stopping.is_set():
        await _record(courier, claimed, None)
        return
    try:
        body = body_of(claimed)
        headers = signed_headers(claimed.secrets, claimed.message_id, courier.clock.now(), body)
        answer = await post(way, claimed.url, headers, body, limit=courier.pace.limit)
        outcome = judge(answer, courier.clock.now())
    except Exception as error:  # noqa: BLE001  # Its text and its traceback could quote the URL, so only its type is logged.
        log.warning("webhook_failed", delivery=str(claimed.id), reason=type(error).__name__)
        outcome = Outcome(None, Fault.OURS)
    if outcome.fault is not None:
        log.info("webhook_postponed", delivery=str(claimed.id), reason=outcome.fault, attempts=claimed.attempts)
    await _record(courier, claimed, outcome)


async def _record(courier: Courier, claimed: Claimed, outcome: Outcome | None) -> None:
    try:
        if outcome is None:
            await courier.db.write(deliveries.give_back, claimed)
        else:
            now = courier.clock.now()
            await courier.db.write(deliveries.record, claimed, outcome, now, courier.pace, courier.notify)
    except DomainError as error:
        # The result is lost: when the lease ends, another try follows.
        log.warning("outcome_not_noted", delivery=str(claimed.id), code=error.code)
