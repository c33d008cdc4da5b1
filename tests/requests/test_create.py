"""Raise a request: defaults, secrets that are shown once, and repetition without a second request."""

import asyncio
from typing import Any

import pytest

from tests.support.app import (
    ADA,
    CLEO,
    LIN,
    OMAR,
    Running,
    a_request,
    as_candidate,
    codes,
    dump,
    manager_code,
    raise_request,
    round_id,
    tick,
)

PEOPLE = [OMAR, LIN, CLEO, *({"role": "other", "name": f"Colleague {index}"} for index in range(7))]
KEY = "0123456789abcdefghijkl"
TWO_MONTHS = "2027-01-19"


@pytest.mark.parametrize(
    ("people", "wish", "mode", "k"),
    [
        (1, None, "attributed", None),
        (2, None, "sealed", 2),
        (3, None, "sealed", 3),
        (4, None, "sealed", 3),
        (10, None, "sealed", 3),
        (3, {"mode": "attributed"}, "attributed", None),
        (2, {"mode": "sealed"}, "sealed", 2),
        (5, {"mode": "sealed"}, "sealed", 3),
        (5, {"mode": "sealed", "k": 2}, "sealed", 2),
        (5, {"mode": "sealed", "k": 5}, "sealed", 5),
    ],
)
async def test_anonymity_by_the_number_of_people(
    app: Running, people: int, wish: dict[str, Any] | None, mode: str, k: int | None
) -> None:
    raised = await raise_request(app.client, invitees=PEOPLE[:people], anonymity=wish)

    anonymity = raised["rounds"][0]["anonymity"]

    assert (anonymity["mode"], anonymity["k"], anonymity["invited"]) == (mode, k, people)
    assert (anonymity["k_basis"], anonymity["candidate_held"]) == ("all", "all")
    assert ("Two people were asked." in anonymity["statement"]) == (people == 2 and mode == "sealed")


@pytest.mark.parametrize(
    ("stage", "given", "closes_on"),
    [
        ("after_interview", None, "2026-11-22"),
        ("after_references", None, "2026-11-27"),
        ("after_decision", None, "2026-11-27"),
        ("after_decision", "2026-11-20", "2026-11-20"),
        ("after_decision", TWO_MONTHS, TWO_MONTHS),
    ],
)
async def test_closing_date_by_stage(app: Running, stage: str, given: str | None, closes_on: str) -> None:
    raised = await raise_request(app.client, stage=stage, closes_on=given)

    assert raised["rounds"][0]["closes_on"] == closes_on


async def test_raised_request_is_returned_with_its_links(app: Running) -> None:
    raised = await raise_request(
        app.client,
        manager={**ADA, "email": None},
        worries=[{"text": "You may think that I only write for engineers"}],
        company_domain="Acme.Example",
        still_interested="later",
    )

    assert set(raised) == {
        "id",
        "state",
        "ended",
        "message",
        "candidate_name",
        "company",
        "role_title",
        "interviewed_on",
        "worries",
        "own_question",
        "still_interested",
        "manager_asked",
        "manager_declined",
        "undelivered",
        "rounds",
        "delivery",
        "address_confirmed",
        "manage_token",
        "links",
        "thank_you_note",
    }
    assert raised["state"] == "open"
    assert [(link["role"], link["name"]) for link in raised["links"]] == [
        ("manager", "Ada Ruiz"),
        ("interviewer", "Omar Haddad"),
        ("interviewer", "Lin Mei"),
        ("recruiter", "Cleo Brandt"),
    ]
    base = app.settings.base_url
    assert raised["links"][0]["url"] == f"{base}/q/{raised['id']}#c={manager_code(raised)}"
    assert raised["links"][1]["url"] == f"{base}/r/{round_id(raised)}#c={codes(raised)[0]}"
    assert len({link["code"] for link in raised["links"]}) == 4
    for link in raised["links"]:
        assert link["url"] in link["note"]["text"]
        assert f"Dear {link['name']}," in link["note"]["text"]
    assert raised["thank_you_note"] == raised["links"][0]["note"]


async def test_secrets_are_shown_once(app: Running) -> None:
    raised = await raise_request(app.client, manager=ADA)

    shown = await app.client.get(f"/v1/feedback-requests/{raised['id']}", headers=as_candidate(raised))

    assert shown.json() == {
        field: value for field, value in raised.items() if field not in {"manage_token", "links", "thank_you_note"}
    }
    assert not [link for link in raised["links"] if link["code"] in shown.text]


