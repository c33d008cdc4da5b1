"""Own notes: the same codes as an answer, and erased with the request."""

import csv
import io
from typing import Any

import pytest

from app.requests.notes import MOST_NOTES
from tests.support.app import Running, as_candidate, dump, raise_request, read_feedback

NOTE: dict[str, Any] = {
    "channel": "phone",
    "received_on": "2026-11-19",
    "reasons": [{"code": "not_about_you", "circumstance": "internal"}],
    "concerns": [
        {
            "statement": "=They feared that I only write for engineers.",
            "source": "portfolio_or_public_profile",
            "asked": "never_asked",
        }
    ],
    "strengths": [{"competency": "quality_of_work", "note": "The clearest sample."}],
    "text": "+Call again\nin spring",
}


async def add(app: Running, raised: dict[str, Any], **note: Any) -> Any:
    return await app.client.post(
        f"/v1/feedback-requests/{raised['id']}/own-notes", json=note, headers=as_candidate(raised)
    )


async def test_a_note_stands_beside_the_answers(app: Running) -> None:
    raised = await raise_request(app.client)
    added = await add(app, raised, **NOTE)
    assert added.status_code == 201, added.text
    polite = await add(app, raised, channel="mail", polite_no=True)
    assert polite.status_code == 201, polite.text
    feedback = await read_feedback(app.client, raised)
    assert feedback["state"] == "collecting"
    assert feedback["own_notes"] == [added.json(), polite.json()]
    assert added.json()["written_on"] == "2026-11-20"
    assert {field: added.json()[field] for field in ("channel", "received_on", "text", "polite_no")} == {
        "channel": "phone",
        "received_on": "2026-11-19",
        "text": NOTE["text"],
        "polite_no": False,
    }
    for field in ("reasons", "concerns", "strengths"):
        (given,) = added.json()[field]
        assert {key: value for key, value in given.items() if value is not None} == NOTE[field][0]
    assert polite.json()["polite_no"] is True


async def test_notes_are_ordered_by_the_day_they_were_received(app: Running) -> None:
    raised = await raise_request(app.client)
    for day in (None, "2026-11-10", "2026-11-12", "2026-11-01"):
        await add(app, raised, channel="mail", received_on=day, text="x")
    found = [note["received_on"] for note in (await read_feedback(app.client, raised))["own_notes"]]
    assert found == ["2026-11-01", "2026-11-10", "2026-11-12", None]


@pytest.mark.parametrize(
    ("over", "pointer", "code"),
    [
        ({"channel": "mail"}, "", "nothing_noted"),
        ({"text": "x"}, "/channel", "required"),
        ({"channel": "pigeon", "text": "x"}, "/channel", "unknown_code"),
        ({"channel": "mail", "text": "x" * 601}, "/text", "too_long"),
        ({"channel": "mail", "text": ""}, "/text", "too_short"),
        ({"channel": "mail", "text": "x", "received_on": "2026-11-22"}, "/received_on", "in_the_future"),
        ({"channel": "mail", "polite_no": "yes"}, "/polite_no", "wrong_type"),
        ({"channel": "mail", "polite_no": True, "reasons": NOTE["reasons"]}, "/reasons", "not_allowed_here"),
        ({"channel": "mail", "polite_no": True, "strengths": NOTE["strengths"]}, "/strengths", "not_allowed_here"),
        ({"channel": "mail", "reasons": NOTE["reasons"] * 2}, "/reasons/1/code", "duplicate"),
        ({"channel": "mail", "reasons": [{"code": "other"}]}, "/reasons/0/detail", "required"),
        ({"channel": "mail", "strengths": NOTE["strengths"] * 2}, "/strengths/1/competency", "duplicate"),
        ({"channel": "mail", "concerns": [{"statement": "x", "source": "task"}]}, "/concerns/0/asked", "required"),
        ({"channel": "mail", "text": "x", "signature": "Ada"}, "", "unknown_field"),
    ],
)
async def test_invalid_notes_are_refused(app: Running, over: dict[str, Any], pointer: str, code: str) -> None:
    raised = await raise_request(app.client)
    before = await dump(app)
    refused = await add(app, raised, **over)
    assert refused.status_code == 422, refused.text
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [(pointer, code)]
    assert await dump(app) == before


