"""Text: cleaning is idempotent, cuts nothing, and refuses what cannot be stored."""

import json
import unicodedata
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.core.text import Clean, Name, isolated, line, without_unstorable

_CLEAN: TypeAdapter[str] = TypeAdapter(Annotated[str, Clean])
_NAME: TypeAdapter[str] = TypeAdapter(Name)
_STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


def kind_of_fault(adapter: TypeAdapter[str], value: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(value)
    return str(caught.value.errors()[0]["type"])


@given(_STORABLE)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = _CLEAN.validate_python(text)

    assert _CLEAN.validate_python(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once == once.strip()
    assert not [character for character in once if unicodedata.category(character) == "Cc" and character != "\n"]


@given(st.text(st.characters(categories=("L", "N", "P")), min_size=1))
def test_ordinary_text_is_kept(text: str) -> None:
    assert _CLEAN.validate_python(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Zoe\u0308", "Zo\u00eb"),
        ("  Ben \n", "Ben"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("one\ttwo", "one two"),
        ("be\x07ep \x1b[31mred\x9f", "beep [31mred"),
        ("e\x08\u0301", "é"),
    ],
)
def test_typed_text_is_cleaned(typed: str, kept: str) -> None:
    assert _CLEAN.validate_python(typed) == kept


@pytest.mark.parametrize("text", ["a\x00b", "\x00", "a\ud800b", "\udfff"])
def test_unstorable_characters_are_refused(text: str) -> None:
    assert kind_of_fault(_CLEAN, text) == "forbidden_character"


@pytest.mark.parametrize("value", [None, 1, True, ["Ben"], {"name": "Ben"}])
def test_other_types_are_refused(value: Any) -> None:
    assert kind_of_fault(_CLEAN, value) == "string_type"


@pytest.mark.parametrize(
    ("name", "fault"),
    [("", "string_too_short"), ("  ", "string_too_short"), ("x" * 81, "string_too_long"), ("Ben\nOde", "one_line")],
)
def test_a_name_is_one_line_of_up_to_80(name: str, fault: str) -> None:
    assert kind_of_fault(_NAME, name) == fault


def test_length_of_a_name_counts_after_cleaning() -> None:
    assert _NAME.validate_python("  " + "é" * 80 + "\x01") == "é" * 80
    assert _NAME.validate_python("e\u0301" * 80) == "é" * 80


# Sayed's name needs its joiner, and so do an Indian conjunct and a family of emoji.
JOINED = [
    "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627",
    "\u0d28\u0d4d\u200d",
    "\u0915\u094d\u200d\u0937",
    "\U0001f469\u200d\U0001f4bb",
    "\u2764\ufe0f\u200d\U0001f525",
    "\U0001f3f3\ufe0f\u200d\U0001f308",
    "1\ufe0f\u20e3",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "\u845b\U000e0100",
]


@pytest.mark.parametrize("text", JOINED)
def test_invisible_characters_of_spelling_are_kept(text: str) -> None:
    assert _CLEAN.validate_python(text) == text
    assert line(text) == text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ben\u202e", "Ben"),
        ("\u2067Ben\u2069", "Ben"),
        ("B\u200be\u00adn", "Ben"),
        ("B\u200de\u200cn", "Ben"),
        ("\u200d\u0639\u200c", "\u0639"),
        ("\u0639\u200d\u3164", "\u0639"),
        ("Ben\U000e0062\U000e007f", "Ben"),
        ("Ben\ufe0f", "Ben"),
        ("\ufeffBen", "Ben"),
    ],
)
def test_invisible_characters_are_dropped_without_a_space(typed: str, kept: str) -> None:
    assert _NAME.validate_python(f"{typed} Ode") == f"{kept} Ode"
    assert line(f"{typed}\nOde\x00\ud83d") == f"{kept} Ode"


@pytest.mark.parametrize("name", ["\u200b", "\u202e\u2066", "\u3164", "\u2800", "…", "\U0001f98a"])
def test_a_name_has_a_letter(name: str) -> None:
    assert kind_of_fault(_NAME, name) in {"string_too_short", "no_letter"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ben Ode", "Ben Ode"),
        ("Zo\u00eb", "Zo\u00eb"),
        ("\u05d1\u05df", "\u2068\u05d1\u05df\u2069"),
        ("Ben \u0664", "\u2068Ben \u0664\u2069"),
        ("Ben\u202e", "Ben"),
    ],
)
def test_right_to_left_text_is_isolated(text: str, shown: str) -> None:
    assert isolated(text) == shown


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (rb'"Ben \ud83d"', "Ben "),
        (rb'"Ben \uDE00\u0000!"', "Ben !"),
        (rb'"\ud83d\ud83d\ude00"', "\U0001f600"),
        (rb'"\\ud83d \\\ud83d \n"', "\\ud83d \\ \n"),
        (b'"Ben \xed\xa0\xbd"', "Ben "),
        ('"\ud55c"'.encode(), "\ud55c"),
    ],
)
def test_half_an_emoji_and_nul_are_dropped_from_json(told: bytes, text: str) -> None:
    assert json.loads(without_unstorable(told)) == text