async def test_the_manager_alone_may_be_asked(app: Running) -> None:
    raised = await raise_request(app.client, invitees=None, manager={})

    assert raised["rounds"] == []
    assert [link["role"] for link in raised["links"]] == ["manager"]
    assert raised["links"][0]["note"]["text"].startswith("Hello,")
    assert raised["manager_asked"] is True


async def test_names_of_invitees_are_in_no_table(app: Running) -> None:
    await raise_request(app.client, manager={"name": "Ada Ruiz"}, invitees=[{"name": "Nameless Canary"}, OMAR, LIN])

    stored = repr(await dump(app))

    assert "Canary" not in stored
    assert "Omar" not in stored


async def test_a_later_round_is_for_another_stage(app: Running) -> None:
    raised = await raise_request(app.client, stage="after_interview")
    path, headers = f"/v1/feedback-requests/{raised['id']}/rounds", as_candidate(raised)
    body = {"stage": "after_decision", "invitees": [OMAR, LIN]}

    first = await app.client.post(path, json=body, headers=headers)
    before, keys = await dump(app), await app.ctx.keys.names()
    again = await app.client.post(path, json=body, headers=headers)
    same = await app.client.post(path, json={**body, "stage": "after_interview"}, headers=headers)

    assert first.status_code == 201
    assert first.json()["round"]["anonymity"]["k"] == 2
    assert [link["name"] for link in first.json()["links"]] == ["Omar Haddad", "Lin Mei"]
    assert {(one.status_code, one.json()["code"]) for one in (again, same)} == {(409, "stage_already_asked")}
    # What was refused leaves nothing behind, not even a key.
    assert await dump(app) == before
    assert sorted(await app.ctx.keys.names()) == sorted(keys)
    shown = await app.client.get(f"/v1/feedback-requests/{raised['id']}", headers=headers)
    assert [one["stage"] for one in shown.json()["rounds"]] in (
        ["after_interview", "after_decision"],
        ["after_decision", "after_interview"],
    )


async def test_a_withdrawn_request_takes_no_round(app: Running) -> None:
    raised = await raise_request(app.client, stage="after_interview")
    headers = as_candidate(raised)
    await app.client.post(f"/v1/feedback-requests/{raised['id']}/withdrawal", headers=headers)

    response = await app.client.post(
        f"/v1/feedback-requests/{raised['id']}/rounds", json={"invitees": [OMAR, LIN]}, headers=headers
    )

    assert (response.status_code, response.json()["code"]) == (409, "request_withdrawn")


async def post(app: Running, key: str | None = KEY, **over: Any) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await app.client.post("/v1/feedback-requests", json=a_request(**over), headers=headers)


async def test_repeated_key_gets_the_same_response(app: Running) -> None:
    first = await post(app)
    stored, keys = await dump(app), await app.ctx.keys.names()

    again = await post(app)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert await dump(app) == stored
    assert await app.ctx.keys.names() == keys
    # What is kept can't be read without the key.
    assert first.json()["manage_token"] not in repr(stored)
    assert codes(first.json())[0] not in repr(stored)


async def test_without_key_every_call_raises_a_request(app: Running) -> None:
    first, second = await post(app, None), await post(app, None)

    assert first.json()["id"] != second.json()["id"]


async def test_the_key_with_another_body_is_a_conflict(app: Running) -> None:
    await post(app)
    stored = await dump(app)

    other = await post(app, company="Another")

    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert await dump(app) == stored


async def test_two_at_once_raise_one_request(app: Running) -> None:
    responses = await asyncio.gather(*(post(app) for _ in range(6)))

    assert {response.status_code for response in responses} == {201}
    assert len({response.content for response in responses}) == 1
    stored = await dump(app)
    assert (len(stored["feedback_requests"]), len(stored["rounds"]), len(stored["boxes"])) == (1, 1, 1)
    # The keys that were made in vain are gone.
    assert len(await app.ctx.keys.names()) == 2


async def test_a_key_is_good_for_a_day(app: Running) -> None:
    first = await post(app)
    app.clock.advance(hours=24)
    await tick(app)
    assert (await post(app)).content == first.content

    app.clock.advance(hours=24)
    another = await post(app)
    assert another.status_code == 201
    assert another.json()["id"] != first.json()["id"]
    app.clock.advance(days=2)
    await tick(app)
    assert (await dump(app))["idempotency"] == []


@pytest.mark.parametrize("key", ["", "short", "x" * 21, "x" * 129, "x" * 21 + " y"])
async def test_a_key_that_can_be_guessed_is_refused(app: Running, key: str) -> None:
    response = await post(app, key)

    assert response.status_code == 422
    assert (await dump(app))["feedback_requests"] == []