async def test_a_note_is_deleted_by_its_owner_alone(app: Running) -> None:
    raised, other = await raise_request(app.client), await raise_request(app.client)
    note = (await add(app, raised, **NOTE)).json()
    before = await dump(app)
    for of, by, status in ((raised, other, 404), (other, other, 404), (raised, None, 401)):
        headers = {} if by is None else as_candidate(by)
        path = f"/v1/feedback-requests/{of['id']}/own-notes/{note['id']}"
        assert (await app.client.delete(path, headers=headers)).status_code == status
    assert (await add(app, {**raised, "manage_token": other["manage_token"]}, **NOTE)).status_code == 404
    assert await dump(app) == before
    mine = f"/v1/feedback-requests/{raised['id']}/own-notes/{note['id']}"
    assert (await app.client.delete(mine, headers=as_candidate(raised))).status_code == 204
    again = await app.client.delete(mine, headers=as_candidate(raised))
    assert (again.status_code, again.json()["code"]) == (404, "unknown_note")
    assert (await read_feedback(app.client, raised))["own_notes"] == []


async def test_withdrawal_keeps_notes_and_erasure_deletes_them(app: Running) -> None:
    raised, other = await raise_request(app.client), await raise_request(app.client)
    for one in (raised, other):
        await add(app, one, **NOTE)
    await app.client.post(f"/v1/feedback-requests/{raised['id']}/withdrawal", headers=as_candidate(raised))
    assert (await add(app, raised, channel="mail", text="later")).status_code == 201
    assert len((await read_feedback(app.client, raised))["own_notes"]) == 2
    erased = await app.client.delete(f"/v1/feedback-requests/{raised['id']}", headers=as_candidate(raised))
    assert erased.status_code == 204
    (left,) = (await dump(app))["own_notes"]
    assert other["id"] in left


async def test_number_of_notes_is_limited(app: Running) -> None:
    raised = await raise_request(app.client)
    for number in range(MOST_NOTES):
        assert (await add(app, raised, channel="mail", text=f"Note {number}")).status_code == 201
    refused = await add(app, raised, channel="mail", polite_no=True)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_notes")


async def test_notes_are_in_the_csv_and_hold_no_formulas(app: Running) -> None:
    raised = await raise_request(app.client)
    await add(app, raised, **NOTE)
    await add(app, raised, channel="mail", polite_no=True)
    response = await app.client.get(f"/v1/feedback-requests/{raised['id']}/feedback.csv", headers=as_candidate(raised))
    lines = list(csv.DictReader(io.StringIO(response.text.removeprefix("\ufeff"), newline="")))
    assert {line["stage"] for line in lines} == {"own_note"}
    assert [(line["answer"], line["kind"], line["code"], line["text"]) for line in lines] == [
        ("1", "channel", "phone", "2026-11-19"),
        ("1", "reason", "not_about_you", "internal"),
        ("1", "concern", "", f"'{NOTE['concerns'][0]['statement']}"),
        ("1", "strength", "quality_of_work", "The clearest sample."),
        ("1", "text", "", f"'{NOTE['text']}"),
        ("2", "channel", "mail", ""),
        ("2", "polite_no", "", ""),
    ]


async def test_a_note_that_is_sent_twice_is_kept_once(app: Running) -> None:
    raised = await raise_request(app.client)
    first, again = [await add(app, raised, **NOTE) for _ in range(2)]
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    assert (await add(app, raised, **NOTE | {"channel": "mail"})).status_code == 201
    assert len((await dump(app))["own_notes"]) == 2
