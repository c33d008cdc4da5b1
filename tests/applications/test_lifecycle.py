"""Lifecycle after a reversed rejection: what candidate, invitees and manager can still do, and what they read."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.blinding.receipt import new_receipt
from app.sealing.keystore import KeyName, Purpose
from tests.applications.story import ADA, LIN, OMAR, PANEL, Story, a_job, a_story, met_by
from tests.delivery.post import BEN, code_in, days, text_of, work
from tests.pages.browsing import Browser
from tests.support.app import as_candidate, dump, nonce, read_feedback, send, tick
from tests.support.neutral_ats import a_snapshot, an_application
from tests.vocabulary.builders import a_sealed_answer, a_signed_answer

TEAM: dict[str, Any] = {"reasons": [{"code": "not_about_you"}], "signature": "The hiring team at Acme"}
SHORTEST = {"reasons": "closer_match_elsewhere", "understood": "yes"}
REOPENED = "The company has reopened your application."


async def update(story: Story, status: str, hours: float = 100) -> None:
    """Send a status update."""
    await story.ats.put({"application": an_application(status, hours)})


async def as_manager(story: Story, raised: dict[str, Any], route: str, **fields: Any) -> Any:
    body = {"code": code_in(story.mailbox.to(ADA)[0]), **fields}
    return await story.app.client.post(f"/v1/manager/{raised['id']}/{route}", json=body)


async def shown(story: Story, raised: dict[str, Any]) -> dict[str, Any]:
    path = f"/v1/feedback-requests/{raised['id']}"
    found: dict[str, Any] = (await story.app.client.get(path, headers=as_candidate(raised))).json()
    return found


async def test_manager_retracts_team_answer_during_a_pause(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        raised = await story.accepted(met_by(*PANEL, job=a_job()))
        given = {"nonce": nonce(), "answer": TEAM, "understood": True}
        assert (await as_manager(story, raised, "team-answers", **given)).status_code == 201
        await update(story, "ACTIVE")
        for route, body in (("view", {}), ("team-answers", given), ("panels", {"nonce": nonce(), "people": 3})):
            refused = await as_manager(story, raised, route, **body)
            assert (refused.status_code, refused.json()["code"]) == (410, "round_paused")
        unknown = await story.app.client.post(
            f"/v1/manager/{raised['id']}/retractions", json={"code": "0" * 26, "nonce": given["nonce"]}
        )
        assert unknown.status_code == 404
        taken = await as_manager(story, raised, "retractions", nonce=given["nonce"])
        assert taken.status_code == 200, taken.text
        assert (await dump(story.app))["answers"] == []


async def test_manager_retracts_team_answer_on_the_page(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        raised = await story.accepted(met_by(*PANEL, job=a_job()))
        browser = Browser(story.app.client, f"/q/{raised['id']}")
        page = await browser.enter(code_in(story.mailbox.to(ADA)[0]))
        sent = await browser.press(await browser.press(page, "team"), "send", SHORTEST)
        assert "Thank you." in sent.text
        await update(story, "ACTIVE")
        taken = await browser.press(sent, "take_back")
        assert "Taken back" in taken.text
        assert "The company has reopened this application" in taken.text
        assert (await dump(story.app))["answers"] == []
        # A visible answer cannot be retracted, and the page says why.
        await update(story, "REJECTED", 200)
        again = await browser.press(await browser.press(page, "team"), "send", SHORTEST | {"nonce": nonce()})
        await update(story, "ACTIVE", 300)
        story.app.clock.advance(minutes=16)
        late = await browser.press(again, "take_back")
        assert (late.response.status_code, "It stays as it is" in late.text) == (409, True)


async def test_sole_invitee_retracts_signed_answer_on_the_page(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        raised = await story.accepted(met_by(OMAR))
        code, own = code_in(story.mailbox.to(OMAR)[0]), nonce()
        round_id = raised["rounds"][0]["id"]
        sent = await send(story.app.client, round_id, code, a_signed_answer(), nonce=own, understood=True)
        assert sent.status_code == 201, sent.text
        await update(story, "ACTIVE")
        page = await story.app.client.post(f"/r/{round_id}", data={"code": code, "nonce": own, "do": "take_back"})
        assert (page.status_code, "Taken back" in page.text) == (200, True)
        assert "The company has reopened this application" in page.text
        assert "is over" not in page.text


async def test_author_retracts_sealed_answer_during_a_pause(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        raised = await story.accepted()
        round_id, receipt = raised["rounds"][0]["id"], new_receipt()
        letters = [code_in(story.mailbox.to(one)[0]) for one in PANEL]
        tag = receipt.tag(UUID(round_id))
        sent = await send(story.app.client, round_id, letters[0], a_sealed_answer(), receipt_tag=tag)
        assert sent.status_code == 201
        await update(story, "ACTIVE")
        body = {"round_id": round_id, "receipt_tag": tag}
        taken = await story.app.client.post("/v1/mailbox/withdrawal", json=body)
        assert taken.status_code == 200, taken.text
        assert (await story.app.client.post("/v1/mailbox/withdrawal", json=body)).status_code == 404
        refused = await send(story.app.client, round_id, letters[1], a_sealed_answer())
        assert (refused.status_code, refused.json()["code"]) == (410, "round_paused")
        await update(story, "REJECTED", 200)
        for letter in letters[1:]:
            assert (await send(story.app.client, round_id, letter, a_sealed_answer())).status_code == 201
        story.app.clock.advance(days=10)
        await tick(story.app)
        assert (await read_feedback(story.app.client, raised))["state"] == "withheld"


async def test_candidate_erases_a_paused_request(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        raised = await story.accepted()
        await update(story, "ACTIVE")
        path = f"/v1/feedback-requests/{raised['id']}"
        assert (await story.app.client.delete(path, headers=as_candidate(raised))).status_code == 204
        assert (await dump(story.app))["feedback_requests"] == []
        await update(story, "REJECTED", 200)
        assert (await story.app.client.get(path, headers=as_candidate(raised))).status_code == 404


async def test_candidate_declines_a_paused_offer(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        code = await story.offered()
        await update(story, "ACTIVE")
        before = await story.seen_by_employer()
        row = await story.ats.row()
        assert row is not None
        browser = Browser(story.app.client, f"/offer/{row.id}")
        done = await browser.press(await browser.enter(code), "decline", {"no": "yes"})
        assert "Nobody is asked" in done.text
        assert await story.seen_by_employer() == before
        await update(story, "REJECTED", 200)
        assert (await story.ats.standing())[0] == "declined"
        assert (await story.ask("acceptance", code, nonce=nonce())).status_code == 410


async def test_accepted_offer_cannot_be_declined_during_a_pause(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        code = await story.offered()
        await story.accept(code)
        await update(story, "ACTIVE")
        refused = await story.ask("decline", code)
        assert (refused.status_code, refused.json()["code"]) == (409, "already_accepted")


async def test_invitee_unsubscribes_during_a_pause(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.accepted()
        (message,) = story.mailbox.to(LIN)
        address = str(message["List-Unsubscribe"]).strip("<>").partition("/u/")[2]
        await update(story, "ACTIVE")
        assert (await story.app.client.post(f"/u/{address}")).status_code == 200
        story.mailbox.sent.clear()
        await update(story, "REJECTED", 200)
        await days(story.app, story.mailbox, 4)
        assert LIN not in story.mailbox.receivers
        assert OMAR in story.mailbox.receivers


async def hired(story: Story) -> None:
    await update(story, "ACTIVE")
    await update(story, "HIRED", 110)


async def forgotten(story: Story) -> None:
    await update(story, "ACTIVE")
    await days(story.app, story.mailbox, 9)


@pytest.mark.parametrize("ended", [hired, forgotten])
async def test_only_the_candidate_reads_that_a_pause_ended_the_request(
    database_url: str, tmp_path: Path, ended: Callable[[Story], Awaitable[None]]
) -> None:
    async with a_story(database_url, tmp_path) as story:
        raised = await story.accepted(met_by(*PANEL, job=a_job()))
        await update(story, "ACTIVE")
        assert REOPENED in (await shown(story, raised))["message"]
        await ended(story)
        request = await shown(story, raised)
        assert (request["state"], request["ended"]) == ("withdrawn", "reopened")
        assert request["message"].startswith(REOPENED)
        (round_,) = (await read_feedback(story.app.client, raised))["rounds"]
        assert (round_["state"], round_["message"]) == ("withdrawn", request["message"])
        own = await Browser(story.app.client, f"/requests/{raised['id']}").enter(raised["manage_token"], "token")
        assert REOPENED in own.text
        assert "withdrawn" not in own.text.lower()
        for path, address in ((f"/r/{round_['id']}", OMAR), (f"/q/{raised['id']}", ADA)):
            page = await Browser(story.app.client, path).enter(code_in(story.mailbox.to(address)[0]))
            assert page.response.status_code == 410
            assert "reopened" not in page.text
        assert b"reopened" not in await story.seen_by_employer()


async def test_withdrawal_in_the_ats_is_not_called_reopened(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        raised = await story.accepted()
        await update(story, "WITHDRAWN")
        request = await shown(story, raised)
        assert (request["state"], request["ended"]) == ("withdrawn", "not_rejected")
        assert "no longer lists your application as rejected" in request["message"]
        assert "reopened" not in request["message"]


async def test_request_withdrawn_by_its_candidate_ignores_a_later_hire(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        raised = await story.accepted()
        path = f"/v1/feedback-requests/{raised['id']}/withdrawal"
        assert (await story.app.client.post(path, headers=as_candidate(raised))).status_code == 204
        await hired(story)
        request = await shown(story, raised)
        assert (request["state"], request["ended"], request["message"]) == ("withdrawn", None, None)
        own = await Browser(story.app.client, f"/requests/{raised['id']}").enter(raised["manage_token"], "token")
        assert "This request is withdrawn." in own.text


async def test_mail_with_the_token_is_sent_after_the_pause(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        raised = await story.accept(await story.offered())
        await update(story, "ACTIVE")
        story.mailbox.sent.clear()
        await days(story.app, story.mailbox, 3)
        assert story.mailbox.sent == []
        await update(story, "REJECTED", 200)
        await work(story.app, story.mailbox)
        (letter,) = story.letters(BEN)
        assert raised["manage_token"] in letter


@pytest.mark.parametrize("ended", [hired, forgotten])
async def test_mail_with_the_token_is_sent_once_though_the_request_has_ended(
    database_url: str, tmp_path: Path, ended: Callable[[Story], Awaitable[None]]
) -> None:
    async with a_story(database_url, tmp_path) as story:
        raised = await story.accept(await story.offered())
        story.mailbox.sent.clear()
        await ended(story)
        await tick(story.app)
        await work(story.app, story.mailbox)
        assert story.mailbox.receivers == [BEN]
        letter = text_of(story.mailbox.to(BEN)[0])
        assert f"#m={raised['manage_token']}" in letter
        assert "has reopened your application" in letter
        assert "what is answered" not in letter
        # Then the key of the request is destroyed.
        await tick(story.app)
        await work(story.app, story.mailbox)
        assert story.mailbox.receivers == [BEN]
        assert KeyName(Purpose.REQUEST, UUID(raised["id"])) not in list(await story.app.ctx.keys.names())


async def test_no_mail_with_the_token_of_a_request_withdrawn_by_its_candidate(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        raised = await story.accept(await story.offered())
        await update(story, "ACTIVE")
        path = f"/v1/feedback-requests/{raised['id']}/withdrawal"
        assert (await story.app.client.post(path, headers=as_candidate(raised))).status_code == 204
        story.mailbox.sent.clear()
        await update(story, "HIRED", 110)
        await story.go_on()
        assert story.mailbox.sent == []
        assert KeyName(Purpose.REQUEST, UUID(raised["id"])) not in list(await story.app.ctx.keys.names())


async def test_texts_without_interviews_name_the_hiring_manager_only(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, offer_without_interview=True) as story:
        code = await story.offered(a_snapshot(interviews=[], job=a_job()))
        (letter,) = story.letters(BEN)
        assert "Debrief asks the hiring manager what made you less competitive, signed, by name." in letter
        assert "met you" not in letter
        assert (await story.ask("view", code)).json()["met"] is False
        row = await story.ats.row()
        assert row is not None
        page = await Browser(story.app.client, f"/offer/{row.id}").enter(code)
        assert "Debrief asks the hiring manager what" in page.text
        assert "Yes, ask the hiring manager." in page.text
        assert "met you" not in page.text
        await story.accept(code)
        await work(story.app, story.mailbox)
        (asked,) = story.letters(ADA)
        assert "Ben Ode, who applied for the position" in asked
        assert "whom you met" not in asked


async def test_texts_without_interviews_name_several_hiring_managers(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, offer_without_interview=True) as story:
        managers = [*a_job()["hiring_managers"], *a_job(hiring_managers=[])["hiring_managers"]]
        managers.append({**managers[0], "remote_id": "Eve", "first_name": "Eve", "email": "eve@acme.test"})
        await story.offered(a_snapshot(interviews=[], job=a_job(hiring_managers=managers)))
        (letter,) = story.letters(BEN)
        assert "Debrief asks the 2 hiring managers what" in letter
