"""A release happens once, in one transaction, and the key is destroyed."""

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from app.answers.models import AnswerRow
from app.rounds import invitee
from app.rounds.box import Channel, Code, size_of
from app.rounds.lifecycle import RoundPlan, open_round
from app.rounds.models import RoundRow
from app.rounds.rules import OpenedBy, RoundState, threshold
from app.rounds.schemas import Briefing
from app.sealing.keystore import KeyName, Purpose, find_key
from app.sealing.models import BoxRow, DialogueBoxRow
from app.vocabulary.codes import Mode, Stage
from tests.support.app import (
    ADA,
    Running,
    an_app,
    codes,
    dump,
    manager_code,
    nonce,
    raise_request,
    read_feedback,
    round_id,
    send,
    tick,
)
from tests.vocabulary.builders import a_sealed_answer


async def a_round_of(app: Running, channels: list[Channel], k: int) -> UUID:
    """Open a round whose people got their links in different ways, which no route can do yet."""
    here = uuid4()
    today = app.clock.now().date()
    plan = RoundPlan(
        id=here,
        request_id=uuid4(),
        stage=Stage.AFTER_DECISION,
        threshold=threshold(Mode.SEALED, k, [channel is not Channel.HANDED_OVER for channel in channels]),
        people=len(channels),
        opened_by=OpenedBy.CANDIDATE,
        opens_on=today,
        closes_on=today + timedelta(days=7),
        briefing=Briefing(
            candidate_name="Ben Ode",
            company="Acme",
            role_title="Technical writer",
            interviewed_on=None,
            worries=[],
            own_question=None,
            manager_name=None,
        ),
    )
    people = [
        Code(code_hash=invitee.hash_code(app.ctx.pepper, _code(index)), role="interviewer", channel=channel)
        for index, channel in enumerate(channels)
    ]
    key = await app.ctx.keys.create(KeyName(Purpose.ROUND, here))
    await app.ctx.db.write(lambda session: open_round(session, plan, people, round_key=key) and None)
    return here


def _code(index: int) -> str:
    return f"{index:026}"


H, M, A = Channel.HANDED_OVER, Channel.MAILED, Channel.ATS


@pytest.mark.parametrize(
    ("channels", "k", "answering_", "state"),
    [
        # Three independent people, k 3: what the candidate could have forged does not count.
        ([M, A, M, H, H], 3, [0, 1, 2], RoundState.RELEASED),
        ([M, A, M, H, H], 3, [0, 1, 3, 4], RoundState.WITHHELD),
        ([M, A, M, H, H], 3, [0, 1, 2, 3, 4], RoundState.RELEASED),
        # Two independent people, k 3: all count, as the statement says.
        ([M, M, H, H], 3, [0, 2, 3], RoundState.RELEASED),
        ([M, M, H, H], 3, [2, 3], RoundState.WITHHELD),
        ([H, H, H], 3, [0, 1, 2], RoundState.RELEASED),
        ([A, A, A], 2, [0, 1], RoundState.RELEASED),
        ([A, A, A], 2, [0], RoundState.WITHHELD),
    ],
)
async def test_k_by_channel(
    app: Running, channels: list[Channel], k: int, answering_: list[int], state: RoundState
) -> None:
    here = await a_round_of(app, channels, k)
    for index in answering_:
        assert (await send(app.client, str(here), _code(index), a_sealed_answer())).status_code == 201
    app.clock.advance(days=8)

    report = await tick(app)

    assert report.ended == {state: 1}
    shown = (await dump(app))["answers"]
    # When k is reached everything is shown, also what did not count.
    assert len(shown) == (len(answering_) if state is RoundState.RELEASED else 0)


async def test_after_release_box_and_key_are_gone(app: Running) -> None:
    raised = await raise_request(app.client)
    for code in codes(raised):
        await send(app.client, round_id(raised), code, a_sealed_answer())
    app.clock.advance(days=8)

    await tick(app)

    here = UUID(round_id(raised))
    assert (await dump(app))["boxes"] == []
    assert await app.ctx.keys.find(KeyName(Purpose.ROUND, here)) is None
    assert await app.ctx.keys.is_destroyed(KeyName(Purpose.ROUND, here))
    # Those who were asked can still be told of a reply; the record has one length, whoever answered.
    assert len(await app.ctx.db.look(_dialogue)) == size_of(3) + 33
    assert await app.ctx.keys.find(KeyName(Purpose.DIALOGUE, here)) is not None


async def test_answers_lie_on_disk_in_the_order_of_their_random_ids(postgresql_url: str, tmp_path: Path) -> None:
    async with an_app(postgresql_url, tmp_path) as app:
        panel = await raise_request(app.client, invitees=[{"name": f"Colleague {index}"} for index in range(10)])
        for code in codes(panel):
            await send(app.client, round_id(panel), code, a_sealed_answer())
        await tick(app, days=8)

        lying = await app.ctx.db.look(_as_they_lie)

    assert len(lying) == 10
    assert lying == sorted(lying)


