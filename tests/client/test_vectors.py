"""The bundle computes what RFC 9497 says, for every vector of ristretto255-SHA512 in mode 1."""

import json
from typing import Any

import pytest

from tests.client.conftest import ROOT, Shipped

pytestmark = pytest.mark.asyncio(loop_scope="session")

RFC = json.loads((ROOT / "tests/blinding/vectors.json").read_text())
VECTORS: list[dict[str, Any]] = RFC["vectors"]

FINALIZE = """({ Input, Blind, BlindedElement, EvaluationElement, Proof }, pkSm) => {
  const items = Input.map((input, i) => ({
    input: unhex(input),
    blind: unhex(Blind[i]),
    blinded: unhex(BlindedElement[i]),
    evaluated: unhex(EvaluationElement[i]),
  }));
  try {
    return blind.voprf.finalizeBatch(items, unhex(pkSm), unhex(Proof)).map(hex);
  } catch (error) {
    return error.message;
  }
}"""


async def test_the_key_is_derived(shipped: Shipped) -> None:
    assert [len(vector["Input"]) for vector in VECTORS] == [1, 1, 2]
    derive = """(seed, info) => {
      const { secretKey, publicKey } = blind.voprf.deriveKeyPair(unhex(seed), unhex(info));
      return [hex(secretKey), hex(publicKey)];
    }"""
    assert await shipped.call(derive, RFC["seed"], RFC["keyInfo"]) == [RFC["skSm"], RFC["pkSm"]]


@pytest.mark.parametrize("vector", VECTORS)
async def test_inputs_are_hidden(shipped: Shipped, vector: dict[str, Any]) -> None:
    hide = "(inputs, scalars) => inputs.map((input, i) => hex(blind.voprf.blind(unhex(input), unhex(scalars[i]))))"
    assert await shipped.call(hide, vector["Input"], vector["Blind"]) == vector["BlindedElement"]


@pytest.mark.parametrize("vector", VECTORS)
async def test_evaluations_are_proved(shipped: Shipped, vector: dict[str, Any]) -> None:
    # The library makes a scalar of 48 bytes: modulo the order less one, and one more.
    prove = """(secret, key, elements, scalar) => {
      const r = BigInt("0x" + hex(unhex(scalar).reverse())) - 1n;
      const thrown = () => unhex(r.toString(16).padStart(96, "0")).reverse();
      const blinded = elements.map(unhex);
      const { evaluated, proof } = blind.voprf.blindEvaluateBatch(unhex(secret), unhex(key), blinded, thrown);
      return [evaluated.map(hex), hex(proof)];
    }"""
    elements, scalar = vector["BlindedElement"], vector["ProofRandomScalar"]
    proved = await shipped.call(prove, RFC["skSm"], RFC["pkSm"], elements, scalar)
    assert proved == [vector["EvaluationElement"], vector["Proof"]]


@pytest.mark.parametrize("vector", VECTORS)
async def test_outputs_are_found(shipped: Shipped, vector: dict[str, Any]) -> None:
    assert await shipped.call(FINALIZE, vector, RFC["pkSm"]) == vector["Output"]


@pytest.mark.parametrize("vector", VECTORS)
async def test_another_proof_is_refused(shipped: Shipped, vector: dict[str, Any]) -> None:
    for place in (0, 31, 32, 62):
        proof = bytearray.fromhex(vector["Proof"])
        proof[place] ^= 1
        assert "proof" in await shipped.call(FINALIZE, vector | {"Proof": proof.hex()}, RFC["pkSm"])
    elements = vector["EvaluationElement"]
    exchanged = {"EvaluationElement": [RFC["pkSm"], *elements[1:]]}
    assert "proof" in await shipped.call(FINALIZE, vector | exchanged, RFC["pkSm"])
