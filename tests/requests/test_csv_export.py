"""Feedback as CSV: every statement is in it, and no cell is read as a formula."""

import csv
import io
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.answers.rules import released_form
from app.core.text import visible
from app.requests.csv_export import COLUMNS, to_csv
from app.requests.schemas import Feedback, RoundFeedback, RoundWaiting
from app.rounds.rules import RoundState
from app.vocabulary.answer import Answer
from app.vocabulary.codes import Mode, Stage
from tests.support.app import OMAR, Running, as_candidate, codes, raise_request, round_id, send
from tests.vocabulary.builders import a_full_answer, a_signed_answer, answers

DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff20x",
    "|calc",
    "%0A",
    "\u200b=1",
    "\u202e\u2060+1",
]
# As strict as spreadsheets are lenient: what remains after what they skip must not begin like a formula.
STARTERS = tuple("=+-@|%\uff1d\uff0b\uff0d\uff20\t\r\n ")


def a_feedback(*given: Answer, mode: Mode = Mode.ATTRIBUTED, stage: Stage = Stage.AFTER_DECISION) -> Feedback:
    released = [released_form(answer, mode=mode, words=True, worries=["=w"] * 3, new_id=uuid4) for answer in given]
    facts: dict[str, Any] = {
        "id": uuid4(),
        "closes_on": date(2026, 11, 27),
        "closes_at": datetime(2026, 11, 28, 12, tzinfo=UTC),
        "message": None,
        "note_to_manager": None,
        "replies_through": None,
        "reply_note": None,
    }
    shown = RoundFeedback(
        **facts,
        stage=stage,
        state=RoundState.RELEASED,
        released_on=None,
        below_threshold=False,
        participation=None,
        answers=released,
    )
    waiting = RoundWaiting(**facts, stage=Stage.AFTER_REFERENCES, state=RoundState.COLLECTING)
    return Feedback(state=RoundState.RELEASED, rounds=[waiting, shown], manager_declined=None, own_notes=[])


def rows(text: str, delimiter: str = ",") -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline=""), delimiter=delimiter))


def begins_like_a_formula(cell: str) -> bool:
    return cell.lstrip(' \t\r\n"').startswith(tuple("=+-@|%\uff1d\uff0b\uff0d\uff20"))


@settings(deadline=None)
@given(st.data())
def test_no_cell_begins_like_a_formula(data: st.DataObject) -> None:
    starts = st.sampled_from(["", *DANGEROUS])
    worries = ["=1+1", "+49 30", "@home"]
    stage = data.draw(st.sampled_from([Stage.AFTER_DECISION, Stage.AFTER_INTERVIEW]))
    given_ = data.draw(answers(stage=stage, mode=Mode.ATTRIBUTED, worries=worries))
    signature = data.draw(starts) + "Ada Ruiz"
    given_ = given_.model_copy(update={"signature": signature})
    if given_.advice:
        inner = data.draw(st.sampled_from(["", ";", "; ", ';"', ",", "\t", "\n", "\n;", "\r\n", "x\n\n"])) + data.draw(
            starts
        )
        given_ = given_.model_copy(update={"advice": data.draw(starts) + given_.advice + inner + "1"})
    text = to_csv(a_feedback(given_, stage=stage))

    for row in rows(text):
        assert len(row) == len(COLUMNS)
        assert not [cell for cell in row if cell.startswith(STARTERS)]
    # What a spreadsheet reads in a country with decimal commas.
    for delimiter in (";", "\t"):
        assert not [cell for row in rows(text, delimiter) for cell in row if begins_like_a_formula(cell)]


@pytest.mark.parametrize("before", [";", "; ", ";;", ",", "\t", "\n", "\r\n", "\n\n ", ';"', "; \u00a0"])
@pytest.mark.parametrize("formula", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\uff1d1", "|calc", "%0A"])
def test_cells_of_other_locales_hold_no_formula(before: str, formula: str) -> None:
    answer = a_signed_answer(advice=f"Good; honest.{before}{formula}")
    text = to_csv(a_feedback(answer))

    for delimiter in (";", "\t", ","):
        assert not [cell for row in rows(text, delimiter) for cell in row if begins_like_a_formula(cell)]
    # Nothing else of it has changed.
    (advice,) = [row[4] for row in rows(text) if row[2] == "advice"]
    assert advice.replace("'", "") == answer.advice


@pytest.mark.parametrize("start", DANGEROUS)
def test_escaped_formula_can_be_read_back(start: str) -> None:
    table = rows(to_csv(a_feedback(a_signed_answer(advice="x").model_copy(update={"advice": start}))))

    (advice,) = [row[4] for row in table if row[2] == "advice"]
    assert advice.startswith("'")
    assert advice.replace("'", "") == visible(start)


def test_plain_text_stays_as_it_is() -> None:
    text = 'He said "no", then; left\nand 1 = 1'

    table = rows(to_csv(a_feedback(a_signed_answer(advice=text))))

    assert [row[4] for row in table if row[2] == "advice"] == [text]


def test_csv_contains_every_statement() -> None:
    answer = a_full_answer("z", signature="Ada Ruiz", if_too_few=None)

    table = rows(to_csv(a_feedback(answer)))

    assert table[0] == list(COLUMNS)
    assert {row[0] for row in table[1:]} == {"after_decision"}
    assert {row[8] for row in table[1:]} == {"Ada Ruiz"}
    kinds = [row[2] for row in table[1:]]
    assert {kind: kinds.count(kind) for kind in sorted(set(kinds))} == {
        "advice": 1,
        "concern": 8,
        "concern_note": 3,
        "could_do_job": 1,
        "hired_profile": 8,
        "own_question_reply": 1,
        "rating": 10,
        "reapply": 1,
        "reason": 3,
        "should_have_asked": 5,
        "strength": 3,
        "worry_reply": 3,
    }


def test_answers_are_numbered_and_lines_end_as_rfc_4180_wants() -> None:
    text = to_csv(a_feedback(a_signed_answer(), a_signed_answer(advice="x")))

    assert [row[1] for row in rows(text)[1:]] == ["1", "2", "2"]
    assert text.count("\r\n") == text.count("\n") == 4


async def test_csv_is_served_over_http(app: Running) -> None:
    raised = await raise_request(app.client, invitees=[OMAR])
    path = f"/v1/feedback-requests/{raised['id']}/feedback.csv"
    await send(app.client, round_id(raised), codes(raised)[0], a_signed_answer(advice="=HYPERLINK(1)"))

    before = await app.client.get(path, headers=as_candidate(raised))
    app.clock.advance(minutes=15)
    after = await app.client.get(path, headers=as_candidate(raised))

    assert before.headers["content-type"] == "text/csv; charset=utf-8"
    assert before.headers["content-disposition"] == 'attachment; filename="feedback.csv"'
    assert before.headers["cache-control"] == "no-store"
    assert rows(before.content.decode()) == [list(COLUMNS)]
    assert "'=HYPERLINK(1)" in [cell for row in rows(after.content.decode()) for cell in row]


async def test_columns_for_spreadsheets_that_expect_semicolons(app: Running) -> None:
    raised = await raise_request(app.client)
    url, headers = f"/v1/feedback-requests/{raised['id']}/feedback.csv", as_candidate(raised)
    plain, parted = [await app.client.get(url, params=one, headers=headers) for one in ({}, {"separator": "semicolon"})]
    assert rows(plain.text)[0] == rows(parted.text, ";")[0] == list(COLUMNS)
    assert (await app.client.get(url, params={"separator": "|"}, headers=headers)).status_code == 422
