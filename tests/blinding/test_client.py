"""The client accepts a token only from the holder of the key that its link commits to."""

import hmac
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.blinding import client, voprf
from app.blinding.commitment import commitment_of
from app.blinding.encoding import base64url, read_base64url
from app.blinding.messages import TokenUse, exact, mac_of
from app.blinding.receipt import Receipt, new_receipt
from app.core.tokens import CROCKFORD
from tests.blinding.rfc import KEYS, OTHERS

pytestmark = pytest.mark.usefixtures("libsodium")

SEED = bytes(range(32))
ROUND = UUID("6f1d3a52-7c0e-4e0b-9c56-0a4d8f3b2e17")
RECEIPT = Receipt("7M2X9QKD4TW8R0VHBN3YE5GJ6C")
ANSWER = {"reasons": [{"code": "other", "detail": "The sample was long — too long."}], "if_too_few": "release"}


def _served(keys: voprf.KeyPair, blinded: str) -> dict[str, str]:
    evaluated, proof = voprf.evaluate_and_prove(keys, read_base64url(blinded, 32))
    return {"evaluated": base64url(evaluated), "proof": base64url(proof), "public_key": base64url(keys.public)}


@given(st.text(CROCKFORD, min_size=26, max_size=26).map(Receipt), st.uuids(version=4))
def test_a_token_is_what_the_server_computes(receipt: Receipt, round_id: UUID) -> None:
    keys = voprf.round_key_pair(SEED, round_id)
    served = _served(keys, client.blinded(receipt, round_id))

    token = client.unblind(receipt, round_id, **served, commitment=commitment_of(keys.public))

    assert token.output == voprf.evaluate(keys.secret, token.input)


@pytest.mark.parametrize("purpose", TokenUse)
def test_what_a_token_shows_is_what_the_server_expects(purpose: TokenUse) -> None:
    served = _served(KEYS, client.blinded(RECEIPT, ROUND))
    token = client.unblind(RECEIPT, ROUND, **served, commitment=commitment_of(KEYS.public))

    shown = token.shown_for(purpose, ANSWER)

    x = read_base64url(shown["x"], 32)
    body = b"" if purpose is TokenUse.FORM else exact(ANSWER)
    tag = shown.get("receipt_tag", "")
    expected = mac_of(voprf.evaluate(KEYS.secret, x), purpose, ROUND, x, receipt_tag=tag, body=body)
    assert hmac.compare_digest(read_base64url(shown["mac"], 32), expected)
    # The tag is the author's way back to their answer: it goes nowhere else.
    assert tag == (RECEIPT.tag(ROUND) if purpose is TokenUse.ANSWER else "")


def test_a_key_for_each_person_is_refused() -> None:
    """The server that would know everybody again: each claim is evaluated with a key of its own, and proved with it."""
    for index in range(5):
        receipt, own = new_receipt(), voprf.round_key_pair(SEED, UUID(int=index))
        served = _served(own, client.blinded(receipt, ROUND))

        with pytest.raises(client.Refused, match="not the one in the link"):
            client.unblind(receipt, ROUND, **served, commitment=commitment_of(KEYS.public))
        # Or it says the key that everybody knows, and can't prove it.
        with pytest.raises(client.Refused, match="did not prove"):
            client.unblind(
                receipt,
                ROUND,
                **(served | {"public_key": base64url(KEYS.public)}),
                commitment=commitment_of(KEYS.public),
            )


def test_the_token_of_another_is_refused() -> None:
    served = _served(KEYS, client.blinded(new_receipt(), ROUND))

    with pytest.raises(client.Refused):
        client.unblind(RECEIPT, ROUND, **served, commitment=commitment_of(KEYS.public))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("evaluated", ""),
        ("evaluated", base64url(bytes(32))),
        ("evaluated", base64url(b"\xff" * 32)),
        ("evaluated", base64url(OTHERS.public)),
        ("proof", ""),
        ("proof", base64url(bytes(64))),
        ("proof", base64url(bytes(63))),
        ("public_key", base64url(OTHERS.public)),
        ("public_key", base64url(KEYS.public) + "="),
        ("public_key", "?"),
        ("commitment", ""),
        ("commitment", commitment_of(OTHERS.public)),
        ("commitment", commitment_of(KEYS.public)[:21]),
    ],
)
def test_altered_evaluation_is_refused(field: str, value: str) -> None:
    served = _served(KEYS, client.blinded(RECEIPT, ROUND)) | {"commitment": commitment_of(KEYS.public)}
    client.unblind(RECEIPT, ROUND, **served)

    with pytest.raises(client.Refused):
        client.unblind(RECEIPT, ROUND, **(served | {field: value}))


def test_blinded_elements_tell_nothing_in_common() -> None:
    """One receipt in two rounds, two receipts in one round: nothing repeats."""
    receipts = [new_receipt() for _ in range(3)]

    assert len({client.blinded(receipt, UUID(int=number)) for receipt in receipts for number in range(3)}) == 9
