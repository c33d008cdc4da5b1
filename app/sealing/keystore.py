"""Where the key of each record lives: outside the database, so that destroying a key destroys every copy of the record.

A key is random, never derived from a master secret (which could not be destroyed). It is durable before anything is
sealed with it. The names of destroyed keys are kept, without a date, so that a restored backup can't revive a record.
Leave the store out of backups and snapshots.
"""

import asyncio
import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Protocol
from uuid import UUID

from typing_extensions import override

from app.core import randomness
from app.core.errors import Unreadable
from app.sealing.envelope import CHECK_BYTES, KEY_BYTES, Damaged, label_key, read_key


class Purpose(StrEnum):
    """What a key opens. `erasure` opens nothing: its name is noted, so that an erased request stays erased."""

    ROUND = "round"
    REQUEST = "request"
    DIALOGUE = "dialogue"
    ERASURE = "erasure"
    APPLICATION = "application"


class KeyName(NamedTuple):
    """Which key: derived from what it belongs to, so that no table has to name it."""

    purpose: Purpose
    owner: UUID

    @override
    def __str__(self) -> str:
        return f"{self.purpose}-{self.owner.hex}"

    @classmethod
    def parse(cls, text: str) -> "KeyName":
        """Return the name that was written as `text`. Raises ValueError."""
        purpose, _, owner = text.partition("-")
        return cls(Purpose(purpose), UUID(hex=owner))


class KeyStore(Protocol):
    """The port. Called outside transactions: a store may be another machine. All but `find` may be repeated freely.

    Raises Unavailable where a store does not answer, and Unreadable for a key that is not what it was.
    """

    async def create(self, name: KeyName) -> bytes:
        """Make and keep a key, or return the one that is there. Raises ValueError for a destroyed name."""
        ...

    async def find(self, name: KeyName) -> bytes | None:
        """Return the key, or None when there is none (any more)."""
        ...

    async def destroy(self, name: KeyName) -> None:
        """Wipe the key for good, and remember that it was destroyed."""
        ...

    async def discard(self, name: KeyName) -> None:
        """Wipe a key with which nothing was stored; its name is forgotten."""
        ...

    async def is_destroyed(self, name: KeyName) -> bool:
        """Tell whether the key existed and was destroyed."""
        ...

    async def names(self) -> list[KeyName]:
        """Return the names of all living keys."""
        ...


@dataclass(frozen=True)
class FoundKey:
    """What the store says of a key; asked before the transaction, since the store may be another machine."""

    owner: UUID
    key: bytes | None
    destroyed: bool


async def find_key(keys: KeyStore, name: KeyName) -> FoundKey:
    """Fetch a key whose owner may not exist."""
    key = await keys.find(name)
    return FoundKey(name.owner, key, key is None and await keys.is_destroyed(name))


class FileKeyStore:
    """A directory of 0600 files, for one machine; `destroyed/` has an empty file for each name that is gone."""

    def __init__(self, directory: Path) -> None:
        """Make the directory if it is not there. Raises OSError."""
        self._living = directory
        self._destroyed = directory / "destroyed"
        self._destroyed.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)

    async def create(self, name: KeyName) -> bytes:
        with _reporting():
            return await asyncio.to_thread(self._create, name)

    async def find(self, name: KeyName) -> bytes | None:
        # A few bytes from the page cache: a thread would cost more than the read.
        with _reporting():
            try:
                return self._read(name)
            except FileNotFoundError:
                return None

    async def destroy(self, name: KeyName) -> None:
        with _reporting():
            await asyncio.to_thread(self._destroy, name)

    async def discard(self, name: KeyName) -> None:
        with _reporting():
            await asyncio.to_thread(self._wipe, self._living / str(name))

    async def is_destroyed(self, name: KeyName) -> bool:
        with _reporting():
            return (self._destroyed / str(name)).exists()

    async def names(self) -> list[KeyName]:
        with _reporting():
            return await asyncio.to_thread(lambda: list(parsed(path.name for path in self._living.iterdir())))

    def _create(self, name: KeyName) -> bytes:
        if (self._destroyed / str(name)).exists():
            raise ValueError("this key was destroyed")
        path = self._living / str(name)
        # Written aside and linked into place: under its name a key is whole, whoever else makes it at the same time.
        draft = self._living / f".{randomness.token_bytes(8).hex()}"
        try:
            _write_durably(draft, label_key(str(name), randomness.token_bytes(KEY_BYTES)))
            os.link(draft, path)
        except FileExistsError:
            self._wipe(draft)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        else:
            # The two share their bytes, so that this one must not be overwritten; and if a crash leaves it behind,
            # wiping the key wipes it too.
            draft.unlink()
            _sync(self._living)
        try:
            key = self._read(name)
        except FileNotFoundError:
            raise ValueError("this key was destroyed") from None
        # Once more: who destroyed it while we made it wrote the note before looking for a key, and may have found none.
        if (self._destroyed / str(name)).exists():
            self._wipe(path)
            raise ValueError("this key was destroyed")
        return key

    def _destroy(self, name: KeyName) -> None:
        # The note comes first: a crash in between leaves a key that is known to be dead, and the next tick wipes it.
        note = self._destroyed / str(name)
        _write_durably(note, b"")
        os.utime(note, (0, 0))
        _sync(self._destroyed)
        self._wipe(self._living / str(name))

    def _wipe(self, path: Path) -> None:
        # Two processes may wipe the same key: whoever comes second finds nothing.
        with suppress(FileNotFoundError):
            _write_durably(path, bytes(KEY_BYTES + CHECK_BYTES), flags=os.O_WRONLY)
        path.unlink(missing_ok=True)
        _sync(self._living)

    def _read(self, name: KeyName) -> bytes:
        descriptor = os.open(self._living / str(name), os.O_RDONLY)
        try:
            # One byte more than there should be, so that what was appended is seen.
            kept = os.read(descriptor, KEY_BYTES + CHECK_BYTES + 1)
        finally:
            os.close(descriptor)
        return checked(name, kept)


def checked(name: KeyName, kept: bytes) -> bytes:
    """Return the key that a store kept under `name`. Raises Unreadable."""
    try:
        return read_key(str(name), kept)
    except Damaged as error:
        raise Unreadable("key_damaged", "The key of this is not the one it was. Its operator has been told.") from error


@contextmanager
def _reporting() -> Iterator[None]:
    """Turn what the file system refuses into an error that says when to try again."""
    try:
        yield
    except OSError as error:
        raise Unreadable("keys_unavailable", "The key store can't be used right now. Please try again.") from error


def parsed(names: Iterable[str]) -> Iterable[KeyName]:
    """Yield the names among `names`; whatever else lies there (drafts, notes) is passed over."""
    for name in names:
        try:
            yield KeyName.parse(name)
        except ValueError:
            continue


def _write_durably(path: Path, content: bytes, *, flags: int = os.O_WRONLY | os.O_CREAT) -> None:
    # Without O_TRUNC: overwriting in place is what makes wiping more than unlinking.
    descriptor = os.open(path, flags, 0o600)
    try:
        if os.write(descriptor, content) != len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
