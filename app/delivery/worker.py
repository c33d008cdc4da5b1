"""The mail worker: it claims rows in one transaction, sends outside of any, and records the result in another.

A crash between sending and recording sends the mail again: at least once, each time under the same Message-ID.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Concatenate, ParamSpec, Protocol

import structlog
from sqlalchemy.orm import Session

from app.core import randomness
from app.core.addresses import read_address
from app.core.clock import Clock
from app.core.db import Database
from app.core.errors import DomainError
from app.delivery import outbox_claims, recipient_limit, suppression, test_mail
from app.delivery.backoff import STANDARD, Pace
from app.delivery.mail.letter import Letter, Sender, compose
from app.delivery.mail.mailers import Mailer, SendingFailed
from app.delivery.models import OutboxState
from app.delivery.outbox_claims import Claimed
from app.delivery.suppression import Suppressed
from app.delivery.work_loop import process_rows, run_until

P = ParamSpec("P")
log = structlog.get_logger(__name__)


# Seconds until a mail that has to wait is opened again.
WAIT_SECONDS = 600


class NotNow(Exception):
    """The request of a mail is paused. The mail waits, however long that takes."""


class TooMany(Exception):
    """The recipient has reached the limit of today."""


class AddressBounced(Exception):
    """Mail to this address came back before: this one is not sent."""


class Opener(Protocol):
    """Opens the sealed payload of a row. The composition root provides one that has the keys."""

    async def open(self, row: Claimed) -> Letter | None:
        """Return the letter of a row, or None if there is nothing to say any more or its key is destroyed.

        Raises NotNow while the mail has to wait.
        """
        ...


@dataclass(frozen=True)
class Post:
    """The dependencies of the mail worker.

    `recipient_limit`: mails per day and address that strangers may cause; 0 for no limit.
    """

    db: Database
    clock: Clock
    opener: Opener
    mailer: Mailer
    sender: Sender
    suppression_key: bytes
    pace: Pace = STANDARD
    recipient_limit: int = 0


async def work_once(post: Post) -> int:
    """Process one batch of due rows, all at once; return their number."""
    claimed = await post.db.write(outbox_claims.claim, post.clock.now(), post.pace, post.pace.batch)
    await asyncio.gather(*(_deliver(post, row, None) for row in claimed))
    return len(claimed)


async def keep_working(post: Post, stopping: asyncio.Event) -> None:
    """Process due rows until `stopping` is set; then finish those that have begun."""

    async def claim(free: int) -> list[Claimed]:
        # Claimed by at least half a batch, not one by one.
        return await _claim(post, free) if free * 2 >= post.pace.batch else []

    await process_rows(
        claim, lambda row: _deliver(post, row, stopping), stopping, batch=post.pace.batch, idle=post.pace.idle
    )


async def work_until(post: Post, stopping: asyncio.Event, *, grace: float) -> None:
    """Process due rows until `stopping` is set; give those under way `grace` seconds."""
    await run_until(stopping, keep_working(post, stopping), grace=grace)


async def _claim(post: Post, most: int) -> list[Claimed]:
    try:
        return await post.db.write(outbox_claims.claim, post.clock.now(), post.pace, most)
    except DomainError as error:
        log.warning("outbox_postponed", code=error.code)
    except Exception as error:
        # The next call may succeed; a worker that has ended never would.
        log.exception("outbox_failed", exc_info=error)
    return []


async def _deliver(post: Post, row: Claimed, stopping: asyncio.Event | None) -> None:
    """Process one row. No failure of it affects the others."""
    if stopping is not None and stopping.is_set():
        await _record(post, row, outbox_claims.give_back)
        return
    failure: SendingFailed | None = None
    state = OutboxState.SENT
    try:
        async with asyncio.timeout(post.pace.limit):
            state = await _open_and_send(post, row)
    except SendingFailed as error:
        failure = error
    except TimeoutError:
        failure = SendingFailed("too_slow")
    except NotNow:
        await _record(post, row, outbox_claims.give_back, int(post.clock.now().timestamp()) + WAIT_SECONDS)
        return
    except TooMany:
        moment = recipient_limit.next_try(post.clock.now(), randomness.fraction())
        await _record(post, row, outbox_claims.give_back, moment, recipient_limit.POSTPONED)
        return
    except AddressBounced:
        log.info("mail_suppressed", row=str(row.id), kind=row.kind)
        await _record(post, row, _record_suppressed)
        return
    except DomainError as error:
        failure = SendingFailed(error.code)
    except Exception as error:
        log.exception("mail_failed", row=str(row.id), kind=row.kind, exc_info=error)
        failure = SendingFailed(f"bug_{type(error).__name__}")
    if failure is None:
        await _record(post, row, _record_done, state)
        return
    log.warning("mail_postponed", row=str(row.id), kind=row.kind, reason=failure.reason, attempts=row.attempts)
    await _record(post, row, _record_failed, failure, post.clock.now(), post.pace)


async def _open_and_send(post: Post, row: Claimed) -> OutboxState:
    letter = await post.opener.open(row)
    if letter is None:
        return OutboxState.CANCELLED
    # Checked again before sending: an address that a header parser reads differently must not reach the envelope.
    if read_address(letter.to) != letter.to.lower():
        raise SendingFailed("unusable_address", permanent=True)
    if letter.kept_for is not None:
        await post.db.write(test_mail.keep, row.id, letter.kept_for, letter, post.clock.now().date())
        return OutboxState.SENT
    digest = suppression.digest_of(post.suppression_key, letter.to)
    suppressed = await post.db.look(suppression.find_suppression, post.suppression_key, digest)
    if suppressed is Suppressed.UNSUBSCRIBED:
        return OutboxState.SENT
    if suppressed is Suppressed.BOUNCED:
        raise AddressBounced
    if not await _may_go(post, row, letter):
        if post.clock.now().date() - row.send_on > recipient_limit.LONGEST_WAIT:
            return OutboxState.CANCELLED
        raise TooMany
    message = compose(
        letter,
        row_id=row.id,
        sender=post.sender,
        unsubscribe_token=suppression.token_for(post.suppression_key, letter.to),
        now=post.clock.now(),
    )
    # A refusal comes from the operator's own server, which may be wrong for an hour: it suppresses nobody.
    await post.mailer.send(message, post.sender.address, letter.to)
    return OutboxState.SENT


async def _may_go(post: Post, row: Claimed, letter: Letter) -> bool:
    # The first try has already counted this mail.
    if not post.recipient_limit or row.attempts > 1:
        return True
    return await post.db.write(
        recipient_limit.take,
        post.suppression_key,
        letter.to,
        letter.cause,
        has_waited=row.last_error == recipient_limit.POSTPONED,
        today=post.clock.now().date(),
        limit=post.recipient_limit,
    )


def _record_done(session: Session, row: Claimed, state: OutboxState) -> None:
    outbox_claims.record_done(session, row.id, state)


def _record_suppressed(session: Session, row: Claimed) -> None:
    outbox_claims.record_suppressed(session, row.id)


def _record_failed(session: Session, row: Claimed, failure: SendingFailed, now: datetime, pace: Pace) -> None:
    outbox_claims.record_failed(session, row, failure.reason, permanent=failure.permanent, now=now, pace=pace)


async def _record(
    post: Post, row: Claimed, record: Callable[Concatenate[Session, Claimed, P], None], /, *args: P.args, **kw: P.kwargs
) -> None:
    try:
        await post.db.write(record, row, *args, **kw)
    except DomainError as error:
        # The result is lost: when the lease ends, another try follows.
        log.warning("outcome_not_noted", row=str(row.id), code=error.code)
