"""The contract of every key store, and further guarantees of the file store. A new store is added to `PLACES`.

What the one in a database owes besides is in `test_sql_keystore.py`.
"""

import asyncio
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import asyncpg
import pytest

from app.core.errors import Unreadable
from app.sealing.envelope import KEY_BYTES
from app.sealing.keystore import FileKeyStore, KeyName, KeyStore, Purpose
from app.sealing.sql_keystore import SqlKeyStore

# Which fixture says where a store lies, and how one is opened there.
PLACES: dict[str, tuple[str, Callable[[str], KeyStore]]] = {
    "files": ("keys_folder", lambda folder: FileKeyStore(Path(folder))),
    "database": ("keys_url", SqlKeyStore),
}


@pytest.fixture
def keys_folder(tmp_path: Path) -> str:
    return str(tmp_path / "keys")


@pytest.fixture(params=PLACES)
def opening(request: pytest.FixtureRequest) -> Callable[[], KeyStore]:
    fixture, build = PLACES[request.param]
    place = request.getfixturevalue(fixture)
    return lambda: build(place)


@pytest.fixture
async def stores(opening: Callable[[], KeyStore]) -> AsyncIterator[tuple[KeyStore, KeyStore]]:
    """Two stores in one place, as two processes open them."""
    pair = opening(), opening()
    yield pair
    for store in pair:
        if isinstance(store, SqlKeyStore):
            await store.close()


@pytest.fixture
def store(stores: tuple[KeyStore, KeyStore]) -> KeyStore:
    return stores[0]


class Keeping(Protocol):
    """Reads what a store has kept under a name, and writes something else in its place."""

    async def __call__(self, store: KeyStore, name: KeyName, kept: bytes | None = None) -> bytes: ...


@pytest.fixture
def keeping(request: pytest.FixtureRequest, tmp_path: Path) -> Keeping:
    async def keep(store: KeyStore, name: KeyName, kept: bytes | None = None) -> bytes:
        if isinstance(store, SqlKeyStore):
            connection = await asyncpg.connect(request.getfixturevalue("keys_url"))
            try:
                if kept is not None:
                    await connection.execute("UPDATE keys SET key = $2 WHERE name = $1", str(name), kept)
                return bytes(await connection.fetchval("SELECT key FROM keys WHERE name = $1", str(name)))
            finally:
                await connection.close()
        path = tmp_path / "keys" / str(name)
        if kept is not None:
            path.write_bytes(kept)
        return path.read_bytes()

    return keep


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


async def test_two_stores_in_one_place_share_their_keys(stores: tuple[KeyStore, KeyStore]) -> None:
    one, other = stores
    name = a_name()
    keys = await asyncio.gather(*(store.create(name) for store in (one, other) * 8))
    assert len(set(keys)) == 1
    await one.destroy(name)
    assert await other.find(name) is None
    assert await other.is_destroyed(name)


async def test_destroyed_key_stays_destroyed_in_any_order(stores: tuple[KeyStore, KeyStore]) -> None:
    one, other = stores
    names = [a_name() for _ in range(12)]

    await asyncio.gather(
        *(act(name) for name in names for act in (one.create, other.destroy, other.create)), return_exceptions=True
    )

    assert [name for name in names if await one.find(name) is not None] == []
    assert await one.names() == []
    assert all([await other.is_destroyed(name) for name in names])


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


async def test_unknown_key_is_neither_found_nor_destroyed(store: KeyStore) -> None:
    assert await store.find(a_name()) is None
    assert not await store.is_destroyed(a_name())
    assert await store.names() == []


@pytest.mark.parametrize("purpose", Purpose)
def test_a_name_can_be_read_back(purpose: Purpose) -> None:
    name = a_name(purpose)

    assert KeyName.parse(str(name)) == name


@pytest.mark.parametrize("text", ["", "round", "round-", "round-xyz", "other-" + "0" * 32, ".abcdef", "destroyed"])
def test_malformed_key_name_is_refused(text: str) -> None:
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
        assert held.read()[:KEY_BYTES] == key
        await store.destroy(name)
        held.seek(0)
        assert not any(held.read())

    assert not [path for path in tmp_path.rglob("*") if path.is_file() and key in path.read_bytes()]
    # Nothing is left of drafts either, and the note has no date.
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["destroyed"]
    notes = list((tmp_path / "keys" / "destroyed").iterdir())
    assert [(note.name, note.read_text(), note.stat().st_mtime) for note in notes] == [("names", f"{name}\n", 0)]


async def test_notes_of_destroyed_keys_have_neither_order_nor_place(tmp_path: Path) -> None:
    """One file, sorted and rewritten whole. Single files would each have a time at which they changed."""
    folder = tmp_path / "keys" / "destroyed"
    stores = [FileKeyStore(tmp_path / "keys") for _ in range(2)]
    # A note of an older version.
    old = a_name()
    (folder / str(old)).touch()
    names = [a_name() for _ in range(12)]
    for name in names:
        await stores[0].create(name)
    await asyncio.gather(*(stores[number % 2].destroy(name) for number, name in enumerate(names)))
    assert [path.name for path in folder.iterdir()] == ["names"]
    assert (folder / "names").read_text().split() == sorted(map(str, [old, *names]))
    assert all([await stores[0].is_destroyed(name) for name in [old, *names]])


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


@pytest.mark.parametrize(
    "spoil",
    [
        lambda kept, _: kept[:-1],
        lambda kept, _: kept[: KEY_BYTES - 1],
        lambda _, __: b"",
        lambda kept, _: kept + b"\0",
        lambda kept, _: bytes([kept[0] ^ 1]) + kept[1:],
        lambda kept, _: bytes(len(kept)),
        lambda _, __: bytes(KEY_BYTES),
        lambda _, neighbour: neighbour,
    ],
)
async def test_a_key_that_is_not_what_it_was_is_named_and_never_used(
    store: KeyStore, keeping: Keeping, spoil: Callable[[bytes, bytes], bytes]
) -> None:
    name, neighbour = a_name(), a_name()
    await store.create(name)
    other = await store.create(neighbour)
    await keeping(store, name, spoil(await keeping(store, name), await keeping(store, neighbour)))

    for use in (store.find, store.create):
        with pytest.raises(Unreadable, match="key_damaged"):
            await use(name)

    assert await store.find(neighbour) == other
    await store.destroy(name)
    assert await store.find(name) is None


async def test_a_key_of_an_older_version_has_no_check_value_and_works(store: KeyStore, keeping: Keeping) -> None:
    name = a_name()
    key = await store.create(name)
    await keeping(store, name, key)

    assert await store.find(name) == await store.create(name) == key
    await store.destroy(name)
    assert await store.find(name) is None


async def _another(store: KeyStore) -> KeyName:
    name = a_name()
    await store.create(name)
    return name