async def test_when_the_clarification_window_ends_so_does_who_was_asked(app: Running) -> None:
    raised = await raise_request(app.client)
    for code in codes(raised):
        await send(app.client, round_id(raised), code, a_sealed_answer())
    app.clock.advance(days=8)
    await tick(app)
    app.clock.advance(days=30)
    await tick(app)
    assert len((await dump(app))["dialogue_boxes"]) == 1

    app.clock.advance(days=1)
    await tick(app)

    assert (await dump(app))["dialogue_boxes"] == []
    assert await app.ctx.keys.is_destroyed(KeyName(Purpose.DIALOGUE, UUID(round_id(raised))))
    assert (await read_feedback(app.client, raised))["state"] == "released"


async def test_a_withheld_round_leaves_nothing(app: Running) -> None:
    raised = await raise_request(app.client)
    await send(app.client, round_id(raised), codes(raised)[0], a_sealed_answer(advice="a canary"))
    app.clock.advance(days=8)

    await tick(app)

    stored = await dump(app)
    assert (stored["boxes"], stored["answers"], stored["dialogue_boxes"]) == ([], [], [])
    assert [name.purpose for name in await app.ctx.keys.names()] == [Purpose.REQUEST]


async def test_a_tick_may_be_repeated(app: Running) -> None:
    raised = await raise_request(app.client)
    for code in codes(raised):
        await send(app.client, round_id(raised), code, a_sealed_answer())
    app.clock.advance(days=8)
    assert (await tick(app)).ended == {RoundState.RELEASED: 1}
    before = await dump(app)

    for _ in range(3):
        assert (await tick(app)).ended == {}

    assert await dump(app) == before


async def test_a_round_closes_when_its_last_day_has_ended_everywhere(app: Running) -> None:
    raised = await raise_request(app.client, closes_on="2026-11-21")
    app.clock.at = app.clock.at.replace(day=22, hour=11, minute=59, second=59)
    assert (await tick(app)).ended == {}

    app.clock.advance(seconds=1)
    assert (await tick(app)).ended == {RoundState.WITHHELD: 1}
    assert (await read_feedback(app.client, raised))["state"] == "withheld"


async def test_a_restored_backup_cannot_bring_a_box_back(app: Running) -> None:
    raised = await raise_request(app.client)
    for code in codes(raised):
        await send(app.client, round_id(raised), code, a_sealed_answer())
    sealed = await app.ctx.db.look(_box)
    app.clock.advance(days=8)
    await tick(app)
    # The database as it was before the tick; the keys are not in any backup.
    await app.ctx.db.write(_restore, UUID(round_id(raised)), sealed)

    answer = await send(app.client, round_id(raised), codes(raised)[0], a_sealed_answer())
    # Its day comes again, and it stays without answers.
    app.clock.advance(days=31)
    report = await tick(app)

    assert answer.status_code == 410
    assert report.ended == {RoundState.ERASED: 1}
    assert report.unreadable == []
    feedback = await read_feedback(app.client, raised)
    assert feedback["rounds"][0]["state"] == "erased"
    assert "answers" not in feedback["rounds"][0]
    assert (await dump(app))["boxes"] == []


async def test_keys_that_a_crash_left_behind_are_destroyed_by_the_next_tick(app: Running) -> None:
    raised = await raise_request(app.client)
    here = UUID(round_id(raised))
    # As after the transaction of a release, before its key was destroyed.
    await app.ctx.db.write(_end_without_keys, here)

    await tick(app)

    assert (await find_key(app.ctx.keys, KeyName(Purpose.ROUND, here))).destroyed


async def test_a_round_that_is_taken_back_while_a_tick_closes_it_is_gone(postgresql_url: str, tmp_path: Path) -> None:
    async with an_app(postgresql_url, tmp_path) as app:
        raised = await raise_request(app.client, invitees=None, manager=ADA)
        signed = {"reasons": [{"code": "not_about_you"}], "signature": "The hiring team at Acme"}
        team = {"code": manager_code(raised), "nonce": nonce(), "answer": signed, "understood": True}
        assert (await app.client.post(f"/v1/manager/{raised['id']}/team-answers", json=team)).status_code == 201
        app.clock.advance(days=1)
        # A retraction, begun in time, that has not committed yet.
        retraction = await asyncpg.connect(postgresql_url)
        transaction = retraction.transaction()
        await transaction.start()
        await retraction.execute("DELETE FROM answers")
        await retraction.execute("DELETE FROM rounds")
        ticking = asyncio.create_task(tick(app))
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        for _ in range(1000):
            if await retraction.fetchval(waiting):
                break
            await asyncio.sleep(0.01)

        await transaction.commit()

        report = await ticking
        await retraction.close()
        assert (report.ended, report.unreadable) == ({}, [])


def _as_they_lie(session: Session) -> list[str]:
    return [str(found) for found in session.scalars(text("SELECT id FROM answers ORDER BY ctid"))]


def _dialogue(session: Session) -> bytes:
    return session.scalars(select(DialogueBoxRow.ct)).one()


def _box(session: Session) -> bytes:
    return session.scalars(select(BoxRow.ct)).one()


def _restore(session: Session, here: UUID, sealed: bytes) -> None:
    row = session.get_one(RoundRow, here)
    row.state, row.released_on, row.participation = RoundState.COLLECTING, None, None
    row.closes_on += timedelta(days=30)
    session.execute(delete(AnswerRow))
    session.execute(delete(DialogueBoxRow))
    session.add(BoxRow(round_id=here, ct=sealed))


def _end_without_keys(session: Session, here: UUID) -> None:
    session.get_one(RoundRow, here).state = RoundState.WITHHELD
    session.execute(delete(BoxRow))
