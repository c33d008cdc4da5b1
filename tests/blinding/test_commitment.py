"""The short forms of a key never change, and distinguish keys."""

import hashlib
import re

from hypothesis import given
from hypothesis import strategies as st

from app.blinding.commitment import commitment_of, words_of
from app.blinding.encoding import read_base64url

KEYS = st.binary(min_size=32, max_size=32)


@given(KEYS)
def test_a_commitment_is_half_of_the_digest(key: bytes) -> None:
    commitment = commitment_of(key)

    assert len(commitment) == 22
    assert read_base64url(commitment, 16) == hashlib.sha256(key).digest()[:16]


@given(KEYS)
def test_words_are_pronounceable_and_keep_all_bits(key: bytes) -> None:
    words = words_of(key)

    assert re.fullmatch(r"([bdfghjklmnprstvz][aiou][bdfghjklmnprstvz][aiou][bdfghjklmnprstvz]-?){4}", words)
    assert b"".join(_bits(word) for word in words.split("-")) == hashlib.sha256(key).digest()[:8]


def _bits(word: str) -> bytes:
    bits = 0
    for character in word:
        letters = "aiou" if character in "aiou" else "bdfghjklmnprstvz"
        bits = bits * len(letters) + letters.index(character)
    return bits.to_bytes(2, "big")


def test_short_forms_never_change() -> None:
    key = bytes(range(32))

    assert commitment_of(key) == "Yw3NKWbEM2aRElRIu7JbTw"
    assert words_of(key) == "kasat-suhon-kirah-gatok"
