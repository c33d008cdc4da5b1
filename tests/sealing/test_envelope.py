"""A ciphertext decrypts only complete, with its key and for its record, and hides the length of its content."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sealing.envelope import KEY_BYTES, Damaged, Kind, seal, unseal

KEY = bytes(range(KEY_BYTES))
OWNER = UUID("6f1f2f0e-1111-4222-8333-444455556666")


@given(st.sampled_from(Kind), st.uuids(), st.binary(max_size=200), st.integers(0, 300))
def test_sealed_text_is_unsealed(kind: Kind, owner: UUID, plaintext: bytes, room: int) -> None:
    size = len(plaintext) + room

    assert unseal(KEY, kind, owner, seal(KEY, kind, owner, plaintext, size=size)) == (plaintext, size)


@given(st.binary(max_size=200), st.integers(200, 4000))
def test_the_length_tells_the_size_and_nothing_else(plaintext: bytes, size: int) -> None:
    assert len(seal(KEY, Kind.BOX, OWNER, plaintext, size=size)) == size + 33


def test_the_same_text_never_looks_the_same() -> None:
    sealed = {seal(KEY, Kind.BOX, OWNER, b"text", size=64) for _ in range(100)}

    assert len(sealed) == 100
    assert len({ciphertext[1:13] for ciphertext in sealed}) == 100


def test_text_beyond_the_size_is_refused() -> None:
    seal(KEY, Kind.BOX, OWNER, b"x" * 64, size=64)
    with pytest.raises(ValueError, match="outgrew"):
        seal(KEY, Kind.BOX, OWNER, b"x" * 65, size=64)


@given(st.integers(min_value=0), st.integers(1, 255))
def test_no_byte_can_be_changed(place: int, change: int) -> None:
    ciphertext = bytearray(seal(KEY, Kind.BOX, OWNER, b"text", size=32))
    ciphertext[place % len(ciphertext)] ^= change

    with pytest.raises(Damaged):
        unseal(KEY, Kind.BOX, OWNER, bytes(ciphertext))


@pytest.mark.parametrize("length", [0, 1, 12, 13, 20, 28, 64])
def test_a_piece_of_a_ciphertext_is_damaged(length: int) -> None:
    with pytest.raises(Damaged):
        unseal(KEY, Kind.BOX, OWNER, seal(KEY, Kind.BOX, OWNER, b"text", size=32)[:length])


def test_a_longer_ciphertext_is_damaged() -> None:
    with pytest.raises(Damaged):
        unseal(KEY, Kind.BOX, OWNER, seal(KEY, Kind.BOX, OWNER, b"text", size=32) + b"\x00")


def test_another_key_owner_or_kind_opens_nothing() -> None:
    ciphertext = seal(KEY, Kind.BOX, OWNER, b"text", size=32)

    for key, kind, owner in ((bytes(32), Kind.BOX, OWNER), (KEY, Kind.DIALOGUE, OWNER), (KEY, Kind.BOX, uuid4())):
        with pytest.raises(Damaged):
            unseal(key, kind, owner, ciphertext)
