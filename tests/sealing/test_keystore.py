"""The contract of every key store, and what the one of files owes besides. A new store is added to `STORES`."""

import asyncio
import stat
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from app.sealing.envelope import KEY_BYTES
from app.sealing.keystore import FileKeyStore, KeyName, KeyStore, Purpose

STORES: dict[str, Callable[[Path], KeyStore]] = {"files": lambda folder: FileKeyStore(folder / "keys")}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> KeyStore:
    return STORES[request.param](tmp_path)


def a_name(purpose: Purpose = Purpose.ROUND) -> KeyName:
    return KeyName(purpose, uuid4())


async def test_a_key_is_made_once(store: KeyStore) -> None:
    name = a_name()

    key = await store.create(name)

    assert len(key) == KEY_BYTES
    assert await store.create(name) == key
    assert await store.find(name) == key
    assert await store.names() == [name]


async def test_every_name_has_a_key_of_its_own(store: KeyStore) -> None:
    owner = uuid4()
    names = [KeyName(purpose, owner) for purpose in Purpose] + [a_name() for _ in range(20)]

    keys = [await store.create(name) for name in names]

    assert len(set(keys)) == len(names)
    assert sorted(await store.names()) == sorted(names)


async def test_many_at_once_get_one_key(store: KeyStore) -> None:
    name = a_name()

    keys = await asyncio.gather(*(store.create(name) for _ in range(24)))

    assert len(set(keys)) == 1
    assert len(keys[0]) == KEY_BYTES
    assert keys[0] != bytes(KEY_BYTES)
    assert await store.find(name) == keys[0]
    assert await store.names() == [name]


async def test_two_stores_in_one_place_share_their_keys(tmp_path: Path) -> None:
    for build in STORES.values():
        one, other, name = build(tmp_path), build(tmp_path), a_name()
        keys = await asyncio.gather(*(store.create(name) for store in (one, other) * 8))
        assert len(set(keys)) == 1
        await one.destroy(name)
        assert await other.find(name) is None
        assert await other.is_destroyed(name)


async def test_a_destroyed_key_is_gone_for_good(store: KeyStore) -> None:
    name, neighbour = a_name(), a_name()
    await store.create(name)
    kept = await store.create(neighbour)

    await store.destroy(name)

    assert await store.find(name) is None
    assert await store.is_destroyed(name)
    assert await store.names() == [neighbour]
    with pytest.raises(ValueError, match="destroyed"):
        await store.create(name)
    assert await store.find(neighbour) == kept
    assert not await store.is_destroyed(neighbour)


async def test_destroying_may_be_repeated_and_come_first(store: KeyStore) -> None:
    name = a_name()

    await store.destroy(name)
    await store.destroy(name)

    assert await store.is_destroyed(name)
    with pytest.raises(ValueError, match="destroyed"):
        await store.create(name)


async def test_a_discarded_name_is_free(store: KeyStore) -> None:
    name = a_name()
    key = await store.create(name)

    await store.discard(name)
    await store.discard(name)

    assert await store.find(name) is None
    assert not await store.is_destroyed(name)
    assert await store.names() == []
    assert await store.create(name) != key


async def test_what_never_was_is_neither_there_nor_destroyed(store: KeyStore) -> None:
    assert await store.find(a_name()) is None
    assert not await store.is_destroyed(a_name())
    assert await store.names() == []


@pytest.mark.parametrize("purpose", Purpose)
def test_a_name_can_be_read_back(purpose: Purpose) -> None:
    name = a_name(purpose)

    assert KeyName.parse(str(name)) == name


@pytest.mark.parametrize("text", ["", "round", "round-", "round-xyz", "other-" + "0" * 32, ".abcdef", "destroyed"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        KeyName.parse(text)


async def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    store = FileKeyStore(tmp_path / "keys")
    name = a_name()
    await store.create(name)
    await store.destroy(await _another(store))

    folder = tmp_path / "keys"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "destroyed").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()} == {0o600}


async def test_the_bytes_of_a_destroyed_key_are_in_no_file_even_one_held_open(tmp_path: Path) -> None:
    store = FileKeyStore(tmp_path / "keys")
    name = a_name()
    key = await store.create(name)
    # Whoever holds the file open, a backup say, sees what lay in its blocks.
    with (tmp_path / "keys" / str(name)).open("rb", buffering=0) as held:
        assert held.read() == key
        await store.destroy(name)
        held.seek(0)
        assert held.read() == bytes(KEY_BYTES)

    assert not [path for path in tmp_path.rglob("*") if path.is_file() and key in path.read_bytes()]
    # Nothing is left of drafts either, and the note has no date.
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["destroyed"]
    assert (tmp_path / "keys" / "destroyed" / str(name)).stat().st_mtime == 0


async def test_a_crash_while_destroying_leaves_a_key_known_to_be_dead(tmp_path: Path) -> None:
    store = FileKeyStore(tmp_path / "keys")
    name = a_name()
    await store.create(name)
    # The note is written, the key is not yet wiped.
    (tmp_path / "keys" / "destroyed" / str(name)).touch()

    assert await store.is_destroyed(name)
    assert name in await store.names()
    await store.destroy(name)
    assert await store.names() == []


async def _another(store: KeyStore) -> KeyName:
    name = a_name()
    await store.create(name)
    return name
