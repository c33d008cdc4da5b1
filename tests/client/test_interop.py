"""JavaScript and Python read the same receipts and derive the same from them, whatever the text and the round."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.blinding import client, voprf
from app.blinding.commitment import commitment_of, words_of
from app.blinding.encoding import base64url
from app.blinding.messages import TokenUse, exact
from app.blinding.receipt import Receipt, new_receipt, read_receipt
from app.core.tokens import CROCKFORD
from tests.client.conftest import Shipped

pytestmark = pytest.mark.asyncio(loop_scope="session")

# One page serves all examples: it keeps nothing.
few = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

ANSWERS = st.recursive(
    st.text() | st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
SECRETS = st.text(CROCKFORD, min_size=26, max_size=26)


@dataclass(frozen=True)
class Case:
    """Somebody who takes part in a round."""

    secret: str
    round_id: UUID
    seed: bytes
    answer: Any

    def expected(self) -> dict[str, Any]:
        """Return what Python makes of it."""
        receipt, keys = Receipt(self.secret), voprf.round_key_pair(self.seed, self.round_id)
        evaluation = self.evaluation(keys)
        token = client.unblind(receipt, self.round_id, **evaluation)
        return {
            "printed": str(receipt),
            "tag": receipt.tag(self.round_id),
            "blinded": client.blinded(receipt, self.round_id),
            "commitment": commitment_of(keys.public),
            "words": words_of(keys.public),
            "exact": exact(self.answer).decode(),
            "output": base64url(token.output),
            "shown": [
                token.shown_for(TokenUse.FORM),
                token.shown_for(TokenUse.PREVIEW, self.answer),
                token.shown_for(TokenUse.ANSWER, self.answer),
            ],
        }

    def evaluation(self, keys: voprf.KeyPair) -> dict[str, str]:
        """Return what the server sends with its `keys`."""
        element = voprf.blind(Receipt(self.secret).blinding(self.round_id), Receipt(self.secret).token(self.round_id))
        evaluated, proof = voprf.evaluate_and_prove(keys, element)
        return {
            "evaluated": base64url(evaluated),
            "proof": base64url(proof),
            "public_key": base64url(keys.public),
            "commitment": commitment_of(keys.public),
        }

    def given(self) -> list[Any]:
        """Return the same as JSON."""
        evaluation = self.evaluation(voprf.round_key_pair(self.seed, self.round_id))
        evaluation["publicKey"] = evaluation.pop("public_key")
        return [self.secret, str(self.round_id), evaluation, json.dumps(self.answer)]


CASES = st.builds(Case, SECRETS, st.uuids(version=4), st.binary(min_size=32, max_size=32), ANSWERS)

EVERYTHING = """(cases) => cases.map(([secret, roundId, evaluation, json]) => {
  const answer = JSON.parse(json), token = blind.unblind(secret, roundId, evaluation);
  const key = blind.readBase64url(evaluation.publicKey, 32);
  return {
    printed: blind.printed(secret),
    tag: blind.tagOf(secret, roundId),
    blinded: blind.blinded(secret, roundId),
    commitment: blind.commitmentOf(key),
    words: blind.wordsOf(key),
    exact: blind.exact(answer),
    output: blind.base64url(token.output),
    shown: ["form", "preview", "answer"].map((purpose) => blind.shownFor(token, purpose, answer)),
  };
})"""


@few
@given(cases=st.lists(CASES, min_size=1, max_size=8))
async def test_both_derive_the_same(shipped: Shipped, cases: list[Case]) -> None:
    assert await shipped.call(EVERYTHING, [case.given() for case in cases]) == [case.expected() for case in cases]


@pytest.mark.parametrize(
    "answer",
    [
        {"b": 1, "a": [True, None, "„Ü“ ß 日本 🙂"], "ﬀ": 0, "🙂": 1, "é": 2, "": 3, "10": 4, "9": 5},
        {"advice": 'a "quoted" \\ back\tslash\n\r\b\f\x00\x1f\x7f\u2028\u2029', "__proto__": {"x": 1}},
        [[], {}, "", 0, -1, 2**53 - 1],
    ],
)
async def test_an_answer_has_one_spelling(shipped: Shipped, answer: object) -> None:
    spelt = await shipped.call("(json) => blind.exact(JSON.parse(json))", json.dumps(answer))
    assert spelt == exact(answer).decode()


async def test_a_fraction_has_none(shipped: Shipped) -> None:
    attempt = "(json) => { try { return blind.exact(JSON.parse(json)) } catch (error) { return error.message } }"
    assert await shipped.call(attempt, '{"a": 1.5}') == "not an integer"


@st.composite
def typed_receipts(draw: st.DrawFn) -> str:
    """Return a receipt as somebody types it: sometimes with a slip, often with another spelling of the same."""
    characters = list(str(Receipt(draw(SECRETS))))
    if draw(st.booleans()):
        characters[draw(st.integers(0, len(characters) - 1))] = draw(st.sampled_from(CROCKFORD + "OIL-uü"))
    spellings = {"0": ["0", "o", "O"], "1": ["1", "i", "I", "l", "L"], "-": ["-", " ", ""]}
    return "".join(draw(st.sampled_from(spellings.get(one, [one.upper(), one.lower()]))) for one in characters)


@few
@given(typed=st.lists(typed_receipts() | st.text(CROCKFORD, max_size=30), min_size=1, max_size=20))
async def test_both_read_the_same_as_a_receipt(shipped: Shipped, typed: list[str]) -> None:
    meant = [receipt.secret if (receipt := read_receipt(one)) else None for one in typed]
    assert await shipped.call("(typed) => typed.map(blind.readReceipt)", typed) == meant


async def test_a_fresh_receipt_is_one(shipped: Shipped) -> None:
    made = await shipped.call("() => Array.from({ length: 200 }, () => blind.printed(blind.newReceipt()))")
    assert len(set(made)) == 200
    assert all(read_receipt(one) for one in made)
    # Every character of the secret is thrown: with 200 receipts each shows about six times in each place.
    assert all(len({one.replace("-", "")[place] for one in made}) > 20 for place in range(26))


REFUSED = """([secret, roundId, evaluation]) => {
  try { blind.unblind(secret, roundId, evaluation); return "taken"; }
  catch (error) { return error instanceof blind.Refused ? [error.code, error.message] : String(error); }
}"""
CASE = Case(new_receipt().secret, UUID("8f14e45f-ceea-467f-a8b4-7d2c5a0e9f11"), bytes(32), None)


async def test_a_key_of_its_own_for_each_person_is_refused(shipped: Shipped) -> None:
    """The server that wants to trace a token gives everybody another key, with proofs that hold for it."""
    own = voprf.round_key_pair(b"\x01" * 32, CASE.round_id)
    common = CASE.given()[2]
    traced = CASE.evaluation(own)
    traced["publicKey"] = traced.pop("public_key")
    # It admits its own key, and the link says another; or it claims the common one, and the proof does not hold.
    in_the_open = traced | {"commitment": common["commitment"]}
    in_hiding = in_the_open | {"publicKey": common["publicKey"]}
    given = [CASE.secret, str(CASE.round_id)]
    assert await shipped.call(REFUSED, [*given, common]) == "taken"
    message = "the key of this server is not the one in the link"
    assert await shipped.call(REFUSED, [*given, in_the_open]) == ["other_key", message]
    message = "the server did not prove that it used the key in the link"
    assert await shipped.call(REFUSED, [*given, in_hiding]) == ["bad_proof", message]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("evaluated", "A" * 43, "bad_proof"),  # The identity.
        ("evaluated", base64url(b"\xff" * 32), "bad_proof"),  # No element.
        ("evaluated", "A" * 42, "unreadable"),
        ("evaluated", "A" * 42 + "B", "unreadable"),  # Another spelling of the identity.
        ("evaluated", "not base64url", "unreadable"),
        ("proof", "A" * 86, "bad_proof"),
        ("proof", base64url(b"\xff" * 64), "bad_proof"),  # Above the order of the group.
        ("proof", "A" * 43, "unreadable"),
        ("publicKey", "A" * 43, "other_key"),
        ("publicKey", "", "unreadable"),
        ("commitment", "", "other_key"),
        ("commitment", None, "other_key"),
    ],
)
async def test_what_proves_nothing_is_refused(shipped: Shipped, field: str, value: object, code: str) -> None:
    secret, round_id, evaluation, _ = CASE.given()
    (refused, _) = await shipped.call(REFUSED, [secret, round_id, evaluation | {field: value}])
    assert refused == code
