"""Safe repetition of what creates something: a repeated call gets the first answer, and no second request or round.

The order matters: replay, check, make keys, write in one transaction, discard the keys that were not used. A key is
durable before anything is sealed with it.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from app.context import Context
from app.core import idempotency, randomness
from app.core.errors import DomainError, Unavailable
from app.sealing.keystore import KeyName, Purpose

Caller = TypeVar("Caller")
Content = TypeVar("Content")


@dataclass(frozen=True)
class Attempt:
    """One try of a call that may be repeated.

    `idempotency_key` is None if the client sent none: then nothing is replayed. `body` has to be equal each time.
    """

    idempotency_key: str | None
    body: bytes
    today: date


@dataclass(frozen=True)
class Draft(Generic[Content]):
    """Checked input, and the purposes of the keys that it needs."""

    content: Content
    purposes: Sequence[Purpose]


@dataclass(frozen=True)
class NewKey:
    """The id and the key of something that is not stored yet."""

    name: KeyName
    key: bytes

    @property
    def id(self) -> UUID:
        return self.name.owner


async def create_once(
    ctx: Context,
    attempt: Attempt,
    *,
    authorize: Callable[[Session], Caller],
    draft: Callable[[Session, Caller], Draft[Content]],
    store: Callable[[Session, Content, Sequence[NewKey]], tuple[UUID, bytes]],
) -> bytes:
    """Return the answer of `store`, or the one that it gave to an earlier attempt with the same key and body.

    * `authorize` runs first, in each attempt, and raises for a caller without access.
    * `draft` checks the input, only if there is nothing to replay: a date that was accepted the first time may be too
      late by now.
    * `store` gets one new key for each purpose of the draft. It returns the id of the request and the answer.
      Erasing that request wipes the stored answer. It checks again what another transaction could have changed since.
    """

    def look(session: Session) -> bytes | Draft[Content]:
        caller = authorize(session)
        return _replay(session, attempt) or draft(session, caller)

    found = await ctx.db.read(look)
    if isinstance(found, bytes):
        return found
    keys = await _make_keys(ctx, found.purposes)

    def write(session: Session) -> tuple[bytes, bool]:
        return _store_once(session, attempt, lambda: store(session, found.content, keys))

    try:
        answer, is_new = await ctx.db.write(write)
    except DomainError as error:
        # After an outage nobody knows whether the transaction was stored: then the keys stay.
        if not isinstance(error, Unavailable):
            await _discard(ctx, keys)
        raise
    if not is_new:
        await _discard(ctx, keys)
    return answer


def _replay(session: Session, attempt: Attempt) -> bytes | None:
    if attempt.idempotency_key is None:
        return None
    return idempotency.replay(session, attempt.idempotency_key, attempt.body, attempt.today)


def _store_once(session: Session, attempt: Attempt, store: Callable[[], tuple[UUID, bytes]]) -> tuple[bytes, bool]:
    """Return the answer, and whether `store` gave it now."""
    key = attempt.idempotency_key
    if key is None:
        return store()[1], True

    def act() -> bytes:
        request_id, answer = store()
        idempotency.tie(session, key, request_id)
        return answer

    return idempotency.once(session, key, attempt.body, attempt.today, act)


async def _make_keys(ctx: Context, purposes: Sequence[Purpose]) -> list[NewKey]:
    """Make one key for each purpose, or none."""
    made: list[NewKey] = []
    try:
        for purpose in purposes:
            name = KeyName(purpose, randomness.new_id())
            made.append(NewKey(name, await ctx.keys.create(name)))
    except Unavailable:
        await _discard(ctx, made)
        raise
    return made


async def _discard(ctx: Context, keys: Sequence[NewKey]) -> None:
    for new in keys:
        # A key that is left over opens nothing: the caller's answer must not depend on it.
        with suppress(Unavailable):
            await ctx.keys.discard(new.name)
