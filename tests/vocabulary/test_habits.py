"""Typing habits do not survive in an answer: one spelling, one order, and spelling that needs joiners stays whole."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.vocabulary.answer import Answer, canonical, parse
from app.vocabulary.habits import fold, in_order

QUOTES = 'He said "yes" twice.'
DASHES = "clear\u2014though short\u2014was"
ALIKE = [
    (QUOTES, ["He said \u201cyes\u201d twice.", "He said \u201eyes\u201f twice.", "He said \u00abyes\u00bb twice."]),
    (QUOTES, ["He said ''yes'' twice.", "He said \uff02yes\u2033 twice."]),
    (
        "It isn't so.",
        ["It isn\u2019t so.", "It isn\u2018t so.", "It isn`t so.", "It isn\u00b4t so.", "It isn\u02bct so."],
    ),
    (DASHES, ["clear \u2013 though short \u2013 was", "clear -- though short -- was", "clear - though short - was"]),
    (DASHES, ["clear--though short\u2014was", "clear \u2015 though short \u2014 was"]),
    (
        "3-5 well-known tasks, -5",
        ["3\u20135 well\u2011known tasks, \u22125", "3\u20125 well\u2010known tasks, \u20135"],
    ),
    ("and then\u2026", ["and then...", "and then....", "and then..", "and then\u2026."]),
    (
        "Two words. Next",
        ["Two  words.  Next", "Two\u00a0words.\u202fNext", "Two words.\u3000Next", " Two words. Next\u2009"],
    ),
    ("one\n\ntwo", ["one \n\n\n two", "one\n \n\n\ntwo", "one\r\n\r\ntwo"]),
    ("- one\n- two", ["\u2013 one\n\u2014 two", "* one\n\u2022 two", "-  one\n\u00b7  two", "-- one\n- two"]),
]


@pytest.mark.parametrize(("text", "others"), ALIKE)
def test_each_way_of_typing_gives_the_same_answer(text: str, others: list[str]) -> None:
    written = {canonical(Answer.model_validate({"advice": one})) for one in [text, *others]}
    assert [parse(one).advice for one in written] == [text]


@pytest.mark.parametrize(
    "text",
    [
        "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627",
        "क्\u200dष क्\u200cष",
        "\U0001f469\u200d\U0001f4bb \u2764\ufe0f\u200d\U0001f525",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "l'été à l'école, 12.5 % and x-y, e.g. C++",
        "a-b -5 (see 3-5)",
        "先に「はい」と言った",
    ],
)
def test_spelling_that_is_needed_stays(text: str) -> None:
    assert Answer.model_validate({"advice": text}).advice == text


@pytest.mark.parametrize("hidden", ["\u200b", "\u2060", "\ufeff", "\u200d", "\u00ad", "\u202e", "\U000e0041"])
def test_characters_that_nobody_sees_are_dropped(hidden: str) -> None:
    assert Answer.model_validate({"advice": f"more{hidden} de{hidden}pth"}).advice == "more depth"


@given(st.text(st.sampled_from(" \n.\u2026-\u2013\u2014*\u2022'\"\u201c\u2019`a1\u00a0\u2009"), max_size=30))
def test_folding_twice_changes_nothing_and_never_makes_longer(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert len(folded) <= len(text)


def test_codes_get_the_order_of_the_vocabulary() -> None:
    chosen: dict[str, Any] = {
        "reasons": [{"code": "working_style"}, {"code": "required_qualification"}, {"code": "not_about_you"}],
        "strengths": [{"competency": "collaboration"}, {"competency": "role_knowledge"}],
        "worry_replies": [{"worry": 2, "played": "none"}, {"worry": 0, "played": "some"}],
        "hired_profile": {"closer_match_in": ["collaboration", "role_knowledge"]},
    }
    backwards: dict[str, Any] = {
        field: list(reversed(values)) for field, values in chosen.items() if isinstance(values, list)
    }
    backwards["hired_profile"] = {"closer_match_in": ["role_knowledge", "collaboration"]}
    one, other = Answer.model_validate(chosen), Answer.model_validate(backwards)
    assert canonical(one) == canonical(other)
    assert [given.code for given in in_order(one).reasons or ()] == [
        "not_about_you",
        "required_qualification",
        "working_style",
    ]
    assert in_order(Answer()) == Answer()
