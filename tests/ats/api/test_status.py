"""Status and summary routes: the same bytes until the offer closes, whatever candidate and interviewers do."""

from uuid import UUID

import pytest

from app.applications import acceptance, queries
from tests.delivery.post import Mailbox, work
from tests.support.app import Running, as_candidate, send, tick
from tests.support.ats import (
    HEDDA,
    KATE,
    LIN,
    OMAR,
    Connected,
    a_connection,
    accept_offer,
    as_operator,
    put_application,
    round_link,
    the_offer,
)
from tests.vocabulary.builders import a_sealed_answer

PATHS = (
    "/v1/ats/applications/265293/feedback-status",
    "/v1/ats/applications",
    "/v1/ats/feedback-summary",
    "/v1/webhook-endpoints",
)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


async def seen(app: Running, connected: Connected) -> dict[str, tuple[int, bytes, str | None]]:
    """Return all responses that the employer's key can fetch, with headers that could reveal a change."""
    found = {}
    for path in PATHS:
        response = await app.client.get(path, headers=connected.headers)
        found[path] = (response.status_code, response.content, response.headers.get("etag"))
    again = await put_application(app, connected)
    found["put"] = (again.status_code, again.content, None)
    return found


async def offered(app: Running, mailbox: Mailbox) -> tuple[Connected, str, str]:
    connected = await a_connection(app)
    await put_application(app, connected)
    app.clock.advance(hours=73)
    mailbox.sent.clear()
    return connected, *await the_offer(app, mailbox)


async def test_nothing_moves_until_the_day_that_was_fixed(app: Running, mailbox: Mailbox) -> None:
    connected, offer_id, code = await offered(app, mailbox)
    # A snapshot with a later time is new; with the same time it is a repetition.
    await seen(app, connected)
    before = await seen(app, connected)
    assert b'"offered"' in before[PATHS[0]][1]
    await app.client.post(f"/v1/offers/{offer_id}/view", json={"code": code})
    assert await seen(app, connected) == before
    accepted = await accept_offer(app, offer_id, code)
    await work(app, mailbox)
    assert await seen(app, connected) == before
    for address in (KATE, OMAR, LIN):
        round_id, own = round_link(mailbox, address)
        assert (await send(app.client, round_id, own, a_sealed_answer())).status_code == 201
        assert await seen(app, connected) == before
    app.clock.advance(days=9)
    await tick(app)
    await seen(app, connected)
    feedback = await app.client.get(f"/v1/feedback-requests/{accepted['id']}/feedback", headers=as_candidate(accepted))
    assert feedback.json()["state"] == "released"
    assert len(feedback.json()["rounds"][0]["answers"]) == 3
    assert await seen(app, connected) == before


async def end_of(app: Running, mailbox: Mailbox, ending: str) -> bytes:
    """Let an offer end in one of the possible ways. Return what its employer sees on the closing day."""
    connected, offer_id, code = await offered(app, mailbox)
    if ending == "declined":
        response = await app.client.post(f"/v1/offers/{offer_id}/decline", json={"code": code})
        assert response.status_code == 200
    elif ending != "silence":
        accepted = await accept_offer(app, offer_id, code)
        if ending == "withdrawn":
            path = f"/v1/feedback-requests/{accepted['id']}/withdrawal"
            assert (await app.client.post(path, headers=as_candidate(accepted))).status_code == 204
    app.clock.advance(days=28)
    await tick(app)
    response = await app.client.get(PATHS[0], headers=connected.headers)
    assert response.status_code == 200
    return response.content


async def test_whatever_came_of_it_it_ends_alike(app: Running, mailbox: Mailbox) -> None:
    start = app.clock.at
    ends = set()
    for ending in ("silence", "declined", "accepted", "withdrawn"):
        app.clock.at = start
        ends.add(await end_of(app, mailbox, ending))
    assert len(ends) == 1
    assert b'"closed"' in ends.pop()


@pytest.mark.parametrize("ending", ["silence", "declined", "accepted"])
async def test_unreject_reveals_nothing_about_offer(app: Running, mailbox: Mailbox, ending: str) -> None:
    connected, offer_id, code = await offered(app, mailbox)
    if ending == "declined":
        await app.client.post(f"/v1/offers/{offer_id}/decline", json={"code": code})
    elif ending == "accepted":
        await accept_offer(app, offer_id, code)
    app.clock.advance(days=1)
    back = await put_application(app, connected, application={"status": "ACTIVE"})
    assert back.json()["outcome"] == "accepted"
    path = f"/v1/connections/{connected.id}/notices"
    notices = (await app.client.get(path, headers=as_operator(app))).json()["data"]
    assert [one["code"] for one in notices] == ["reinstated"]
    listed = (await app.client.get(PATHS[1], headers=connected.headers)).json()["data"]
    assert [(one["offer"], one["reason"]) for one in listed] == [("offered", None)]


