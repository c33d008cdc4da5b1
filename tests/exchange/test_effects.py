"""What a reply changed: one effect per concern and kind of person, the first kept, shown in a daily batch."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.rounds.box import size_of
from app.sealing.keystore import KeyName, Purpose
from app.sealing.models import DialogueBoxRow
from tests.delivery.post import Mailbox
from tests.exchange.story import Mailed, concerns, mailed, released, reply
from tests.support.app import ADA, Running, as_candidate, codes, dump, manager_code, round_id, tick

QUESTION = "Have you written for people outside of engineering?"
STEP = {"text": "Let us talk again.", "link": "https://acme.example/calendar", "reapply_from": "2027-01"}


async def by_panel(app: Running, raised: dict[str, Any], code: str, concern: str, **over: Any) -> httpx.Response:
    body = {"code": code, "concern_id": concern, "effect": "noted_for_future", **over}
    return await app.client.post(f"/v1/rounds/{round_id(raised)}/effects", json=body)


def receipt_of(story: Mailed, person: int) -> dict[str, str]:
    """Return the proof of a person's receipt."""
    here = round_id(story.raised)
    return {"round_id": here, "receipt_tag": story.receipts[person].tag(UUID(here))}


async def by_author(
    app: Running, story: Mailed, person: int | None, concern: str | None, **over: Any
) -> httpx.Response:
    """React by the receipt of a person, or by one that nobody has."""
    reaction = {"concern_id": concern, "effect": "would_have_mattered", **over} if concern else None
    proof = receipt_of(story, person or 0) | ({} if person is not None else {"receipt_tag": "A" * 43})
    return await app.client.post("/v1/mailbox/reactions", json={**proof, "reaction": reaction})


async def by_manager(app: Running, raised: dict[str, Any], code: str, concern: str, **over: Any) -> httpx.Response:
    body = {"code": code, "concern_id": concern, "effect": "record_corrected", **over}
    return await app.client.post(f"/v1/manager/{raised['id']}/effects", json=body)


async def own_concern(app: Running, story: Mailed, person: int) -> str:
    """Return the doubt that a person wrote."""
    body = receipt_of(story, person)
    answer = (await app.client.post("/v1/mailbox", json=body)).json()["answer"]
    found: str = next(one["id"] for one in answer["concerns"] if one["worry"] is None)
    return found


async def effects(app: Running, story: Mailed, concern: str) -> dict[str, Any]:
    (found,) = [one for one in await concerns(app, story.raised) if one["id"] == concern]
    return {effect["by"]: effect for effect in found["effects"]}


async def test_effects_of_a_day_show_together_on_the_next(app: Running, mailbox: Mailbox) -> None:
    story = await mailed(app, mailbox)
    concern = await own_concern(app, story, 0)
    assert (await reply(app, story.raised, concern)).status_code == 201
    queued = await by_author(app, story, 0, concern, question=QUESTION)
    assert (queued.status_code, queued.json()) == (202, {"status": "recorded", "shows": "with_daily_run"})
    assert (await by_panel(app, story.raised, story.links[1], concern, note="Noted.")).status_code == 202
    for _ in range(2):
        await tick(app)
        assert await effects(app, story, concern) == {}
    app.clock.advance(days=1)
    assert await effects(app, story, concern) == {}
    await tick(app)
    shown = await effects(app, story, concern)
    assert (shown["author"]["effect"], shown["author"]["question"]) == ("would_have_mattered", QUESTION)
    assert (shown["panel"]["effect"], shown["panel"]["note"]) == ("noted_for_future", "Noted.")
    table = await app.client.get(
        f"/v1/feedback-requests/{story.raised['id']}/feedback.csv", headers=as_candidate(story.raised)
    )
    assert "effect_by_author,would_have_mattered" in table.text
    assert QUESTION in table.text
    # The author reads the reply by receipt.
    body = receipt_of(story, 0)
    own = (await app.client.post("/v1/mailbox", json=body)).json()["answer"]
    assert [one["reply"]["kind"] for one in own["concerns"] if one["id"] == concern] == ["correct_fact"]


