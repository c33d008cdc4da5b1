"""Panels: one sealed round per stage; the manager forwards a link and never learns who used it."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core.errors import Conflict
from app.requests import panel
from app.requests.manager_schemas import PanelCreate
from tests.faults.ports import Fuse, crashing
from tests.support.app import ADA, Running, codes, dump, manager_code, nonce, raise_request, read_feedback, send, tick
from tests.vocabulary.builders import a_sealed_answer

NONCE = "n" * 22


async def ask_manager(app: Running, **over: Any) -> dict[str, Any]:
    return await raise_request(app.client, **{"invitees": None, "manager": ADA, **over})


async def act(app: Running, raised: dict[str, Any], route: str, **over: Any) -> httpx.Response:
    body = {"code": manager_code(raised), **over}
    return await app.client.post(f"/v1/manager/{raised['id']}/{route}", json=body)


async def open_panel(app: Running, raised: dict[str, Any], **over: Any) -> dict[str, Any]:
    response = await act(app, raised, "panels", **{"nonce": nonce(), "people": 4, **over})
    assert response.status_code == 201, response.text
    opened: dict[str, Any] = response.json()
    return opened


async def test_a_team_link_is_forwarded_once(app: Running) -> None:
    raised = await ask_manager(app)

    panel = await open_panel(app, raised)

    (link,) = panel["links"]
    assert link["uses"] == 4
    assert link["url"] == f"{app.settings.base_url}/r/{panel['round']['id']}#c={link['code']}"
    assert link["url"] in panel["message"]
    assert "if at least 3 answers come" in panel["message"]
    anonymity = panel["round"]["anonymity"]
    assert (anonymity["mode"], anonymity["k"], anonymity["invited"]) == ("sealed", 3, None)
    assert "(earlier if “Ada Ruiz” opens them), if at least 3 answers come" in anonymity["statement"]
    assert [caveat["code"] for caveat in anonymity["caveats"]] == ["links_through_candidate"]
    assert panel["round"]["closes_on"] == "2026-11-27"


async def test_wrong_code_learns_nothing_of_the_company(app: Running) -> None:
    raised = await ask_manager(app)

    responses = [
        await act(app, raised, "panels", code="w" * 22, nonce=nonce(), people=4, work_address=address)
        for address in (None, "eve@elsewhere.example", "ada@acme.example")
    ]

    assert {response.status_code for response in responses} == {404}
    assert len({response.content for response in responses}) == 1


async def test_single_links_work_once_each(app: Running) -> None:
    raised = await ask_manager(app)

    panel = await open_panel(app, raised, shape="single", people=3)

    assert [link["uses"] for link in panel["links"]] == [1, 1, 1]
    assert len({link["code"] for link in panel["links"]}) == 3
    assert all(link["url"] in panel["message"] for link in panel["links"])
    here = panel["round"]["id"]
    for link in panel["links"]:
        assert (await send(app.client, here, link["code"], a_sealed_answer())).status_code == 201
        assert (await send(app.client, here, link["code"], a_sealed_answer())).status_code == 409


@pytest.mark.parametrize(("people", "k"), [(2, 2), (3, 3), (4, 3), (10, 3)])
async def test_the_threshold_of_a_panel(app: Running, people: int, k: int) -> None:
    panel = await open_panel(app, await ask_manager(app), people=people)

    assert panel["round"]["anonymity"]["k"] == k
    assert ("Two people were asked." in panel["round"]["anonymity"]["statement"]) == (people == 2)


async def test_a_team_link_has_as_many_uses_as_people(app: Running) -> None:
    raised = await ask_manager(app)
    panel = await open_panel(app, raised, people=3)
    here, code = panel["round"]["id"], panel["links"][0]["code"]
    mine = nonce()

    statuses = [
        (await send(app.client, here, code, a_sealed_answer(advice="one"), mine)).status_code,
        (await send(app.client, here, code, a_sealed_answer(advice="one"), mine)).status_code,
        (await send(app.client, here, code, a_sealed_answer(advice="two"), mine)).status_code,
        (await send(app.client, here, code, a_sealed_answer(advice="two"))).status_code,
    ]
    decline = {"code": code, "nonce": nonce(), "reason": "not_on_panel", "understood": True}
    statuses.append((await app.client.post(f"/v1/rounds/{here}/declines", json=decline)).status_code)
    statuses.append((await send(app.client, here, code, a_sealed_answer())).status_code)

    assert statuses == [201, 200, 409, 201, 201, 409]


async def test_the_same_nonce_gets_the_same_links(app: Running) -> None:
    raised = await ask_manager(app)
    body = {"nonce": NONCE, "people": 4}
    first = await act(app, raised, "panels", **body)
    stored, keys = await dump(app), sorted(await app.ctx.keys.names())

    again = await act(app, raised, "panels", **body, pad="p" * 500)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert await dump(app) == stored
    assert sorted(await app.ctx.keys.names()) == keys
    assert first.json()["links"][0]["code"] not in repr(stored)


async def test_two_at_once_open_one_panel(app: Running) -> None:
    raised = await ask_manager(app)

    responses = await asyncio.gather(*(act(app, raised, "panels", nonce=NONCE, people=4) for _ in range(5)))

    assert {response.status_code for response in responses} == {201}
    assert len({response.content for response in responses}) == 1
    assert len((await dump(app))["boxes"]) == 1
    assert len(await app.ctx.keys.names()) == 2


async def test_rivals_at_once_open_one_panel(app: Running) -> None:
    raised = await ask_manager(app)

    responses = await asyncio.gather(*(act(app, raised, "panels", nonce=nonce(), people=4) for _ in range(5)))

    assert sorted(response.status_code for response in responses) == [201, 409, 409, 409, 409]
    assert len(await app.ctx.keys.names()) == 2


async def test_the_links_are_given_again_for_a_day_only(app: Running) -> None:
    raised = await ask_manager(app)
    first = await act(app, raised, "panels", nonce=NONCE, people=4)
    app.clock.advance(hours=24)
    assert (await act(app, raised, "panels", nonce=NONCE, people=4)).content == first.content

    app.clock.advance(hours=24)
    late = await act(app, raised, "panels", nonce=NONCE, people=4)

    assert (late.status_code, late.json()["code"]) == (409, "panel_already_open")


async def test_one_panel_per_stage(app: Running) -> None:
    raised = await ask_manager(app)
    await act(app, raised, "panels", nonce=NONCE, people=4)
    before, keys = await dump(app), sorted(await app.ctx.keys.names())

    second = await act(app, raised, "panels", nonce=nonce(), people=4)
    other_body = await act(app, raised, "panels", nonce=NONCE, people=5)

    assert (second.status_code, second.json()["code"]) == (409, "panel_already_open")
    assert (other_body.status_code, other_body.json()["code"]) == (409, "idempotency_key_reused")
    assert await dump(app) == before
    assert sorted(await app.ctx.keys.names()) == keys
    await open_panel(app, raised, stage="after_references")


async def test_no_key_is_made_for_a_second_panel(app: Running) -> None:
    raised = await ask_manager(app)
    await open_panel(app, raised)
    # The next step of any port would be a crash.
    watched = crashing(app.ctx, Fuse(at=1))

    body = PanelCreate(code=manager_code(raised), nonce=NONCE, people=4)
    with pytest.raises(Conflict) as refused:
        await panel.open_panel(watched, UUID(raised["id"]), body)

    assert refused.value.code == "panel_already_open"


async def test_a_panel_does_not_keep_the_candidate_from_asking(app: Running) -> None:
    raised = await ask_manager(app, invitees=[{"name": "Omar Haddad"}])

    await open_panel(app, raised)

    assert len((await act(app, raised, "view")).json()["rounds"]) == 2


async def test_the_candidate_s_date_holds_for_the_panel(app: Running) -> None:
    raised = await ask_manager(app, closes_on="2026-12-10")
    assert (await open_panel(app, raised))["round"]["closes_on"] == "2026-12-10"
    # One that has passed is no date to close on, nor is one that leaves the team no time.
    app.clock.advance(days=20)
    assert (await open_panel(app, raised, stage="after_interview"))["round"]["closes_on"] == "2026-12-12"
    app.clock.advance(days=5)
    assert (await open_panel(app, raised, stage="after_references"))["round"]["closes_on"] == "2026-12-22"


async def test_in_a_panel_nobody_is_counted_exactly(app: Running) -> None:
    raised = await ask_manager(app)
    panel = await open_panel(app, raised, people=5)
    here, code = panel["round"]["id"], panel["links"][0]["code"]
    for _ in range(4):
        await send(app.client, here, code, a_sealed_answer())
    app.clock.advance(days=8)
    await tick(app)

    (round_,) = (await read_feedback(app.client, raised))["rounds"]

    assert len(round_["answers"]) == 4
    assert round_["participation"] == {
        "asked": None,
        "answered": None,
        "at_least": 3,
        "declined": None,
        "silent": None,
        "claims": None,
    }


@pytest.mark.parametrize("came", [0, 1, 2])
async def test_a_panel_below_k_shows_no_participation(app: Running, came: int) -> None:
    raised = await ask_manager(app)
    panel = await open_panel(app, raised)
    for _ in range(came):
        await send(app.client, panel["round"]["id"], panel["links"][0]["code"], a_sealed_answer())
    app.clock.advance(days=8)
    await tick(app)

    (round_,) = (await read_feedback(app.client, raised))["rounds"]

    # Whether none, one or two came can't be told apart.
    message = "Fewer than 3 people answered, so nothing is shown, as promised to them. That says nothing about you."
    note = round_.pop("note_to_manager")
    assert "The round has closed" in note["text"]
    assert round_ == {
        "id": panel["round"]["id"],
        "stage": "after_decision",
        "state": "withheld",
        "closes_on": "2026-11-27",
        "closes_at": "2026-11-28T12:00:00Z",
        "message": message,
    }


async def test_a_panel_that_ends_today_closes_at_the_end_of_the_day(app: Running) -> None:
    raised = await ask_manager(app)
    panel = await open_panel(app, raised)
    here = panel["round"]["id"]
    for _ in range(3):
        await send(app.client, here, panel["links"][0]["code"], a_sealed_answer())
    await tick(app)

    closed = [await act(app, raised, "close", round_id=here) for _ in range(2)]

    ends = {"status": "closing", "closes_on": "2026-11-20", "closes_at": "2026-11-21T12:00:00Z"}
    assert [(one.status_code, one.json()) for one in closed] == [(200, ends)] * 2
    # Everyone sees the new day, the people asked and the manager.
    form = await app.client.post(f"/v1/rounds/{here}/form", json={"code": panel["links"][0]["code"]})
    view = await act(app, raised, "view")
    assert form.json()["closes_on"] == view.json()["rounds"][0]["closes_on"] == "2026-11-20"
    await tick(app)
    assert (await read_feedback(app.client, raised))["state"] == "collecting"
    # Until then it takes answers.
    assert (await send(app.client, here, panel["links"][0]["code"], a_sealed_answer())).status_code == 201
    app.clock.advance(days=1)
    await tick(app)
    assert (await read_feedback(app.client, raised))["state"] == "released"
    over = await act(app, raised, "close", round_id=here)
    assert (over.status_code, over.json()["code"]) == (410, "round_over")


async def test_a_manager_closes_only_what_they_opened(app: Running) -> None:
    raised, other = await ask_manager(app, invitees=[{}, {}, {}]), await ask_manager(app)
    foreign = await open_panel(app, other)
    before = await dump(app)

    responses = [
        await act(app, raised, "close", round_id=given)
        for given in (raised["rounds"][0]["id"], foreign["round"]["id"], raised["id"])
    ]

    assert {response.status_code for response in responses} == {404}
    assert len({response.content for response in responses}) == 1
    assert await dump(app) == before


async def test_the_view_tells_nothing_of_answers(app: Running) -> None:
    raised = await ask_manager(app, invitees=[{}, {}, {}])
    panel = await open_panel(app, raised)
    before = (await act(app, raised, "view")).content

    await send(app.client, panel["round"]["id"], panel["links"][0]["code"], a_sealed_answer())
    await send(app.client, raised["rounds"][0]["id"], codes(raised)[0], a_sealed_answer())

    assert (await act(app, raised, "view")).content == before
