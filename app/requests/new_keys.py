"""A key is durable before anything is sealed with it; where nothing was sealed in the end, it is wiped again."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from app.context import Context
from app.core import randomness
from app.core.errors import DomainError, Unavailable
from app.sealing.keystore import KeyName, Purpose

T = TypeVar("T")


@dataclass(frozen=True)
class Prepared:
    """The id and the key of something new."""

    name: KeyName
    key: bytes

    @property
    def id(self) -> UUID:
        return self.name.owner


async def prepare(ctx: Context, purpose: Purpose) -> Prepared:
    """Make an id and its key."""
    name = KeyName(purpose, randomness.new_id())
    return Prepared(name, await ctx.keys.create(name))


async def prepare_all(ctx: Context, *purposes: Purpose) -> list[Prepared]:
    """Make several ids with their keys, or none."""
    made: list[Prepared] = []
    try:
        for purpose in purposes:
            made += [await prepare(ctx, purpose)]
    except Unavailable:
        await _discard(ctx, made)
        raise
    return made


async def write(ctx: Context, prepared: Sequence[Prepared], act: Callable[[Session], tuple[T, bool]]) -> T:
    """Run `act`, which also says whether it used what was prepared; wipe the keys if not."""
    try:
        result, used = await ctx.db.write(act)
    except DomainError as error:
        # After an outage nobody knows whether the transaction was stored: then the keys stay.
        if not isinstance(error, Unavailable):
            await _discard(ctx, prepared)
        raise
    if not used:
        await _discard(ctx, prepared)
    return result


async def _discard(ctx: Context, prepared: Sequence[Prepared]) -> None:
    for one in prepared:
        # What is left then opens nothing and does no harm: the caller's answer must not depend on it.
        with suppress(Unavailable):
            await ctx.keys.discard(one.name)
