"""The VOPRF against another implementation, and against cheating servers."""

from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from voprf import ristretto as peer

from app.blinding import ristretto, voprf
from app.blinding.ristretto import BadElement, BadScalar
from tests.blinding.rfc import BLINDING, ELEMENT, EVALUATED, KEYS, OTHERS, PROOF

pytestmark = pytest.mark.usefixtures("libsodium")

SEEDS = st.binary(min_size=32, max_size=32)
INPUTS = st.binary(min_size=1, max_size=200)
IDENTITY = bytes(32)  # RFC 9496, section 4.3.2.
SCALARS = st.binary(min_size=64, max_size=64).filter(any).map(ristretto.reduce)
ROUND = UUID("6f1d3a52-7c0e-4e0b-9c56-0a4d8f3b2e17")


@given(SEEDS, st.binary(max_size=100), INPUTS)
def test_keys_and_outputs_are_those_of_the_peer(seed: bytes, info: bytes, token: bytes) -> None:
    ours, theirs = voprf.derive_key_pair(seed, info), peer.Evaluator.from_seed(seed, info)

    assert ours.public == theirs.public_key.serialize()
    assert voprf.evaluate(ours.secret, token) == theirs.evaluate_known_input(token)


@given(SEEDS, INPUTS)
def test_a_client_of_the_peer_accepts_our_server(seed: bytes, token: bytes) -> None:
    keys = voprf.derive_key_pair(seed, b"")
    client, blinded = peer.Client.blind(token)

    evaluated, proof = voprf.evaluate_and_prove(keys, blinded.serialize())

    answer = peer.VerifiableOutput.deserialize(proof + evaluated)
    assert client.finalize(answer, peer.PublicKey.deserialize(keys.public)) == voprf.evaluate(keys.secret, token)


@given(SEEDS, INPUTS, SCALARS)
def test_our_client_accepts_a_server_of_the_peer(seed: bytes, token: bytes, blinding: bytes) -> None:
    server = peer.Evaluator(seed)

    answer = server.evaluate(peer.BlindedInput.deserialize(voprf.blind(blinding, token))).serialize()

    proof, evaluated = answer[: voprf.PROOF_SIZE], answer[voprf.PROOF_SIZE :]
    outputs = voprf.finalize(server.public_key.serialize(), [token], [blinding], [evaluated], proof)
    assert outputs == [server.evaluate_known_input(token)]


@given(SEEDS, st.lists(st.tuples(SCALARS, INPUTS), min_size=1, max_size=4), SCALARS)
def test_a_batch_is_finalized_whatever_hid_it(seed: bytes, pairs: list[tuple[bytes, bytes]], scalar: bytes) -> None:
    keys = voprf.derive_key_pair(seed, b"")
    blindings, tokens = [blinding for blinding, _ in pairs], [token for _, token in pairs]

    evaluated, proof = voprf.blind_evaluate(keys, [voprf.blind(*pair) for pair in pairs], scalar)

    outputs = voprf.finalize(keys.public, tokens, blindings, evaluated, proof)
    assert outputs == [voprf.evaluate(keys.secret, token) for token in tokens]


def test_the_same_element_gets_the_same_bytes_and_another_another_nonce() -> None:
    other = voprf.blind(BLINDING, b"other")
    assert voprf.evaluate_and_prove(KEYS, ELEMENT) == voprf.evaluate_and_prove(KEYS, ELEMENT)

    # Of two proofs with one scalar (challenge * secret + response) anybody computes the key.
    scalars = {_proof_scalar(KEYS, element) for element in (ELEMENT, other)}
    scalars |= {_proof_scalar(OTHERS, element) for element in (ELEMENT, other)}
    assert len(scalars) == 4


def _proof_scalar(keys: voprf.KeyPair, element: bytes) -> int:
    _, proof = voprf.evaluate_and_prove(keys, element)
    challenge, response, secret = (int.from_bytes(number, "little") for number in (proof[:32], proof[32:], keys.secret))
    return (response + challenge * secret) % ristretto.ORDER


@given(st.integers(0, 8 * voprf.PROOF_SIZE - 1))
def test_a_changed_proof_is_refused(bit: int) -> None:
    changed = (int.from_bytes(PROOF, "little") ^ 1 << bit).to_bytes(voprf.PROOF_SIZE, "little")

    with pytest.raises(voprf.ProofFailed):
        voprf.verify(KEYS.public, [ELEMENT], [EVALUATED], changed)


