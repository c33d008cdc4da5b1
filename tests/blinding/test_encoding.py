"""Base64url has one spelling for each value, and other spellings are refused."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.blinding.encoding import base64url, read_base64url

_ALPHABET = string.ascii_letters + string.digits + "-_"


@given(st.binary(max_size=100))
def test_encoded_bytes_are_decoded(data: bytes) -> None:
    text = base64url(data)

    assert set(text) <= set(_ALPHABET)
    assert read_base64url(text, len(data)) == data


@given(st.binary(max_size=100), st.integers(0, 100))
def test_another_length_is_refused(data: bytes, length: int) -> None:
    if length != len(data):
        with pytest.raises(ValueError):
            read_base64url(base64url(data), length)


@given(st.text(_ALPHABET, min_size=42, max_size=44) | st.text(max_size=50))
def test_only_the_canonical_spelling_is_read(text: str) -> None:
    try:
        data = read_base64url(text, 32)
    except ValueError:
        return
    assert base64url(data) == text


@pytest.mark.parametrize(
    "text",
    [
        "A" * 42 + "B",  # The last two bits belong to no byte.
        "A" * 43 + "=",
        "A" * 42 + "+",
        "A" * 42 + "/",
        "A" * 43 + "\n",
        " " + "A" * 43,
        "A" * 20 + "\n" + "A" * 23,
        "A" * 42 + "Ä",
        "A" * 41,
        "",
    ],
)
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_base64url(text, 32)


def test_the_largest_digits_are_those_of_urls() -> None:
    assert base64url(b"\xfb\xef\xff" * 2) == "--__--__"
