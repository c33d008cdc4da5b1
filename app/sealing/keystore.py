"""The key store, outside the database: a key for each sealed record.

Destroying a key destroys all copies of its record. A key is random: one that derives from a master secret could not be
destroyed. It is durable before a record is sealed with it. The store keeps the names of destroyed keys, without a date,
so that a restored backup revives no record. Leave the store out of backups and snapshots.
"""

import asyncio
import errno
import fcntl
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
    """The kind of record that a key opens. `erasure` has only names of destroyed keys: those of erased requests."""

    ROUND = "round"
    REQUEST = "request"
    DIALOGUE = "dialogue"
    ERASURE = "erasure"
    APPLICATION = "application"


class KeyName(NamedTuple):
    """The name of a key. It follows from the owner of the record, so that no table has to store it."""

    purpose: Purpose
    owner: UUID

    @override
    def __str__(self) -> str:
        return f"{self.purpose}-{self.owner.hex}"

    @classmethod
    def parse(cls, text: str) -> "KeyName":
        """Parse a name. Raises ValueError."""
        purpose, _, owner = text.partition("-")
        return cls(Purpose(purpose), UUID(hex=owner))


class KeyStore(Protocol):
    """The port of key stores. Call it outside transactions, since a store may be on another machine.

    Every method is idempotent. All raise Unavailable if the store does not answer, and Unreadable for a damaged key.
    """

    async def create(self, name: KeyName) -> bytes:
        """Create and store a key, or return the existing one. Raises ValueError for a destroyed name."""
        ...

    async def find(self, name: KeyName) -> bytes | None:
        """Return the key, or None if it does not exist or was destroyed."""
        ...

    async def destroy(self, name: KeyName) -> None:
        """Wipe the key for good, and note its name as destroyed."""
        ...

    async def discard(self, name: KeyName) -> None:
        """Wipe a key that sealed no record. Its name can be used again."""
        ...

    async def is_destroyed(self, name: KeyName) -> bool:
        """Tell whether the key existed and was destroyed."""
        ...

    async def names(self) -> list[KeyName]:
        """Return the names of all living keys."""
        ...


@dataclass(frozen=True)
class FoundKey:
    """The result of looking up a key, before the transaction that needs it."""

    owner: UUID
    key: bytes | None
    destroyed: bool


async def find_key(keys: KeyStore, name: KeyName) -> FoundKey:
    """Look up a key. Its owner may not exist."""
    key = await keys.find(name)
    return FoundKey(name.owner, key, key is None and await keys.is_destroyed(name))