def _cheats() -> dict[str, tuple[bytes, list[bytes], list[bytes], bytes]]:
    foreign, proof_of_foreign = voprf.evaluate_and_prove(OTHERS, ELEMENT)
    # It claims the pinned key, but evaluates with another: what a server would do to know people again.
    tagging = voprf.KeyPair(OTHERS.secret, KEYS.public)
    tagged, proof_of_tagged = voprf.evaluate_and_prove(tagging, ELEMENT)
    other = voprf.blind(BLINDING, b"other")
    other_evaluated, other_proof = voprf.evaluate_and_prove(KEYS, other)
    zero, order = ristretto.ZERO, ristretto.ORDER.to_bytes(32, "little")
    response = int.from_bytes(PROOF[32:], "little")
    unreduced = (response + ristretto.ORDER).to_bytes(32, "little")
    return {
        "another key, proved with it": (KEYS.public, [ELEMENT], [foreign], proof_of_foreign),
        "another key, under the pinned one": (KEYS.public, [ELEMENT], [tagged], proof_of_tagged),
        "the pinned key, the client has another": (OTHERS.public, [ELEMENT], [EVALUATED], PROOF),
        "the proof of another element": (KEYS.public, [ELEMENT], [EVALUATED], other_proof),
        "the evaluation of another element": (KEYS.public, [ELEMENT], [other_evaluated], other_proof),
        "the element itself": (KEYS.public, [ELEMENT], [ELEMENT], PROOF),
        "an identity": (KEYS.public, [ELEMENT], [IDENTITY], PROOF),
        "no key": (IDENTITY, [ELEMENT], [EVALUATED], PROOF),
        "no point": (KEYS.public, [ELEMENT], [b"\xff" * 32], PROOF),
        "a short evaluation": (KEYS.public, [ELEMENT], [EVALUATED[:31]], PROOF),
        "zeros": (KEYS.public, [ELEMENT], [EVALUATED], bytes(64)),
        "no response": (KEYS.public, [ELEMENT], [EVALUATED], PROOF[:32] + zero),
        "the order": (KEYS.public, [ELEMENT], [EVALUATED], PROOF[:32] + order),
        "a response spelt otherwise": (KEYS.public, [ELEMENT], [EVALUATED], PROOF[:32] + unreduced),
        "a short proof": (KEYS.public, [ELEMENT], [EVALUATED], PROOF[:63]),
        "a long proof": (KEYS.public, [ELEMENT], [EVALUATED], PROOF + b"\x00"),
        "no proof": (KEYS.public, [ELEMENT], [EVALUATED], b""),
    }


def test_cheats_are_refused() -> None:
    honest = {"honest": (KEYS.public, [ELEMENT], [EVALUATED], PROOF)}

    accepted = {name for name, sent in (_cheats() | honest).items() if _is_accepted(*sent)}

    assert accepted == {"honest"}


def _is_accepted(public: bytes, elements: list[bytes], evaluated: list[bytes], proof: bytes) -> bool:
    try:
        voprf.verify(public, elements, evaluated, proof)
    except voprf.ProofFailed:
        return False
    return True


def test_one_bad_evaluation_spoils_a_batch() -> None:
    other = voprf.blind(BLINDING, b"other")
    (first, second), proof = voprf.blind_evaluate(KEYS, [ELEMENT, other], BLINDING)
    voprf.verify(KEYS.public, [ELEMENT, other], [first, second], proof)

    # Their sum is right: each needs a weight of its own.
    for evaluated in ([second, first], [first, first]):
        with pytest.raises(voprf.ProofFailed):
            voprf.verify(KEYS.public, [ELEMENT, other], evaluated, proof)