async def test_second_effect_is_refused_and_the_first_kept(app: Running, mailbox: Mailbox) -> None:
    story = await mailed(app, mailbox)
    concern = await own_concern(app, story, 0)
    await reply(app, story.raised, concern)
    for _ in range(2):
        assert (await by_panel(app, story.raised, story.links[0], concern)).status_code == 202
        assert (await by_panel(app, story.raised, story.links[2], concern)).status_code == 202
        other = await by_panel(app, story.raised, story.links[1], concern, effect="no_change")
        assert (other.status_code, other.json()["code"]) == (409, "effect_recorded")
        assert (await by_author(app, story, 0, concern)).status_code == 202
        assert (await by_author(app, story, 0, concern, note="more")).status_code == 409
        app.clock.advance(days=1)
        await tick(app)
    assert {by: one["effect"] for by, one in (await effects(app, story, concern)).items()} == {
        "panel": "noted_for_future",
        "author": "would_have_mattered",
    }


async def test_only_the_manager_reopens_signed_with_a_next_step(app: Running, mailbox: Mailbox) -> None:
    story = await mailed(app, mailbox)
    concern = await own_concern(app, story, 0)
    await reply(app, story.raised, concern)
    for refused in (
        await by_panel(app, story.raised, story.links[0], concern, effect="reopened"),
        await by_author(app, story, 0, concern, effect="reopened"),
    ):
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"].endswith("/effect")
    bare = await by_manager(app, story.raised, story.manager, concern, effect="reopened")
    assert [error["pointer"] for error in bare.json()["errors"]] == ["/next_step", "/signature"]
    signed = await by_manager(app, story.raised, story.manager, concern, signature="Ada Ruiz")
    assert [error["pointer"] for error in signed.json()["errors"]] == ["/signature"]
    step: dict[str, Any] = {"effect": "reopened", "next_step": STEP, "signature": "Ada Ruiz"}
    done = await by_manager(app, story.raised, story.manager, concern, **step)
    assert (done.status_code, done.json()) == (201, {"status": "recorded", "shows": "at_once"})
    assert (await by_manager(app, story.raised, story.manager, concern, **step)).status_code == 200
    assert (await by_manager(app, story.raised, story.manager, concern)).status_code == 409
    shown = (await effects(app, story, concern))["manager"]
    assert (shown["effect"], shown["next_step"], shown["signature"]) == ("reopened", STEP, "Ada Ruiz")
    view = await app.client.post(f"/v1/manager/{story.raised['id']}/view", json={"code": story.manager})
    assert [one["effect"]["effect"] for one in view.json()["replies"]] == ["reopened"]


async def test_a_link_that_the_candidate_held_records_nothing(app: Running) -> None:
    raised = await released(app, manager=ADA)
    concern = (await concerns(app, raised))[0]["id"]
    await reply(app, raised, concern)
    refused = await by_panel(app, raised, codes(raised)[0], concern)
    assert (refused.status_code, refused.json()["code"]) == (403, "candidate_held_link")
    app.clock.advance(days=1)
    await tick(app)
    assert all(one["effects"] == [] for one in await concerns(app, raised))
    # What the hiring manager says through their link is theirs, as with answers for the team.
    assert (await by_manager(app, raised, manager_code(raised), concern)).status_code == 201


async def test_effects_need_a_reply_and_the_right_secret(app: Running, mailbox: Mailbox) -> None:
    story = await mailed(app, mailbox)
    mine, other = await own_concern(app, story, 0), await own_concern(app, story, 1)
    # Without any reply the link opens nothing.
    assert (await by_panel(app, story.raised, story.links[0], mine)).status_code == 404
    assert (await by_author(app, story, 0, mine)).status_code == 404
    assert (await by_manager(app, story.raised, story.manager, mine)).status_code == 404
    await reply(app, story.raised, mine)
    for refused in (
        await by_panel(app, story.raised, story.links[0], other),
        await by_panel(app, story.raised, story.links[0], str(uuid4())),
        await by_panel(app, story.raised, "0" * 26, mine),
        await by_author(app, story, 1, mine),
        await by_author(app, story, None, mine),
        await by_manager(app, story.raised, story.manager, other),
        await by_manager(app, story.raised, story.links[0], mine),
    ):
        assert refused.status_code == 404
    for over in ({"effect": "great"}, {"note": "x" * 281}, {"note": "a\x00"}, {"question": "x" * 281}):
        assert (await by_panel(app, story.raised, story.links[0], mine, **over)).status_code == 422


async def test_visits_with_and_without_an_effect_look_alike_in_storage(app: Running, mailbox: Mailbox) -> None:
    story = await mailed(app, mailbox)
    concern = await own_concern(app, story, 0)
    await reply(app, story.raised, concern)
    before = await dump(app)
    assert (await by_author(app, story, 1, None)).status_code == 202
    empty = await dump(app)
    assert (await by_author(app, story, 0, concern)).status_code == 202
    full = await dump(app)
    for one, two in ((before, empty), (empty, full)):
        assert [table for table in one if one[table] != two[table]] == ["dialogue_boxes"]
    assert await app.ctx.db.read(_length) == size_of(3) + 33
    # An unknown receipt gets the same answer.
    assert (await by_author(app, story, None, None)).status_code == 202


