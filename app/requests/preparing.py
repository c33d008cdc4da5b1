"""A key is durable before anything is sealed with it; where nothing was sealed in the end, it is wiped again."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import dice
from app.core.errors import DomainError, Unavailable
from app.rounds.context import Context
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


async def prepare(to: Context, purpose: Purpose) -> Prepared:
    """Make an id and its key."""
    name = KeyName(purpose, dice.new_id())
    return Prepared(name, await to.keys.create(name))


async def prepare_all(to: Context, *purposes: Purpose) -> list[Prepared]:
    """Make several ids with their keys, or none."""
    made: list[Prepared] = []
    try:
        for purpose in purposes:
            made += [await prepare(to, purpose)]
    except Unavailable:
        await _discard(to, made)
        raise
    return made


async def write(to: Context, prepared: Sequence[Prepared], act: Callable[[Session], tuple[T, bool]]) -> T:
    """Run `act`, which also says whether it used what was prepared; wipe the keys if not."""
    try:
        result, used = await to.db.write(act)
    except DomainError as error:
        # After an outage nobody knows whether the transaction was stored: then the keys stay.
        if not isinstance(error, Unavailable):
            await _discard(to, prepared)
        raise
    if not used:
        await _discard(to, prepared)
    return result


async def _discard(to: Context, prepared: Sequence[Prepared]) -> None:
    for one in prepared:
        # What is left then opens nothing and does no harm: the caller's answer must not depend on it.
        with suppress(Unavailable):
            await to.keys.discard(one.name)
