"""Text is cleaned once and for all, never cut, and refused where it can't be stored."""

import unicodedata
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.core.text import Clean, Domain, Email, Name

_CLEAN: TypeAdapter[str] = TypeAdapter(Annotated[str, Clean])
_NAME: TypeAdapter[str] = TypeAdapter(Name)
_EMAIL: TypeAdapter[str] = TypeAdapter(Email)
_DOMAIN: TypeAdapter[str] = TypeAdapter(Domain)
_STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


def kind_of_fault(adapter: TypeAdapter[str], value: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(value)
    return str(caught.value.errors()[0]["type"])


@given(_STORABLE)
def test_cleaning_is_done_once_and_for_all(text: str) -> None:
    once = _CLEAN.validate_python(text)

    assert _CLEAN.validate_python(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once == once.strip()
    assert not [character for character in once if unicodedata.category(character) == "Cc" and character != "\n"]


@given(st.text(st.characters(categories=("L", "N", "P")), min_size=1))
def test_what_people_type_is_kept(text: str) -> None:
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
def test_cleaning(typed: str, kept: str) -> None:
    assert _CLEAN.validate_python(typed) == kept


@pytest.mark.parametrize("text", ["a\x00b", "\x00", "a\ud800b", "\udfff"])
def test_what_cannot_be_stored_is_refused(text: str) -> None:
    assert kind_of_fault(_CLEAN, text) == "forbidden_character"


@pytest.mark.parametrize("value", [None, 1, True, ["Ben"], {"name": "Ben"}])
def test_what_is_no_text_is_refused(value: Any) -> None:
    assert kind_of_fault(_CLEAN, value) == "string_type"


@pytest.mark.parametrize(
    ("name", "fault"),
    [("", "string_too_short"), ("  ", "string_too_short"), ("x" * 81, "string_too_long"), ("Ben\nOde", "one_line")],
)
def test_a_name_is_one_line_of_up_to_80(name: str, fault: str) -> None:
    assert kind_of_fault(_NAME, name) == fault


def test_the_length_of_a_name_is_that_of_what_is_kept() -> None:
    assert _NAME.validate_python("  " + "é" * 80 + "\x01") == "é" * 80
    assert _NAME.validate_python("e\u0301" * 80) == "é" * 80


@pytest.mark.parametrize("email", ["ben@example.test", "Ben.Ode+jobs@Mail.Example.TEST", "o'hara@a-b.example"])
def test_addresses(email: str) -> None:
    assert _EMAIL.validate_python(f" {email} ") == email.lower()


@pytest.mark.parametrize(
    "email",
    [
        "ben",
        "ben@localhost",
        "ben@@example.test",
        "ben@example..test",
        "ben@-example.test",
        "ben@example.test\nBcc: dan@example.test",
        "ben ode@example.test",
        "ben@example.test,dan@example.test",
        "<ben@example.test>",
        "x" * 65 + "@example.test",
    ],
)
def test_no_addresses(email: str) -> None:
    assert kind_of_fault(_EMAIL, email) == "string_pattern_mismatch"


@pytest.mark.parametrize("domain", ["acme.example", "A-B.Example", "xn--bcher-kva.example"])
def test_domains(domain: str) -> None:
    assert _DOMAIN.validate_python(domain) == domain.lower()


@pytest.mark.parametrize(
    "domain", ["acme", "acme.example/", "https://acme.example", "acme.example:443", "1.2.3.4", "bücher.example"]
)
def test_no_domains(domain: str) -> None:
    assert kind_of_fault(_DOMAIN, domain) == "string_pattern_mismatch"
