"""The ports of the application, faulty on purpose: each of them can stop at a given step, as a crash would."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session

from app.context import Context
from app.core.db import Database
from app.sealing.keystore import KeyName, KeyStore

P = ParamSpec("P")
T = TypeVar("T")


class Crash(BaseException):
    """The process died here: what was not committed is rolled back, and nothing after it happens.

    No plain exception, of which a tick contains those that concern a single round.
    """


@dataclass
class Fuse:
    """Counts steps, and crashes at the one it was made for. `burnt` tells whether it came to that."""

    at: int
    steps: int = 0
    burnt: bool = False

    def step(self) -> None:
        """Take one step."""
        self.steps += 1
        if self.steps == self.at:
            self.burnt = True
            raise Crash


class DatabaseThatCrashes:
    """A database whose transactions end at a step: before each statement that writes, before or after the commit."""

    def __init__(self, inner: Database, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    async def read(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._inner.read(fn, *args, **kwargs)

    async def look(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._inner.look(fn, *args, **kwargs)

    async def write(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        def watched(session: Session) -> T:
            connection = session.connection()
            event.listen(connection, "before_cursor_execute", self._before)
            try:
                result = fn(session, *args, **kwargs)
                session.flush()
                self._fuse.step()
                return result
            finally:
                event.remove(connection, "before_cursor_execute", self._before)

        result = await self._inner.write(watched)
        self._fuse.step()
        return result

    async def forget(self) -> None:
        self._fuse.step()
        await self._inner.forget()

    async def close(self) -> None:
        await self._inner.close()

    def _before(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("SELECT"):
            self._fuse.step()


class KeysThatCrash:
    """A key store that ends before or after each act that changes it."""

    def __init__(self, inner: KeyStore, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    async def create(self, name: KeyName) -> bytes:
        self._fuse.step()
        key = await self._inner.create(name)
        self._fuse.step()
        return key

    async def find(self, name: KeyName) -> bytes | None:
        return await self._inner.find(name)

    async def destroy(self, name: KeyName) -> None:
        self._fuse.step()
        await self._inner.destroy(name)
        self._fuse.step()

    async def discard(self, name: KeyName) -> None:
        self._fuse.step()
        await self._inner.discard(name)

    async def is_destroyed(self, name: KeyName) -> bool:
        return await self._inner.is_destroyed(name)

    async def names(self) -> list[KeyName]:
        return await self._inner.names()


def crashing(ctx: Context, fuse: Fuse) -> Context:
    """Return the same installation, its ports connected to `fuse`."""
    return replace(ctx, db=DatabaseThatCrashes(ctx.db, fuse), keys=KeysThatCrash(ctx.keys, fuse))
