"""The test vectors of RFC 9497 for this suite and mode, from seed to output."""

from typing import Any

import pytest

from app.blinding.voprf import blind, blind_evaluate, derive_key_pair, evaluate, finalize, verify
from tests.blinding.rfc import KEYS, SUITE, VECTORS

pytestmark = pytest.mark.usefixtures("libsodium")


def _all(vector: dict[str, Any], name: str) -> list[bytes]:
    return [bytes.fromhex(value) for value in vector[name]]


def test_all_vectors_are_there() -> None:
    assert [len(vector["Input"]) for vector in VECTORS] == [1, 1, 2]


def test_the_key_pair_is_derived() -> None:
    assert derive_key_pair(bytes.fromhex(SUITE["seed"]), bytes.fromhex(SUITE["keyInfo"])) == KEYS


@pytest.mark.parametrize("vector", VECTORS)
def test_a_client_blinds(vector: dict[str, Any]) -> None:
    pairs = zip(_all(vector, "Blind"), _all(vector, "Input"), strict=True)

    assert [blind(*pair) for pair in pairs] == _all(vector, "BlindedElement")


@pytest.mark.parametrize("vector", VECTORS)
def test_a_server_evaluates_and_proves(vector: dict[str, Any]) -> None:
    elements, scalar = _all(vector, "BlindedElement"), bytes.fromhex(vector["ProofRandomScalar"])

    evaluated, proof = blind_evaluate(KEYS, elements, scalar)

    assert evaluated == _all(vector, "EvaluationElement")
    assert proof.hex() == vector["Proof"]


@pytest.mark.parametrize("vector", VECTORS)
def test_a_client_verifies_and_finalizes(vector: dict[str, Any]) -> None:
    evaluated, proof = _all(vector, "EvaluationElement"), bytes.fromhex(vector["Proof"])

    verify(KEYS.public, _all(vector, "BlindedElement"), evaluated, proof)
    outputs = finalize(KEYS.public, _all(vector, "Input"), _all(vector, "Blind"), evaluated, proof)

    assert outputs == _all(vector, "Output")


@pytest.mark.parametrize("vector", VECTORS)
def test_a_server_redeems(vector: dict[str, Any]) -> None:
    assert [evaluate(KEYS.secret, token) for token in _all(vector, "Input")] == _all(vector, "Output")
