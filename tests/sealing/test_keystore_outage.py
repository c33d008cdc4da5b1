"""A directory of keys that is missing, closed or full: an outage, and nothing half made."""

import resource
from pathlib import Path
from uuid import uuid4

import pytest

from app.core.errors import Unreadable
from app.sealing.envelope import KEY_BYTES
from app.sealing.keystore import FileKeyStore, KeyName, Purpose


def a_name(purpose: Purpose = Purpose.ROUND) -> KeyName:
    return KeyName(purpose, uuid4())


async def test_a_directory_that_cannot_be_used_is_an_outage(tmp_path: Path) -> None:
    store = FileKeyStore(tmp_path / "keys")
    name = a_name()
    await store.create(name)
    (tmp_path / "keys").rename(tmp_path / "elsewhere")
    (tmp_path / "keys").touch()

    for use in (store.find, store.create, store.destroy, store.discard):
        with pytest.raises(Unreadable, match="keys_unavailable"):
            await use(name)
    with pytest.raises(Unreadable, match="keys_unavailable"):
        await store.names()


@pytest.mark.parametrize("empty", [False, True], ids=["gone", "an empty mount point"])
async def test_missing_directory_is_an_outage_and_gets_no_key(tmp_path: Path, empty: bool) -> None:
    store = FileKeyStore(tmp_path / "keys")
    name = a_name()
    key = await store.create(name)
    (tmp_path / "keys").rename(tmp_path / "elsewhere")
    if empty:
        (tmp_path / "keys").mkdir()

    for use, wanted in ((store.find, name), (store.create, name), (store.create, a_name()), (store.destroy, name)):
        with pytest.raises(Unreadable, match="keys_unavailable"):
            await use(wanted)
    assert [*tmp_path.glob("keys/*")] == []

    if empty:
        (tmp_path / "keys").rmdir()
    (tmp_path / "elsewhere").rename(tmp_path / "keys")
    assert await store.find(name) == key


async def test_no_new_store_is_made_of_keys_without_notes(tmp_path: Path) -> None:
    await FileKeyStore(tmp_path / "keys").create(a_name())
    (tmp_path / "keys" / "destroyed").rmdir()

    with pytest.raises(Unreadable, match="keys_unavailable"):
        await FileKeyStore(tmp_path / "keys").create(a_name())


async def test_new_store_may_lie_in_a_directory_that_exists(tmp_path: Path) -> None:
    (tmp_path / "keys" / "lost+found").mkdir(parents=True)
    assert len(await FileKeyStore(tmp_path / "keys").create(a_name())) == KEY_BYTES


async def test_a_full_disk_leaves_nothing_half_made(tmp_path: Path) -> None:
    store = FileKeyStore(tmp_path / "keys")
    name = a_name()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # No file may grow beyond half a key: as on a disk that has room for no more.
    resource.setrlimit(resource.RLIMIT_FSIZE, (KEY_BYTES // 2, hard))
    try:
        with pytest.raises(Unreadable, match="keys_unavailable"):
            await store.create(name)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["destroyed"]
    assert len(await store.create(name)) == KEY_BYTES
