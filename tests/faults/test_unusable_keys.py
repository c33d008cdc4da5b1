"""The directory of the keys can't be read or written: 503 for whoever needs it, and nothing is left half made."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from typing_extensions import override

from app.core.errors import Unreadable
from app.sealing.keystore import FileKeyStore, KeyName, Purpose
from tests.applications.story import PANEL, a_story, met_by
from tests.delivery.post import work
from tests.support.app import (
    ADA,
    Running,
    a_request,
    an_app,
    as_candidate,
    codes,
    dump,
    raise_request,
    round_id,
    send,
    tick,
)
from tests.vocabulary.builders import a_sealed_answer


@contextmanager
def unusable(folder: Path) -> Iterator[None]:
    """Put a file where the folder was: unlike a change of its mode, this also stops a test that runs as root."""
    folder.rename(folder.with_name("aside"))
    folder.touch()
    try:
        yield
    finally:
        folder.unlink()
        folder.with_name("aside").rename(folder)


async def test_whoever_needs_a_key_is_told_to_come_back(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path) as app:
        kept, over = await raise_request(app.client, manager=ADA), await raise_request(app.client)
        before = await dump(app)
        with unusable(app.settings.data_dir / "keys"):
            refused = [
                await app.client.post("/v1/feedback-requests", json=a_request()),
                await send(app.client, round_id(kept), codes(kept)[0], a_sealed_answer()),
            ]
            assert await dump(app) == before
            refused += [await _withdraw(app, kept), await _erase(app, over), await _erase(app, over)]
        assert [(one.status_code, one.json()["code"]) for one in refused] == [(503, "keys_unavailable")] * 5
        assert {one.headers["Retry-After"] for one in refused} == {"2"}

        assert (await _withdraw(app, kept)).status_code == 204
        assert (await _erase(app, over)).status_code == 204
        assert (await _erase(app, over)).status_code == 404
        owners = {UUID(over["id"]), UUID(round_id(over)), UUID(round_id(kept))}
        assert not owners & {name.owner for name in await app.ctx.keys.names()}


async def test_the_tick_finishes_an_erasure_that_nobody_asks_for_again(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path) as app:
        over = await raise_request(app.client)
        with unusable(app.settings.data_dir / "keys"):
            assert (await _erase(app, over)).status_code == 503
        await tick(app)
        assert await app.ctx.keys.names() == []
        assert await app.ctx.keys.is_destroyed(KeyName(Purpose.ERASURE, UUID(over["id"])))
        assert over["id"].replace("-", "") not in str(await dump(app)).replace("-", "")


@pytest.mark.parametrize("gone", ["all", "empty", "one"])
async def test_mail_of_an_offer_waits_for_its_key(database_url: str, tmp_path: Path, gone: str) -> None:
    async with a_story(database_url, tmp_path) as story:
        await story.ats.put(met_by(*PANEL))
        await tick(story.app)
        row = await story.ats.row()
        assert row is not None
        folder = story.app.settings.data_dir / "keys"
        lost = folder / str(KeyName(Purpose.APPLICATION, row.id)) if gone == "one" else folder
        lost.rename(tmp_path / "aside")
        if gone == "empty":
            folder.mkdir()
        await work(story.app, story.mailbox)
        assert story.mailbox.sent == []
        if gone != "one":
            assert (await story.ask("view", "w" * 22)).status_code == 503
            assert (await story.app.client.post("/v1/feedback-requests", json=a_request())).status_code == 503

        if gone == "empty":
            folder.rmdir()
        (tmp_path / "aside").rename(lost)
        story.app.clock.advance(hours=1)
        await work(story.app, story.mailbox)
        assert (await story.ask("view", story.code())).status_code == 200


class FullAfter(FileKeyStore):
    """A directory with room for some keys more."""

    def __init__(self, directory: Path, room: int) -> None:
        super().__init__(directory)
        self.room = room

    @override
    async def create(self, name: KeyName) -> bytes:
        self.room -= 1
        if self.room < 0:
            raise Unreadable("keys_unavailable", "…")
        return await super().create(name)


@pytest.mark.parametrize("room", [0, 1])
async def test_a_request_gets_all_of_its_keys_or_none(sqlite_url: str, tmp_path: Path, room: int) -> None:
    keys = FullAfter(tmp_path / "keys", room)
    async with an_app(sqlite_url, tmp_path, keys=keys) as app:
        assert (await app.client.post("/v1/feedback-requests", json=a_request())).status_code == 503
        assert await keys.names() == []


async def _withdraw(app: Running, raised: dict[str, str]) -> httpx.Response:
    return await app.client.post(f"/v1/feedback-requests/{raised['id']}/withdrawal", headers=as_candidate(raised))


async def _erase(app: Running, raised: dict[str, str]) -> httpx.Response:
    return await app.client.delete(f"/v1/feedback-requests/{raised['id']}", headers=as_candidate(raised))