async def test_consent_reveals_days_of_request(app: Running, mailbox: Mailbox) -> None:
    connected, offer_id, code = await offered(app, mailbox)
    accepted = await accept_offer(app, offer_id, code, share_state_with_employer=True)
    status = (await app.client.get(PATHS[0], headers=connected.headers)).json()
    assert (status["state"], status["opened_on"]) == ("collecting", "2026-11-23")
    await app.client.post(f"/v1/feedback-requests/{accepted['id']}/withdrawal", headers=as_candidate(accepted))
    status = (await app.client.get(PATHS[0], headers=connected.headers)).json()
    assert status["state"] == "withdrawn"
    assert (status["panel"], status["responses"]) == ({"invited": "withheld"}, "withheld")


async def test_erased_application_has_state_erased(app: Running, mailbox: Mailbox) -> None:
    connected, _, _ = await offered(app, mailbox)
    response = await app.client.post(
        "/v1/ats/candidates/265788/erasure", json={"mode": "delete"}, headers=connected.headers
    )
    assert response.status_code == 202
    status = await app.client.get(PATHS[0], headers=connected.headers)
    assert (status.status_code, status.json()["state"]) == (200, "erased")


async def test_summary_leaves_out_too_few_answers(app: Running) -> None:
    connected = await a_connection(app)
    refused = await app.client.get(PATHS[2], headers=connected.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "below_threshold")
    wrong = await app.client.get(f"{PATHS[2]}?since=2026-07-02&until=2026-09-30", headers=connected.headers)
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/since")


async def test_summary_lists_doubts_that_nobody_asked_about(app: Running, mailbox: Mailbox) -> None:
    connected = await a_connection(app, settings={"hold_hours": 0})
    doubt = {
        "statement": "May leave soon",
        "source": "interview_answer",
        "asked": "never_asked",
        "about": "role_motivation",
        "weight": "decisive",
    }
    # At most eight are subtracted, so five are left, whatever the random number.
    for number in range(13):
        remote_id = f"a{number}"
        address = f"candidate{number}@candidates.test"
        candidate = {"remote_id": remote_id, "first_name": "C", "email_addresses": [{"value": address}]}
        await put_application(app, connected, remote_id, candidate=candidate)
        offer_id, code = await the_offer(app, mailbox, address)
        await accept_offer(app, offer_id, code)
        mailbox.sent.clear()
        await work(app, mailbox)
        for asked in (KATE, OMAR, LIN):
            round_id, own = round_link(mailbox, asked)
            answer = a_sealed_answer().model_dump(mode="json", exclude_none=True) | {"concerns": [doubt]}
            assert (await send(app.client, round_id, own, answer)).status_code == 201
    app.clock.advance(days=30)
    await tick(app)
    response = await app.client.get(PATHS[2], headers=connected.headers)
    assert response.status_code == 403, "the quarter is not over"
    app.clock.advance(days=30)
    response = await app.client.get(PATHS[2], headers=connected.headers)
    assert response.status_code == 403, "the numbers are not drawn"
    await tick(app)
    response = await app.client.get(PATHS[2], headers=connected.headers)
    assert response.status_code == 200, response.text
    told = response.json()
    # Thirteen candidates: rounded down, and never too high, whatever the random number.
    assert [one["about"] for one in told["never_asked"]] == ["role_motivation"]
    assert told["never_asked"][0]["at_least"] in (5, 10)
    assert told["candidates"] in (5, 10)
    assert told["offers"] == 10
    assert HEDDA not in response.text
    app.clock.advance(days=1)
    await tick(app)
    assert (await app.client.get(PATHS[2], headers=connected.headers)).content == response.content


def test_offer_url_contains_no_secret() -> None:
    url = acceptance.offer_url("https://debrief.example", UUID(int=7))
    assert url == "https://debrief.example/offer/00000000-0000-0000-0000-000000000007"


async def test_offer_is_counted_with_its_first_job(app: Running, mailbox: Mailbox) -> None:
    connected, _, _ = await offered(app, mailbox)
    moved = await put_application(app, connected, job={"remote_id": "other", "name": "Designer"})
    assert moved.json()["outcome"] == "accepted"
    row = await app.ctx.db.read(queries.find_row, UUID(connected.id), "265293")
    # If each job counted it, the difference would show which application was answered.
    assert row is not None
    assert row.job_remote_id == "371417"
