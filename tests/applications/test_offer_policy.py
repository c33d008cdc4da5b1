"""Sections that an employer excludes appear in no form and no answer; the form says who named the invitees."""

from pathlib import Path
from typing import Any

import pytest

from app.accounts.rules import Section
from app.rounds.statement import NAMED_BY_SYSTEM
from app.vocabulary.answer import Answer
from app.vocabulary.codes import Reapply
from tests.applications.story import ADA, OMAR, PANEL, a_job, a_story, met_by
from tests.delivery.post import code_in
from tests.pages.browsing import Browser
from tests.support.app import a_request, codes, raise_request, round_id, send
from tests.vocabulary.builders import a_full_answer, a_sealed_answer

ALLOWED = ("concerns", "advice")


def test_every_section_is_a_field_of_an_answer() -> None:
    assert set(Section) <= set(Answer.model_fields)


async def test_section_that_the_employer_excludes_is_refused(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path, sections=ALLOWED) as story:
        raised = await story.accepted(worries=[{"text": f"Worry {number}"} for number in range(3)])
        number, code = raised["rounds"][0]["id"], code_in(story.mailbox.to(OMAR)[0])
        form = await story.app.client.post(f"/v1/rounds/{number}/form", json={"code": code})
        assert form.json()["sections"] == list(ALLOWED)
        full = a_full_answer().model_dump(mode="json", exclude_none=True)
        refused = await send(story.app.client, number, code, full)
        assert refused.status_code == 422
        faults = {(one["pointer"], one["code"]) for one in refused.json()["errors"]}
        wrong = {section.value for section in Section if section not in ALLOWED} & full.keys()
        assert faults == {(f"/answer/{field}", "section_not_asked") for field in wrong}
        previewed = await story.app.client.post(f"/v1/rounds/{number}/preview", json={"code": code, "answer": full})
        assert {one["code"] for one in previewed.json()["missing"]} == {"section_not_asked"}
        allowed: dict[str, Any] = {field: value for field, value in full.items() if field not in wrong}
        assert (await send(story.app.client, number, code, allowed)).status_code == 201


async def test_page_leaves_out_excluded_sections(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, sections=ALLOWED) as story:
        raised = await story.accepted(worries=[{"text": "Too technical"}], own_question="What next?")
        browser = Browser(story.app.client, f"/r/{raised['rounds'][0]['id']}")
        page = await browser.enter(code_in(story.mailbox.to(OMAR)[0]))
        names = {str(tag[1].get("name")) for tag in page.tags}
        assert {"reasons", "concern.0.statement", "advice"} <= names
        assert not [name for name in names if name.startswith(("worry.", "strength.", "rating.", "hired."))]
        assert not names & {"could_do_job", "reapply", "own_question_reply"}
        sent = await browser.press(page, "send", {"reasons": "working_style", "if_too_few": "withhold"})
        assert "It is sealed." in sent.text


async def test_manager_form_leaves_out_excluded_sections(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, sections=ALLOWED) as story:
        raised = await story.accepted(met_by(*PANEL, job=a_job()))
        code = code_in(story.mailbox.to(ADA)[0])
        view = await story.app.client.post(f"/v1/manager/{raised['id']}/view", json={"code": code})
        assert view.json()["sections"] == list(ALLOWED)
        answer = {"reasons": [{"code": "working_style"}], "signature": "Ada", "reapply": next(iter(Reapply)).value}
        body = {"code": code, "nonce": "n" * 22, "stage": "after_decision", "answer": answer, "understood": True}
        refused = await story.app.client.post(f"/v1/manager/{raised['id']}/team-answers", json=body)
        assert refused.status_code == 422
        assert "section_not_asked" in {one["code"] for one in refused.json()["errors"]}
        # The invitees named by the ATS are the team: it is not asked a second time.
        panel = {"code": code, "nonce": "m" * 22, "people": 3}
        again = await story.app.client.post(f"/v1/manager/{raised['id']}/panels", json=panel)
        assert (again.status_code, again.json()["code"]) == (409, "panel_already_open")


async def test_request_without_a_connection_asks_all_sections(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        raised = await raise_request(story.app.client)
        form = await story.app.client.post(f"/v1/rounds/{round_id(raised)}/form", json={"code": codes(raised)[0]})
        assert form.json()["sections"] == [section.value for section in Section]
        assert "named_by_recruiting_system" not in form.text
        assert a_request()["company"] == form.json()["request"]["company"]


@pytest.mark.parametrize("people", [1, 2, 3])
async def test_invitees_read_that_the_ats_named_them(sqlite_url: str, tmp_path: Path, people: int) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        raised = await story.accepted(met_by(*PANEL[:people]))
        letter = story.letters(OMAR)[0]
        assert "“Acme”’s recruiting system named you." in " ".join(letter.split())
        number, code = raised["rounds"][0]["id"], code_in(story.mailbox.to(OMAR)[0])
        form = (await story.app.client.post(f"/v1/rounds/{number}/form", json={"code": code})).json()
        caveats = {one["code"]: one["text"] for one in form["anonymity"]["caveats"]}
        assert caveats["named_by_recruiting_system"] == NAMED_BY_SYSTEM.format(company="“Acme”")
        assert "as if you replied to the note" not in form["anonymity"]["statement"]
        if people == 1:
            assert "knows that only you were asked" in form["anonymity"]["statement"]
            assert form["you"]["signature"] == "Omar Acme"
        else:
            assert (await send(story.app.client, number, code, a_sealed_answer())).status_code == 201