async def test_effects_of_the_last_day_show_and_later_ones_are_too_late(app: Running, mailbox: Mailbox) -> None:
    story = await mailed(app, mailbox)
    concern = await own_concern(app, story, 0)
    await reply(app, story.raised, concern)
    app.clock.advance(days=30)
    assert (await by_author(app, story, 0, concern)).status_code == 202
    app.clock.advance(days=1)
    for late in (
        await by_panel(app, story.raised, story.links[0], concern),
        await by_manager(app, story.raised, story.manager, concern),
        await by_author(app, story, 0, concern, note="later"),
    ):
        assert (late.status_code, late.json()["code"]) == (410, "replies_over")
    await tick(app)
    assert list(await effects(app, story, concern)) == ["author"]
    assert (await dump(app))["dialogue_boxes"] == []
    assert await app.ctx.keys.is_destroyed(KeyName(Purpose.DIALOGUE, UUID(round_id(story.raised))))


async def test_erasure_leaves_no_canary_of_effects(app: Running, mailbox: Mailbox) -> None:
    story = await mailed(app, mailbox)
    concern = await own_concern(app, story, 0)
    await reply(app, story.raised, concern, text="canary of the reply")
    await by_manager(app, story.raised, story.manager, concern, note="canary of the manager")
    await by_author(app, story, 0, concern, note="canary of the author")
    app.clock.advance(days=1)
    await tick(app)
    await by_panel(app, story.raised, story.links[0], concern, note="canary that waits")
    stored = str(await dump(app))
    assert [word in stored for word in ("of the reply", "of the manager", "of the author", "that waits")] == [
        True,
        True,
        True,
        False,
    ]
    path = f"/v1/feedback-requests/{story.raised['id']}"
    assert (await app.client.delete(path, headers=as_candidate(story.raised))).status_code == 204
    left = await dump(app)
    assert "canary" not in str(left)
    assert [left[table] for table in ("clarifications", "effects", "dialogue_boxes", "outbox")] == [[], [], [], []]
    assert await app.ctx.keys.is_destroyed(KeyName(Purpose.DIALOGUE, UUID(round_id(story.raised))))


def _length(session: Session) -> int:
    return len(session.scalars(select(DialogueBoxRow.ct)).one())


WHO = st.sampled_from(["reply", "author", "panel-0", "panel-1", "manager", "day"])
CALLS = st.lists(st.tuples(WHO, st.integers(0, 1), st.sampled_from(["no_change", "noted_for_future"])), max_size=10)


@pytest.mark.timeout(300)
@settings(max_examples=4, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(calls=CALLS)
async def test_one_reply_and_one_effect_whatever_the_order(app: Running, calls: list[tuple[str, int, str]]) -> None:
    story = await mailed(app, Mailbox())
    mine = [await own_concern(app, story, person) for person in (0, 1)]
    kept: dict[tuple[str, str], str] = {}
    for who, which, effect in calls:
        concern, by = mine[which], who.partition("-")[0]
        if by == "day":
            app.clock.advance(days=1)
            await tick(app)
            continue
        if by == "reply":
            answer = await reply(app, story.raised, concern, text=effect)
        elif by == "author":
            answer = await by_author(app, story, which, concern, effect=effect)
        elif by == "panel":
            answer = await by_panel(app, story.raised, story.links[int(who[-1])], concern, effect=effect)
        else:
            answer = await by_manager(app, story.raised, story.manager, concern, effect=effect)
        first = kept.get((by, concern))
        if by != "reply" and ("reply", concern) not in kept:
            assert answer.status_code == 404
        elif first is None:
            assert answer.status_code in (201, 202)
            kept[by, concern] = effect
        else:
            assert answer.status_code in ((200, 202) if first == effect else (409,))
    app.clock.advance(days=1)
    await tick(app)
    found = {
        (by, concern["id"]): said
        for concern in await concerns(app, story.raised)
        for by, said in [
            *([("reply", concern["reply"]["text"])] if concern["reply"] else []),
            *((effect["by"], effect["effect"]) for effect in concern["effects"]),
        ]
    }
    assert found == kept
    # The next example begins with an empty outbox.
    path = f"/v1/feedback-requests/{story.raised['id']}"
    assert (await app.client.delete(path, headers=as_candidate(story.raised))).is_success