_P = 2**255 - 19
_BAD_ELEMENTS = {
    "nothing": b"",
    "too short": ELEMENT[:31],
    "too long": ELEMENT + b"\x00",
    "the identity": IDENTITY,
    "a negative number": (1).to_bytes(32, "little"),
    "not below the prime": (int.from_bytes(ELEMENT, "little") % 19 // 2 * 2 + _P + 1).to_bytes(32, "little"),
    "the prime": _P.to_bytes(32, "little"),
    "all ones": b"\xff" * 32,
    "an element with its highest bit": ELEMENT[:31] + bytes([ELEMENT[31] | 0x80]),
    "no square": bytes.fromhex("26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371"),
    "a negative product": bytes.fromhex("3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e"),
    "y is zero": (_P - 1).to_bytes(32, "little"),
}


@pytest.mark.parametrize("element", _BAD_ELEMENTS.values(), ids=_BAD_ELEMENTS)
def test_a_bad_element_is_not_evaluated(element: bytes) -> None:
    with pytest.raises(BadElement):
        voprf.evaluate_and_prove(KEYS, element)
    with pytest.raises(BadElement):
        ristretto.multiply(BLINDING, element)


@given(st.binary(min_size=32, max_size=32))
def test_random_bytes_are_an_element_only_if_they_are_the_one_spelling_of_it(data: bytes) -> None:
    try:
        evaluated, _ = voprf.evaluate_and_prove(KEYS, data)
    except BadElement:
        # About one in sixteen is an element.
        return
    inverse = ristretto.scalar_invert(KEYS.secret)
    assert ristretto.multiply(inverse, evaluated) == data


_BAD_SCALARS = {
    "nothing": b"",
    "too short": BLINDING[:31],
    "too long": BLINDING + b"\x00",
    "the order": ristretto.ORDER.to_bytes(32, "little"),
    "above the order": (ristretto.ORDER + 1).to_bytes(32, "little"),
    "the highest bit": BLINDING[:31] + bytes([BLINDING[31] | 0x80]),
    "all ones": b"\xff" * 32,
}


@pytest.mark.parametrize("scalar", _BAD_SCALARS.values(), ids=_BAD_SCALARS)
def test_a_bad_scalar_is_not_computed_with(scalar: bytes) -> None:
    with pytest.raises(BadScalar):
        voprf.blind(scalar, b"token")
    with pytest.raises(BadScalar):
        voprf.evaluate(scalar, b"token")
    with pytest.raises(BadScalar):
        ristretto.multiply_base(scalar)
    with pytest.raises(BadScalar):
        ristretto.scalar_invert(scalar)
    with pytest.raises(BadScalar):
        ristretto.scalar_subtract(BLINDING, scalar)
    with pytest.raises(BadScalar):
        ristretto.scalar_multiply(scalar, BLINDING)


def test_zero_scalar_is_refused_for_blinding() -> None:
    with pytest.raises(BadElement):
        voprf.blind(ristretto.ZERO, b"token")
    with pytest.raises(BadElement):
        ristretto.multiply_base(ristretto.ZERO)
    with pytest.raises(BadScalar):
        ristretto.scalar_invert(ristretto.ZERO)


def test_wrong_lengths_get_nowhere_near_the_library() -> None:
    for wrong in (b"", ELEMENT[:31], ELEMENT + b"\x00"):
        with pytest.raises(BadElement):
            ristretto.add(ELEMENT, wrong)
        with pytest.raises(BadElement):
            ristretto.add(wrong, ELEMENT)
        with pytest.raises(BadElement):
            ristretto.multiply(BLINDING, wrong)
    for wide in (b"", bytes(63), bytes(65)):
        with pytest.raises(ValueError, match="length"):
            ristretto.from_uniform(wide)
        with pytest.raises(ValueError, match="length"):
            ristretto.reduce(wide)


@given(SCALARS, SCALARS)
def test_scalars_are_numbers_modulo_the_order(one: bytes, other: bytes) -> None:
    a, b = int.from_bytes(one, "little"), int.from_bytes(other, "little")
    assume(b)

    assert int.from_bytes(ristretto.scalar_subtract(one, other), "little") == (a - b) % ristretto.ORDER
    assert int.from_bytes(ristretto.scalar_multiply(one, other), "little") == a * b % ristretto.ORDER
    assert int.from_bytes(ristretto.scalar_invert(other), "little") == pow(b, -1, ristretto.ORDER)


@given(st.binary(min_size=64, max_size=64))
def test_wide_numbers_are_reduced(wide: bytes) -> None:
    assert int.from_bytes(ristretto.reduce(wide), "little") == int.from_bytes(wide, "little") % ristretto.ORDER


def test_the_key_of_a_round_is_its_own() -> None:
    keys = {voprf.round_key_pair(seed, UUID(int=number)) for seed in (bytes(32), b"\x01" * 32) for number in range(3)}

    assert len({pair.public for pair in keys}) == len(keys) == 6
    assert voprf.round_key_pair(bytes(32), ROUND) == voprf.derive_key_pair(
        bytes(32), b"debrief/v1/round:6f1d3a52-7c0e-4e0b-9c56-0a4d8f3b2e17"
    )


def test_a_secret_key_is_not_printed() -> None:
    assert repr(KEYS.secret) not in repr(KEYS)
    assert KEYS.secret.hex() not in repr(KEYS)


def test_hidden_elements_are_elements_of_their_own_that_never_change() -> None:
    elements = [voprf.hidden_element(KEYS.secret, ROUND, index) for index in range(10)]
    elements += [voprf.hidden_element(OTHERS.secret, ROUND, 0), voprf.hidden_element(KEYS.secret, UUID(int=0), 0)]

    assert len(set(elements)) == 12
    assert elements[0] == voprf.hidden_element(KEYS.secret, ROUND, 0)
    for element in elements:
        voprf.evaluate_and_prove(KEYS, element)