class FileKeyStore:
    """A key store for one machine: a directory of 0600 files. `destroyed/names` lists the destroyed keys, sorted.

    That is one file, rewritten whole. A file for each would have a time (`ctime`) and a place on the disk, and both
    would tell when its key was destroyed.
    """

    def __init__(self, directory: Path) -> None:
        """Make a new store in a directory that is missing or has no keys. Raises OSError."""
        self._living = directory
        self._destroyed = directory / "destroyed"
        self._names = self._destroyed / "names"
        # Keys without notes are not a new store: what was destroyed is unknown.
        if not directory.exists() or not any(parsed(path.name for path in directory.iterdir())):
            self._destroyed.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)

    async def create(self, name: KeyName) -> bytes:
        with _reporting():
            return await asyncio.to_thread(self._create, name)

    async def find(self, name: KeyName) -> bytes | None:
        # A few bytes from the page cache: a thread would take longer than the read.
        with _reporting():
            try:
                return self._read(name)
            except FileNotFoundError:
                self._require_store()
                return None

    async def destroy(self, name: KeyName) -> None:
        with _reporting():
            await asyncio.to_thread(self._destroy, name)

    async def discard(self, name: KeyName) -> None:
        with _reporting():
            await asyncio.to_thread(self._wipe, self._living / str(name))

    async def is_destroyed(self, name: KeyName) -> bool:
        with _reporting():
            return self._is_noted(name)

    async def names(self) -> list[KeyName]:
        with _reporting():
            return await asyncio.to_thread(lambda: list(parsed(path.name for path in self._living.iterdir())))

    def _require_store(self) -> None:
        """Raise FileNotFoundError if the store is missing, as after its volume was unmounted."""
        if not self._destroyed.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))

    def _create(self, name: KeyName) -> bytes:
        self._require_store()
        if self._is_noted(name):
            raise ValueError("this key was destroyed")
        path = self._living / str(name)
        # Write a draft and link it: a file with the final name is always complete, even if two processes create it.
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
            # Both names share the bytes, so do not overwrite the draft. After a crash, wiping the key wipes both.
            draft.unlink()
            _sync(self._living)
        try:
            key = self._read(name)
        except FileNotFoundError:
            raise ValueError("this key was destroyed") from None
        # Check again: a process that destroyed the key meanwhile wrote its note first, and may have found no key yet.
        if self._is_noted(name):
            self._wipe(path)
            raise ValueError("this key was destroyed")
        return key

    def _destroy(self, name: KeyName) -> None:
        # Write the note first: after a crash in between, the next tick finds the note and wipes the key.
        if not self._is_noted(name):
            self._note(name)
        self._wipe(self._living / str(name))

    def _is_noted(self, name: KeyName) -> bool:
        try:
            noted = self._names.read_bytes()
        except FileNotFoundError:
            noted = b""
        return f"\n{name}\n".encode() in b"\n" + noted or (self._destroyed / str(name)).exists()

    def _note(self, name: KeyName) -> None:
        folder = os.open(self._destroyed, os.O_RDONLY)
        try:
            # Two processes that destroy keys write one after the other.
            fcntl.flock(folder, fcntl.LOCK_EX)
            # Older versions wrote a file for each key.
            single = [one for one in self._destroyed.iterdir() if one != self._names and not one.name.startswith(".")]
            noted = self._names.read_text().split() if self._names.exists() else []
            names = sorted({*noted, *(one.name for one in single), str(name)})
            draft = self._destroyed / f".{randomness.token_bytes(8).hex()}"
            try:
                _write_durably(draft, "".join(f"{one}\n" for one in names).encode())
                os.utime(draft, (0, 0))
                draft.rename(self._names)
            except OSError:
                draft.unlink(missing_ok=True)
                raise
            os.fsync(folder)
            for one in single:
                one.unlink()
        finally:
            os.close(folder)

    def _wipe(self, path: Path) -> None:
        # Two processes may wipe the same key; the second one finds no file.
        with suppress(FileNotFoundError):
            _write_durably(path, bytes(KEY_BYTES + CHECK_BYTES), flags=os.O_WRONLY)
        path.unlink(missing_ok=True)
        _sync(self._living)

    def _read(self, name: KeyName) -> bytes:
        descriptor = os.open(self._living / str(name), os.O_RDONLY)
        try:
            # Read one more byte than expected, to notice appended bytes.
            stored = os.read(descriptor, KEY_BYTES + CHECK_BYTES + 1)
        finally:
            os.close(descriptor)
        return checked(name, stored)


def checked(name: KeyName, stored: bytes) -> bytes:
    """Check and return the key that a store has under `name`. Raises Unreadable."""
    try:
        return read_key(str(name), stored)
    except Damaged as error:
        raise Unreadable("key_damaged", "The key of this is not the one it was. Its operator has been told.") from error


@contextmanager
def _reporting() -> Iterator[None]:
    """Turn OSError into Unreadable."""
    try:
        yield
    except OSError as error:
        raise Unreadable("keys_unavailable", "The key store can't be used right now. Please try again.") from error


def parsed(names: Iterable[str]) -> Iterable[KeyName]:
    """Yield those of `names` that are names of keys. Skips drafts and notes."""
    for name in names:
        try:
            yield KeyName.parse(name)
        except ValueError:
            continue


def _write_durably(path: Path, content: bytes, *, flags: int = os.O_WRONLY | os.O_CREAT) -> None:
    # No O_TRUNC: wiping has to overwrite the bytes in place.
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
