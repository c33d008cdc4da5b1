"""Answers: what a round requires and refuses, and the canonical JSON."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.vocabulary.answer import LARGEST_ANSWER, Answer, canonical, faults, parse
from app.vocabulary.codes import Mode, Stage
from app.vocabulary.habits import in_order
from tests.vocabulary.builders import a_full_answer, a_sealed_answer, a_signed_answer, answers, open_questions_answer

WORRIES = ("That the gap in 2024 looks bad", "That my talk was too technical")


def _rounds() -> st.SearchStrategy[tuple[Stage, Mode, Answer]]:
    def with_answer(where: tuple[Stage, Mode]) -> st.SearchStrategy[tuple[Stage, Mode, Answer]]:
        stage, mode = where
        return answers(stage=stage, mode=mode, worries=WORRIES).map(lambda answer: (stage, mode, answer))

    return st.tuples(st.sampled_from(Stage), st.sampled_from(Mode)).flatmap(with_answer)


@given(_rounds())
def test_every_legal_answer_passes_and_has_one_spelling(case: tuple[Stage, Mode, Answer]) -> None:
    stage, mode, answer = case
    assert faults(answer, stage=stage, mode=mode, worries=len(WORRIES)) == []
    data = canonical(answer)
    assert len(data) <= LARGEST_ANSWER
    assert parse(data) == in_order(answer)
    assert canonical(parse(data)) == data


@given(_rounds())
def test_sealed_and_signed_rounds_refuse_answers_of_each_other(case: tuple[Stage, Mode, Answer]) -> None:
    stage, mode, answer = case
    other_mode = Mode.SEALED if mode is Mode.ATTRIBUTED else Mode.ATTRIBUTED
    other_stage = Stage.AFTER_DECISION if stage is Stage.AFTER_INTERVIEW else Stage.AFTER_INTERVIEW
    assert {fault.code for fault in faults(answer, stage=stage, mode=other_mode, worries=2)} >= {
        "required",
        "not_allowed_here",
    }
    assert {fault.code for fault in faults(answer, stage=other_stage, mode=mode, worries=2)} >= {
        "required",
        "not_allowed_here",
    }


def test_the_order_of_members_does_not_matter() -> None:
    one = Answer.model_validate({"advice": "a", "ratings": {"communication": "met", "collaboration": "met"}})
    two = Answer.model_validate({"ratings": {"collaboration": "met", "communication": "met"}, "advice": "a"})
    assert canonical(one) == canonical(two)


def test_nothing_given_is_not_an_empty_list() -> None:
    assert canonical(Answer()) == b"{}"
    assert canonical(Answer(open_questions=())) == b'{"open_questions":[]}'


@pytest.mark.parametrize("blank", ["", "  ", "\n\t"])
def test_an_empty_box_is_a_question_left_alone(blank: str) -> None:
    assert a_sealed_answer(advice=blank).advice is None


SEALED, SIGNED, OPEN = a_sealed_answer, a_signed_answer, open_questions_answer
OTHER = {"code": "other", "detail": "nineteen characters"}
WORRY = {"worry": 0, "played": "some"}


@pytest.mark.parametrize(
    ("answer", "stage", "mode", "expected"),
    [
        (SEALED(), "after_decision", "sealed", []),
        (SEALED(), "after_references", "blind", []),
        (SIGNED(), "after_decision", "attributed", []),
        (OPEN(), "after_interview", "sealed", []),
        (OPEN(if_too_few=None, signature="Ada Ruiz"), "after_interview", "attributed", []),
        (OPEN(worry_replies=[WORRY]), "after_interview", "sealed", []),
        (SEALED(sharing="manager"), "after_decision", "sealed", []),
        (Answer(), "after_decision", "sealed", ["required /reasons", "required /if_too_few"]),
        (Answer(), "after_interview", "attributed", ["required /open_questions", "required /signature"]),
        (SEALED(reasons=[]), "after_decision", "sealed", ["required /reasons"]),
        (SEALED(signature="Ada"), "after_decision", "sealed", ["not_allowed_here /signature"]),
        (SEALED(signature="Ada"), "after_decision", "blind", ["not_allowed_here /signature"]),
        (SIGNED(if_too_few="release"), "after_decision", "attributed", ["not_allowed_here /if_too_few"]),
        (SIGNED(signature=" "), "after_decision", "attributed", ["required /signature"]),
        (SEALED(open_questions=[]), "after_decision", "sealed", ["not_allowed_here /open_questions"]),
        (OPEN(advice="x"), "after_interview", "sealed", ["not_allowed_here /advice"]),
        (OPEN(concerns=[]), "after_interview", "sealed", ["not_allowed_here /concerns"]),
        (OPEN(sharing="manager"), "after_interview", "sealed", ["not_allowed_here /sharing"]),
        (SEALED(reasons=[OTHER]), "after_decision", "sealed", ["too_short /reasons/0/detail"]),
        (SEALED(reasons=[{"code": "other"}]), "after_decision", "sealed", ["required /reasons/0/detail"]),
        (SEALED(reasons=[OTHER | {"detail": "x" * 20}]), "after_decision", "sealed", []),
        (
            SEALED(reasons=[{"code": "working_style"}] * 2),
            "after_decision",
            "sealed",
            ["duplicate /reasons/1/code"],
        ),
        (
            SEALED(reasons=[{"code": "working_style", "circumstance": "frozen"}]),
            "after_decision",
            "sealed",
            ["not_allowed_here /reasons/0/circumstance"],
        ),
        (
            SEALED(worry_replies=[WORRY, WORRY]),
            "after_decision",
            "sealed",
            ["duplicate /worry_replies/1/worry"],
        ),
        (
            SEALED(worry_replies=[WORRY | {"worry": 1}, WORRY | {"worry": -1}]),
            "after_decision",
            "sealed",
            ["out_of_range /worry_replies/0/worry", "out_of_range /worry_replies/1/worry"],
        ),
        (
            SEALED(strengths=[{"competency": "communication"}] * 2),
            "after_decision",
            "sealed",
            ["duplicate /strengths/1/competency"],
        ),
        (
            SEALED(hired_profile={"closer_match_in": ["communication", "communication"]}),
            "after_decision",
            "sealed",
            ["duplicate /hired_profile/closer_match_in/1"],
        ),
    ],
)
def test_faults(answer: Answer, stage: str, mode: str, expected: list[str]) -> None:
    found = faults(answer, stage=Stage(stage), mode=Mode(mode), worries=1)
    assert [f"{fault.code} {fault.pointer.removeprefix('/answer')}" for fault in found] == expected
    assert all(fault.message for fault in found)


def test_the_fullest_plain_answer_fits_and_more_bytes_do_not() -> None:
    where: dict[str, Any] = {"stage": Stage.AFTER_DECISION, "mode": Mode.SEALED, "worries": 3}
    assert len(canonical(a_full_answer("x"))) <= LARGEST_ANSWER
    assert faults(a_full_answer("x"), **where) == []
    assert [(fault.pointer, fault.code) for fault in faults(a_full_answer("\U0001f600"), **where)] == [
        ("/answer", "too_large")
    ]


def _cut(body: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        Answer.model_validate_json(json.dumps(body))
    return [("/".join(map(str, error["loc"])), error["type"]) for error in caught.value.errors()]


@pytest.mark.parametrize(
    ("body", "pointer", "kind"),
    [
        ({"reasons": [{"code": "no_such"}]}, "reasons/0/code", "enum"),
        ({"concerns": [{"statement": "x", "source": "unknown", "asked": "unknown", "about": "no_such"}]},
         "concerns/0/about", "enum"),
        ({"ratings": {"communication": "so-so"}}, "ratings/communication", "enum"),
        ({"if_too_few": "maybe"}, "if_too_few", "enum"),
        ({"hired_profile": {"employer": "Acme"}}, "hired_profile/employer", "extra_forbidden"),
        ({"reasons": [{"code": "not_about_you"}] * 4}, "reasons", "too_long"),
        ({"concerns": [{"source": "unknown", "asked": "unknown"}]}, "concerns/0/statement", "missing"),
        ({"worry_replies": [{"worry": "1", "played": "some"}]}, "worry_replies/0/worry", "int_type"),
        ({"worry_replies": [{"worry": True, "played": "some"}]}, "worry_replies/0/worry", "int_type"),
        ({"worry_replies": [{"worry": 0.5, "played": "some"}]}, "worry_replies/0/worry", "int_type"),
        ({"signature": "x" * 81}, "signature", "string_too_long"),
        ({"signature": "Ada\nRuiz"}, "signature", "one_line"),
        ({"advice": "x" * 601}, "advice", "string_too_long"),
        ({"advice": "x\x00"}, "advice", "forbidden_character"),
        ({"advice": 5}, "advice", "string_type"),
        ({"open_questions": [{"question": " "}]}, "open_questions/0/question", "string_too_short"),
    ],
)  # fmt: skip
def test_shapes_that_are_no_answer(body: dict[str, Any], pointer: str, kind: str) -> None:
    assert _cut(body) == [(pointer, kind)]


def test_json_has_one_kind_of_number() -> None:
    answer = Answer.model_validate_json('{"worry_replies": [{"worry": 1.0, "played": "none"}]}')
    assert answer.worry_replies is not None
    assert answer.worry_replies[0].worry == 1
