"""Crashes at any step of an offer, an acceptance or a withdrawal: a repetition completes it, once."""

from contextlib import suppress
from pathlib import Path
from uuid import UUID

from app.accounts import connections
from app.accounts.rules import ConnectionSettings
from app.applications import acceptance, intake, offers, upstream_deletion
from app.applications.dossier import Application, ApplicationStatus, Facts
from app.applications.schemas import OfferAccept
from app.sealing.keystore import KeyName, Purpose
from tests.applications.story import PANEL, Story, a_story, met_by
from tests.delivery.post import BEN, work
from tests.faults.ports import Crash, Fuse, crashing
from tests.support.app import follow, nonce, tick
from tests.support.neutral_ats import a_candidate, a_snapshot, an_application, an_interview


async def reject(story: Story, number: int) -> str:
    """Reject another candidate; return the ATS id of the application."""
    remote_id = f"a{number}"
    interview = met_by(*PANEL)["interviews"][0] | {"remote_id": f"i{number}"}
    body = a_snapshot(
        candidate=a_candidate(remote_id=remote_id),
        application=an_application(remote_id=remote_id),
        interviews=[an_interview(**interview)],
    )
    assert (await story.ats.put(body, remote_id)).status_code == 201
    return remote_id


async def application(story: Story, remote_id: str) -> UUID:
    row = await story.ats.row(remote_id)
    assert row is not None
    return row.id


async def test_crashed_offer_is_made_once(database_url: str, tmp_path: Path) -> None:
    step = 0
    async with a_story(database_url, tmp_path) as story:
        while True:
            step += 1
            remote_id = await reject(story, step)
            fuse = Fuse(step)
            with suppress(Crash):
                await offers.make_due_offers(crashing(story.app.ctx, fuse), story.app.clock.now())
            await story.go_on()
            assert (await story.ats.standing(remote_id))[0] == "offered"
            assert story.mailbox.receivers == [BEN] * step
            if not fuse.burnt:
                break
    assert step > 3


async def test_crashed_acceptance_can_be_repeated(database_url: str, tmp_path: Path) -> None:
    step = 0
    async with a_story(database_url, tmp_path) as story:
        while True:
            step += 1
            remote_id = await reject(story, step)
            await story.go_on()
            offer_id, code = await application(story, remote_id), story.code()
            story.mailbox.sent.clear()
            body = OfferAccept(code=code, nonce=nonce())
            fuse = Fuse(step)
            with suppress(Crash):
                await acceptance.accept(crashing(story.app.ctx, fuse), offer_id, body)
            first = await acceptance.accept(story.app.ctx, offer_id, body)
            assert first == await acceptance.accept(story.app.ctx, offer_id, body)
            await work(story.app, story.mailbox)
            # One invitation to each, one mail with the token.
            assert story.mailbox.receivers == sorted([BEN, *PANEL])
            story.mailbox.sent.clear()
            if not fuse.burnt:
                break
    assert step > 4


async def test_crashed_hire_leaves_no_key(database_url: str, tmp_path: Path) -> None:
    step = 0
    async with a_story(database_url, tmp_path) as story:
        while True:
            step += 1
            remote_id = await reject(story, step)
            await story.go_on()
            await acceptance.accept(
                story.app.ctx, await application(story, remote_id), OfferAccept(code=story.code(), nonce=nonce())
            )
            hired = Application(status=ApplicationStatus.HIRED, updated=2**60)
            facts = Facts(application_remote_id=remote_id, application=hired)
            fuse = Fuse(step)
            with suppress(Crash):
                await intake.record(
                    crashing(story.app.ctx, fuse), story.ats.connection_id, ConnectionSettings(company="Acme"), facts
                )
            # The ATS repeats a message that got no response.
            await intake.record(story.app.ctx, story.ats.connection_id, ConnectionSettings(company="Acme"), facts)
            await tick(story.app)
            assert (await story.ats.standing(remote_id))[0] == "withdrawn"
            # The mail with the token is still sent; then the last key is destroyed.
            await work(story.app, story.mailbox)
            await tick(story.app)
            living = {name.purpose for name in await story.app.ctx.keys.names()}
            assert not living & {Purpose.REQUEST, Purpose.ROUND}
            if not fuse.burnt:
                break
    assert step > 3


async def test_lost_round_key_does_not_stop_follow_up(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        raised = await story.accepted()
        await story.app.ctx.keys.discard(KeyName(Purpose.ROUND, UUID(raised["rounds"][0]["id"])))
        other = met_by(*PANEL, candidate=a_candidate(remote_id="other"), application=an_application(remote_id="a2"))
        other["interviews"][0]["remote_id"] = "i2"
        await story.ats.put(other, "a2")
        await story.go_on()
        for one in ("a1", "a2"):
            again = {"application": an_application("ACTIVE", 100, remote_id=one)}
            assert (await story.ats.ask("PUT", f"/applications/{one}", again)).status_code == 200
        await tick(story.app)
        assert [(await story.ats.standing(one))[0] for one in ("a1", "a2")] == ["paused", "paused"]
        rows = [await story.ats.row(one) for one in ("a1", "a2")]
        assert [row.stirred for row in rows if row] == [False, False]


async def test_suspension_lifted_before_a_crash_ends_after_it(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.accepted()
        ctx, connection_id = story.app.ctx, story.ats.connection_id
        await ctx.db.write(upstream_deletion.suspend, connection_id, "a1", ctx.clock.now())
        await follow(story.app)
        assert await story.ats.standing() == ("paused", "possible_merge")
        assert await ctx.db.write(upstream_deletion.lift_suspension, connection_id, "a1")
        # A crash here: the application is read again.
        assert await ctx.db.write(upstream_deletion.lift_suspension, connection_id, "a1")
        settings = connections.settings_of(await ctx.db.read(connections.find, connection_id))
        await intake.reassess(ctx, connection_id, settings, "a1")
        await follow(story.app)
        assert await story.ats.standing() == ("accepted", None)
        assert not await ctx.db.write(upstream_deletion.lift_suspension, connection_id, "a1")
