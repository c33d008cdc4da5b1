"""Nightly pulls: which applications they include, and how they treat a list that can't be read."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import ConnectionRow
from app.accounts.rules import Provider
from app.applications import queries
from app.applications.models import PullRow
from app.ats.ashby import connector as ashby_connector
from app.ats.connector import AtsClient, Busy, Unreadable
from app.ats.http_client import Budget, HttpAtsClient
from app.ats.sync import AtsGateway, reconcile
from tests.ats.ashby import story as ashby
from tests.ats.ashby.fake import APPLICATION, BEN
from tests.ats.greenhouse import story as greenhouse
from tests.ats.lever import story as lever
from tests.ats.lever.fake import OPPORTUNITY
from tests.support.ats import accept_offer

_PING = {"webhookActionType": "applicationUpdate"}


@dataclass
class Broken:
    """Ashby's connector with a list of changes that breaks off after one page."""

    error: Exception
    asked: list[datetime] = field(default_factory=list)
    verify = staticmethod(ashby_connector.verify)
    parse = staticmethod(ashby_connector.parse)
    answer = staticmethod(ashby_connector.answer)
    pull = staticmethod(ashby_connector.pull)
    probe = staticmethod(ashby_connector.probe)

    async def changed_since(
        self, http: AtsClient, credentials: Mapping[str, str], since: datetime
    ) -> AsyncIterator[str]:
        del http, credentials
        self.asked.append(since)
        yield APPLICATION
        raise self.error


async def test_nightly_pull_pauses_offer_after_lost_unreject(database_url: str, tmp_path: Path) -> None:
    async with ashby.a_story(database_url, tmp_path) as story:
        await story.offered()
        await story.catch_up()
        assert "reinstated" not in await story.notices()
        story.ashby.unarchive()
        story.app.clock.advance(hours=23)
        await story.catch_up()
        assert "reinstated" in await story.notices()


async def test_nightly_pull_includes_open_offers_of_greenhouse(sqlite_url: str, tmp_path: Path) -> None:
    async with greenhouse.a_story(sqlite_url, tmp_path) as story:
        await story.offered()
        story.greenhouse.unreject()
        story.app.clock.advance(hours=23)
        await reconcile(story.app.ctx, story.gateway)
        await story.look()
        assert await story.notices() == ["reinstated"]


async def test_nightly_pull_includes_open_offers_of_lever(sqlite_url: str, tmp_path: Path) -> None:
    async with lever.a_story(sqlite_url, tmp_path) as story:
        await story.reject()
        await story.go_on(hours=73)
        # Unarchived, without any trace in the list of changes.
        changed = story.lever.opportunities[OPPORTUNITY]["updatedAt"]
        story.lever.unarchive()
        story.lever.opportunities[OPPORTUNITY]["updatedAt"] = changed
        story.app.clock.advance(hours=23)
        await story.catch_up()
        assert "reinstated" in await story.notices()


@pytest.mark.parametrize("accepted", [False, True])
async def test_nightly_pull_does_not_reveal_candidates_reaction(
    sqlite_url: str, tmp_path: Path, accepted: bool
) -> None:
    async with ashby.a_story(sqlite_url, tmp_path) as story:
        offer_id, code = await story.offered()
        if accepted:
            await accept_offer(story.app, offer_id, code)
        row = await story.row()
        assert row is not None
        assert row.closes_on is not None
        closes_on = row.closes_on

        async def offered(days: int) -> list[str]:
            today = closes_on + timedelta(days=days)
            return list(await story.app.ctx.db.read(queries.find_with_open_offer, UUID(story.connected.id), today))

        assert [await offered(days) for days in (-30, -1, 0, 1)] == [[APPLICATION], [APPLICATION], [], []]


async def test_nightly_pull_leaves_out_applications_without_offer(sqlite_url: str, tmp_path: Path) -> None:
    async with ashby.a_story(sqlite_url, tmp_path) as story:
        await story.reject()
        today = story.app.clock.now().date()
        assert list(await story.app.ctx.db.read(queries.find_with_open_offer, UUID(story.connected.id), today)) == []


async def test_long_list_is_read_completely(sqlite_url: str, tmp_path: Path) -> None:
    async with ashby.a_story(sqlite_url, tmp_path) as story:
        await story.deliver(story.ashby.message("ping", _PING))
        story.ashby.page = 1000
        for at in range(5_100):
            story.ashby.add(f"bulk-{at}")
            story.ashby.archive(f"bulk-{at}")
        unlimited = HttpAtsClient(story.gateway.http, story.app.clock, Budget(1000, 1.0, lambda: 0.0))
        story.gateway.clients[UUID(story.connected.id)] = unlimited
        assert await reconcile(story.app.ctx, story.gateway) == 5_100

        def count(session: Session) -> int | None:
            return session.scalar(select(func.count()).select_from(PullRow))

        assert await story.app.ctx.db.read(count) == 5_100


async def test_broken_list_is_read_again_next_night(sqlite_url: str, tmp_path: Path) -> None:
    async with ashby.a_story(sqlite_url, tmp_path) as story:
        await story.offered()
        began = story.app.clock.now()
        broken = Broken(Unreadable("application.list"))
        story.gateway = AtsGateway({Provider.ASHBY: broken}, story.gateway.http)
        story.ashby.unarchive()
        await story.catch_up()
        # Applications with an open offer are pulled despite the broken list, and the administrator gets a notice.
        assert {"reinstated", "changes_not_readable"} <= set(await story.notices())

        def read_to(session: Session) -> int | None:
            row = session.get(ConnectionRow, UUID(story.connected.id))
            return row.reconciled_to if row else None

        assert await story.app.ctx.db.read(read_to) is None
        story.app.clock.advance(hours=12)
        await story.catch_up()
        assert len(broken.asked) == 1
        story.app.clock.advance(hours=11)
        await story.catch_up()
        assert len(broken.asked) == 2
        assert broken.asked[0] < began


@pytest.mark.parametrize(("wish", "pause"), [(5, 600), (3000, 3000)])
async def test_busy_system_is_not_called_during_pause(sqlite_url: str, tmp_path: Path, wish: int, pause: int) -> None:
    async with ashby.a_story(sqlite_url, tmp_path) as story:
        await story.deliver(story.ashby.message("ping", _PING))
        busy = Broken(Busy(wish))
        gateway = AtsGateway({Provider.ASHBY: busy}, story.gateway.http)
        for asked, seconds in ((1, pause - 1), (1, 2), (2, 0)):
            await reconcile(story.app.ctx, gateway)
            assert len(busy.asked) == asked
            story.app.clock.advance(seconds=seconds)
        assert story.mailbox.to(BEN) == []
