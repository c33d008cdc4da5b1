"""AES-GCM with a format byte: a ciphertext opens with its key and its context, and with nothing else."""

import pytest

from app.core import aead

KEY = bytes(range(32))


def test_ciphertext_opens_with_its_key_and_context() -> None:
    sealed = aead.encrypt(KEY, b"Ada", b"column|row")
    assert sealed[:1] == aead.FORMAT
    assert len(sealed) == len(b"Ada") + 29
    assert aead.decrypt(KEY, sealed, b"column|row") == b"Ada"


def test_same_plaintext_is_encrypted_differently_each_time() -> None:
    assert aead.encrypt(KEY, b"Ada", None) != aead.encrypt(KEY, b"Ada", None)


@pytest.mark.parametrize("length", [0, 1, 5, 12, 13, 31])
def test_truncated_ciphertext_does_not_open(length: int) -> None:
    with pytest.raises(aead.Undecryptable):
        aead.decrypt(KEY, aead.encrypt(KEY, b"Ada", None)[:length], None)


def test_wrong_key_context_or_format_does_not_open() -> None:
    sealed = aead.encrypt(KEY, b"Ada", b"here")
    for key, ciphertext, context in (
        (KEY[::-1], sealed, b"here"),
        (KEY, sealed, b"there"),
        (KEY, sealed, None),
        (KEY, b"\x02" + sealed[1:], b"here"),
        (KEY, sealed[:-1] + bytes([sealed[-1] ^ 1]), b"here"),
    ):
        with pytest.raises(aead.Undecryptable):
            aead.decrypt(key, ciphertext, context)
