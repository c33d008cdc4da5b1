"""`debrief check` looks at the key of whatever is open: one that is missing is bad, one that was destroyed is not."""

from pathlib import Path
from uuid import UUID

import pytest

from app.core import dice
from app.diagnosis import Finding, diagnose
from app.sealing.keystore import KeyName, Purpose
from tests.app import ADA, Running, an_app, raise_request, round_id


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
        assert [finding.good for finding in await of_keys(app)] == [True, True]
        owners = [UUID(round_id(raised) if purpose is Purpose.ROUND else raised["id"]) for raised in (lost, ended)]
        # As in a restored backup of what was withdrawn since: the next tick ends it.
        await app.to.keys.destroy(KeyName(purpose, owners[1]))
        assert [finding.good for finding in await of_keys(app)] == [True, True]

        await app.to.keys.discard(KeyName(purpose, owners[0]))

        (bad,) = [finding for finding in await of_keys(app) if not finding.good]
        assert bad.text.startswith(text)
        assert str(owners[0]) in bad.text


async def test_keys_that_open_nothing_are_counted(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        await raise_request(app.client, manager=ADA)
        opening = set(Purpose) - {Purpose.ERASURE}
        for purpose in opening:
            await app.to.keys.create(KeyName(purpose, dice.new_id()))

        (found,) = [finding for finding in await of_keys(app) if "open nothing" in finding.text]

        assert found.good
        assert found.text.startswith(f"{len(opening)} keys open nothing")
