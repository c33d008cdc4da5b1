"""Secrets under a wrong installation key: routes report it, and everything else continues."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from app.accounts import connections
from app.accounts.models import ConnectionRow
from app.ats.sync import pull_due, reconcile
from app.core import column_encryption
from tests.ats.ashby import story as ashby
from tests.ats.ashby.fake import KEY, signed
from tests.support.app import Running
from tests.support.ats import Connected, a_connection, as_operator
from tests.support.neutral_ats import an_event

_ANOTHER_KEY = b"k" * 32


async def lock_up(app: Running, connected: Connected) -> None:
    """Encrypt the secrets of a connection under another installation key, as in a restored database."""

    def lock(session: Session) -> None:
        row = session.get(ConnectionRow, UUID(connected.id))
        assert row is not None
        for column in ("hook_secrets", "credentials"):
            if (kept := getattr(row, column)) is not None:
                plain = column_encryption.unlock(app.ctx.vault_key, f"connections.{column}", row.id, kept)
                setattr(row, column, column_encryption.lock(_ANOTHER_KEY, f"connections.{column}", row.id, plain))

    await app.ctx.db.write(lock)


@pytest.mark.parametrize(
    "path",
    [
        "test",
        "webhooks",
    ],
)
async def test_routes_that_need_locked_secret_answer_503(database_url: str, tmp_path: Path, path: str) -> None:
    async with ashby.a_story(database_url, tmp_path) as story:
        await lock_up(story.app, story.connected)
        url = f"/v1/connections/{story.connected.id}/{path}"
        answer = await story.app.client.post(url, headers=as_operator(story.app))
        assert (answer.status_code, answer.json()["code"]) == (503, "vault_locked")
        assert answer.headers["Retry-After"]
        # Routes that need no secret still work.
        shown = await story.app.client.get(f"/v1/connections/{story.connected.id}", headers=as_operator(story.app))
        assert shown.status_code == 200


async def test_new_secrets_replace_locked_ones(sqlite_url: str, tmp_path: Path) -> None:
    async with ashby.a_story(sqlite_url, tmp_path) as story:
        await lock_up(story.app, story.connected)
        url = f"/v1/connections/{story.connected.id}"
        rotated = await story.app.client.post(f"{url}/rotate-secret", headers=as_operator(story.app))
        assert rotated.status_code == 200
        await story.change(credentials={"api_key": KEY})
        story.connected = replace(story.connected, hook_secret=rotated.json()["hook_secret"])
        await story.reject()
        assert await story.standing() == ("waiting", None)


async def test_native_hook_with_locked_secret_asks_for_retry(sqlite_url: str, tmp_path: Path) -> None:
    async with ashby.a_story(sqlite_url, tmp_path) as story:
        await lock_up(story.app, story.connected)
        message = story.ashby.message("ping", {"webhookActionType": "applicationUpdate"})
        headers = signed(message, story.connected.hook_secret)
        answer = await story.app.client.post(story.connected.hook_url, content=message, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (503, "vault_locked")


async def test_signed_event_with_locked_secret_answers_503(sqlite_url: str, tmp_path: Path) -> None:
    async with ashby.a_story(sqlite_url, tmp_path) as story:
        neutral = await a_connection(story.app)
        await lock_up(story.app, neutral)
        answer = await story.app.client.post(neutral.hook_url, json=an_event("e-1", "application.rejected"))
        assert (answer.status_code, answer.json()["code"]) == (503, "vault_locked")


async def test_pulls_of_other_connections_continue(
    sqlite_url: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with ashby.a_story(sqlite_url, tmp_path) as story:
        other = await a_connection(story.app, provider="ashby", credentials={"api_key": "of another"})
        for one in (story.connected, other):
            message = story.ashby.burst(*ashby.BURST)[0]
            headers = signed(message, one.hook_secret)
            await story.app.client.post(one.hook_url, content=message, headers=headers)
        await lock_up(story.app, other)
        story.ashby.archive()
        assert await pull_due(story.app.ctx, story.gateway) == 2
        assert await story.standing() == ("waiting", None)
        # No second attempt within ten minutes.
        assert await pull_due(story.app.ctx, story.gateway) == 0
        await reconcile(story.app.ctx, story.gateway)
        assert story.ashby.asked.count("application.list") == 1
        assert capfd.readouterr().out.count("vault_locked") == 2


async def test_offer_waits_for_locked_credentials(sqlite_url: str, tmp_path: Path) -> None:
    async with ashby.a_story(sqlite_url, tmp_path) as story:
        await story.reject()
        await lock_up(story.app, story.connected)
        await story.go_on(hours=73)
        assert not story.mailbox.sent

        def unlock(session: Session) -> None:
            row = connections.find(session, UUID(story.connected.id))
            connections.keep_credentials(row, {"api_key": KEY}, story.app.ctx.vault_key)

        await story.app.ctx.db.write(unlock)
        await story.go_on(hours=2)
        assert len(story.mailbox.sent) == 1
