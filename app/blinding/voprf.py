"""The verifiable oblivious pseudorandom function of RFC 9497: ristretto255-SHA512, mode 1.

The server evaluates a blinded element without learning the input, and proves that it used the public key. Section
numbers below refer to the RFC.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from uuid import UUID

from app.blinding import ristretto as group
from app.blinding.ristretto import BadElement as BadElement  # noqa: PLC0414  # Callers of `evaluate_and_prove` catch it.
from app.core.tokens import keyed_hash

PROOF_SIZE = 2 * group.SIZE

_CONTEXT = b"OPRFV1-\x01-ristretto255-SHA512"
_BLOCK = 128  # Bytes in a block of SHA-512.


@dataclass(frozen=True)
class KeyPair:
    """The secret and the public key of a round."""

    secret: bytes = field(repr=False)
    public: bytes


class ProofFailed(Exception):
    """The evaluation was not made with the public key, or not of this element."""


def derive_key_pair(seed: bytes, info: bytes) -> KeyPair:
    """Derive a key pair from `seed` (32 bytes) and `info` (DeriveKeyPair, section 3.2.1)."""
    for counter in range(256):
        secret = _hash_to_scalar(seed + _prefixed(info) + bytes([counter]), b"DeriveKeyPair" + _CONTEXT)
        if secret != group.ZERO:
            return KeyPair(secret, group.multiply_base(secret))
    raise AssertionError("unreachable: each of 256 numbers was zero")


def round_key_pair(seed: bytes, round_id: UUID) -> KeyPair:
    """Derive the key pair of a round."""
    return derive_key_pair(seed, b"debrief/v1/round:" + str(round_id).encode())


def blind(blinding: bytes, token: bytes) -> bytes:
    """Blind `token` with the scalar `blinding` (Blind, section 3.3.1)."""
    return group.multiply(blinding, _hash_to_group(token))


def blind_evaluate(keys: KeyPair, elements: Sequence[bytes], proof_scalar: bytes) -> tuple[list[bytes], bytes]:
    """Evaluate a batch, with one proof of 64 bytes (BlindEvaluate, section 3.3.2). Raises BadElement.

    `proof_scalar` has to be secret and must never be used for two batches: either would reveal the key.
    """
    evaluated = [group.multiply(keys.secret, element) for element in elements]
    return evaluated, _generate_proof(keys, elements, evaluated, proof_scalar)


def evaluate_and_prove(keys: KeyPair, element: bytes) -> tuple[bytes, bytes]:
    """Evaluate one element: return the evaluation and its proof. Raises BadElement.

    The scalar of the proof derives from the key and the element, as in deterministic signatures. A repetition gets the
    same bytes, and a weak random source cannot reveal the key.
    """
    scalar = _hash_to_scalar(keyed_hash(keys.secret, b"debrief/v1/proof", element), b"Proof" + _CONTEXT)
    (evaluated,), proof = blind_evaluate(keys, [element], scalar)
    return evaluated, proof


def verify(public: bytes, elements: Sequence[bytes], evaluated: Sequence[bytes], proof: bytes) -> None:
    """Raise ProofFailed unless `evaluated` was made with the key of `public` (VerifyProof, section 2.2.2)."""
    challenge, response = proof[: group.SIZE], proof[group.SIZE :]
    try:
        # Every input is multiplied, and multiplication refuses invalid elements and scalars, and the identity.
        weights = _weights(public, elements, evaluated)
        all_elements, all_evaluated = _weighed(weights, elements), _weighed(weights, evaluated)
        base = group.add(group.multiply_base(response), group.multiply(challenge, public))
        folded = group.add(group.multiply(response, all_elements), group.multiply(challenge, all_evaluated))
    except (group.BadElement, group.BadScalar):
        raise ProofFailed from None
    if not hmac.compare_digest(_challenge(public, all_elements, all_evaluated, base, folded), challenge):
        raise ProofFailed


def finalize(
    public: bytes, tokens: Sequence[bytes], blindings: Sequence[bytes], evaluated: Sequence[bytes], proof: bytes
) -> list[bytes]:
    """Return the output for each of `tokens`, 64 bytes, from their evaluations (Finalize, section 3.3.2).

    Raises ProofFailed. No output is computed without a valid proof.
    """
    verify(public, [blind(*pair) for pair in zip(blindings, tokens, strict=True)], evaluated, proof)
    return [
        _output(token, group.multiply(group.scalar_invert(blinding), element))
        for token, blinding, element in zip(tokens, blindings, evaluated, strict=True)
    ]


def evaluate(secret: bytes, token: bytes) -> bytes:
    """Return the output for `token`, computed with the secret key (Evaluate, section 3.3.1)."""
    return _output(token, group.multiply(secret, _hash_to_group(token)))


def hidden_element(secret: bytes, round_id: UUID, index: int) -> bytes:
    """Return the dummy element of an index. Without the key it cannot be distinguished from a blinded element."""
    return _hash_to_group(keyed_hash(secret, b"debrief/v1/dummy", round_id.bytes, bytes([index])))


def _generate_proof(keys: KeyPair, elements: Sequence[bytes], evaluated: Sequence[bytes], proof_scalar: bytes) -> bytes:
    """Prove that one key made all of `evaluated` and the public key (GenerateProof, section 2.2.1)."""
    all_elements = _weighed(_weights(keys.public, elements, evaluated), elements)
    all_evaluated = group.multiply(keys.secret, all_elements)
    base, folded = group.multiply_base(proof_scalar), group.multiply(proof_scalar, all_elements)
    challenge = _challenge(keys.public, all_elements, all_evaluated, base, folded)
    return challenge + group.scalar_subtract(proof_scalar, group.scalar_multiply(challenge, keys.secret))


def _weights(public: bytes, elements: Sequence[bytes], evaluated: Sequence[bytes]) -> list[bytes]:
    """Return the scalar of each pair in a batch (ComputeComposites, section 2.2.1)."""
    seed = hashlib.sha512(_prefixed(public) + _prefixed(b"Seed-" + _CONTEXT)).digest()
    return [
        _hash_to_scalar(
            _prefixed(seed) + index.to_bytes(2, "big") + _prefixed(element) + _prefixed(evaluation) + b"Composite"
        )
        for index, (element, evaluation) in enumerate(zip(elements, evaluated, strict=True))
    ]


def _weighed(weights: Sequence[bytes], elements: Sequence[bytes]) -> bytes:
    return reduce(group.add, (group.multiply(*pair) for pair in zip(weights, elements, strict=True)))


def _challenge(*elements: bytes) -> bytes:
    return _hash_to_scalar(b"".join(_prefixed(element) for element in elements) + b"Challenge")


def _output(token: bytes, element: bytes) -> bytes:
    return hashlib.sha512(_prefixed(token) + _prefixed(element) + b"Finalize").digest()


def _hash_to_group(data: bytes) -> bytes:
    return group.from_uniform(_expand(data, b"HashToGroup-" + _CONTEXT))


def _hash_to_scalar(data: bytes, domain: bytes = b"HashToScalar-" + _CONTEXT) -> bytes:
    return group.reduce(_expand(data, domain))


def _expand(data: bytes, domain: bytes) -> bytes:
    """Return 64 uniform bytes: expand_message_xmd with SHA-512 (RFC 9380, section 5.3.1), which needs one block."""
    suffix = domain + bytes([len(domain)])
    first = hashlib.sha512(bytes(_BLOCK) + data + group.WIDE.to_bytes(2, "big") + b"\x00" + suffix).digest()
    return hashlib.sha512(first + b"\x01" + suffix).digest()


def _prefixed(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data
