"""The check of keys reports missing and wrong keys, and no destroyed ones."""

from pathlib import Path
from uuid import UUID

import pytest

from app.commands.check import Finding, diagnose
from app.core import randomness
from app.rounds.missing_keys import check_keys
from app.sealing.envelope import KEY_BYTES
from app.sealing.keystore import KeyName, Purpose
from tests.support.app import ADA, Running, an_app, raise_request, round_id


async def of_keys(app: Running) -> list[Finding]:
    told = await diagnose(app.settings)
    return [one for one in told if any(what in one.text for what in ("open rounds", "managers' links", "open nothing"))]


@pytest.mark.parametrize(
    ("purpose", "text"),
    [(Purpose.ROUND, "1 of 2 open rounds have no key"), (Purpose.REQUEST, "1 of 2 managers' links have no key")],
)
async def test_a_missing_key_is_bad_and_a_destroyed_one_is_not(
    sqlite_url: str, tmp_path: Path, purpose: Purpose, text: str
) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        lost, ended = await raise_request(app.client, manager=ADA), await raise_request(app.client, manager=ADA)
        assert all(finding.good for finding in await of_keys(app))
        owners = [UUID(round_id(raised) if purpose is Purpose.ROUND else raised["id"]) for raised in (lost, ended)]
        # As in a restored backup of what was withdrawn since: the next tick ends it.
        await app.ctx.keys.destroy(KeyName(purpose, owners[1]))
        assert all(finding.good for finding in await of_keys(app))

        await app.ctx.keys.discard(KeyName(purpose, owners[0]))

        (bad,) = [finding for finding in await of_keys(app) if not finding.good]
        assert bad.text.startswith(text)
        assert str(owners[0]) in bad.text


async def test_keys_that_open_nothing_are_counted(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        await raise_request(app.client, manager=ADA)
        opening = set(Purpose) - {Purpose.ERASURE}
        for purpose in opening:
            await app.ctx.keys.create(KeyName(purpose, randomness.new_id()))

        (found,) = [finding for finding in await of_keys(app) if "open nothing" in finding.text]

        assert found.good
        assert found.text.startswith(f"{len(opening)} keys open nothing")


@pytest.mark.parametrize("purpose", [Purpose.ROUND, Purpose.REQUEST])
@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("spoil", ["truncated", "exchanged", "unreadable"])
async def test_a_key_that_opens_nothing_is_as_bad_as_none(
    sqlite_url: str, tmp_path: Path, purpose: Purpose, spoil: str, labelled: bool
) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        wrong, other = await raise_request(app.client, manager=ADA), await raise_request(app.client, manager=ADA)
        files = [
            app.settings.data_dir / "keys" / str(KeyName(purpose, UUID(owner)))
            for owner in (
                (round_id(wrong), round_id(other)) if purpose is Purpose.ROUND else (wrong["id"], other["id"])
            )
        ]
        # Without its check value, as an older version made it, a key is known by what it does not open.
        bare = files[1].read_bytes()[: None if labelled else KEY_BYTES]
        if spoil == "unreadable":
            files[0].unlink()
            files[0].mkdir()
        else:
            files[0].write_bytes(bare if spoil == "exchanged" else files[0].read_bytes()[: KEY_BYTES - 1])

        (bad,) = [finding for finding in await diagnose(app.settings) if not finding.good]

        what = "open rounds" if purpose is Purpose.ROUND else "managers' links"
        assert bad.text.startswith(f"1 of 2 {what} cannot be decrypted")
        assert str(UUID(hex=files[0].name.partition("-")[2])) in bad.text
        if purpose is Purpose.ROUND:
            assert (await check_keys(app.ctx.db, app.ctx.keys)).unreadable == 1
