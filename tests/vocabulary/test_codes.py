"""No code is deleted, and every code has texts for both sides."""

import json
import re
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

import pytest

from app.vocabulary import codes, dialogue_codes
from app.vocabulary.answer import Answer
from app.vocabulary.codes import VOCABULARY_VERSION, About, Competency, Reason
from app.vocabulary.term import Term
from app.vocabulary.terms import LISTS, term

ENUMS = sorted(
    {
        member
        for module in (codes, dialogue_codes)
        for member in vars(module).values()
        if isinstance(member, type) and issubclass(member, StrEnum) and member is not StrEnum
    },
    key=lambda enum: enum.__name__,
)
TERMS = [(listed.name, listed_term) for listed in LISTS for listed_term in listed.terms]
EVER = json.loads(Path(__file__).with_name("codes_ever.json").read_text())


def test_lists_and_terms_are_found() -> None:
    assert len(ENUMS) >= 30
    assert len(TERMS) >= 150


def test_no_code_was_deleted_or_renamed() -> None:
    """`codes_ever.json` grows by hand; a code that disappears from the lists breaks old answers."""
    for name, values in EVER.items():
        enum = next((enum for enum in ENUMS if enum.__name__ == name), None)
        assert enum is not None, name
        assert set(values) <= {code.value for code in enum}, name


def test_every_code_is_written_down_as_used() -> None:
    assert {enum.__name__: [code.value for code in enum] for enum in ENUMS} == EVER


def test_every_code_has_one_term_in_its_order() -> None:
    assert {listed.codes for listed in LISTS} == set(ENUMS)
    for listed in LISTS:
        assert [listed_term.code for listed_term in listed.terms] == list(listed.codes), listed.name
        for code in listed.codes:
            assert term(code).code is code
    assert len({listed.name for listed in LISTS}) == len(LISTS)


def test_equal_codes_of_different_lists_have_terms_of_their_own() -> None:
    assert term(codes.Reason.OTHER) != term(codes.DeclineReason.OTHER) != term(codes.Role.OTHER)


@pytest.mark.parametrize(("name", "listed"), TERMS, ids=lambda value: getattr(value, "code", value))
def test_every_term_is_complete_and_kind(name: str, listed: Term) -> None:
    assert listed.label.strip() == listed.label != ""
    assert listed.label[0].isupper() or listed.label[0].isdigit()
    assert listed.candidate_text.strip() == listed.candidate_text != ""
    assert not re.search(
        r"reject|unsuccessful|\bfail|\bthe candidate\b|\bhe\b|\bshe\b", listed.candidate_text, re.IGNORECASE
    )
    assert re.fullmatch(r"20\d\d-\d\d", listed.since)
    assert listed.since <= VOCABULARY_VERSION
    if listed.deprecated is not None:
        assert listed.since < listed.deprecated <= VOCABULARY_VERSION
    if name == "reason":
        assert set(listed.crosswalk) == {"greenhouse", "ashby", "lever"}
        assert listed.group is not None


def test_the_second_person_is_the_rule() -> None:
    """A reason speaks to the person who reads it."""
    for name in ("reason_group", "played", "rating", "competency", "asked", "nature", "source"):
        listed = next(listed for listed in LISTS if listed.name == name)
        addressed = [bool(re.search(r"\byour?s?\b", t.candidate_text)) for t in listed.terms]
        assert sum(addressed) >= len(addressed) - 2, name


def test_not_about_you_is_in_plain_sight() -> None:
    assert next(iter(Reason)) is Reason.NOT_ABOUT_YOU
    assert len(Reason) == 14


def test_about_is_every_competency_and_every_reason() -> None:
    assert [code.value for code in About] == [code.value for code in (*Competency, *Reason)]
    values = [code.value for code in About]
    assert all(first != second for first, second in pairwise(sorted(values)))


def test_the_names_of_the_fields_stay() -> None:
    assert list(Answer.model_fields) == [
        "reasons", "concerns", "worry_replies", "strengths", "ratings", "hired_profile", "could_do_job", "advice",
        "reapply", "own_question_reply", "sharing", "signature", "if_too_few", "open_questions",
    ]  # fmt: skip
