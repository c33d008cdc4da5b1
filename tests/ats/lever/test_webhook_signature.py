"""Lever's signature: over the token and the literal digits of the time, in the body, and over nothing else."""

import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ats.connector import HookResult
from app.ats.lever import connector
from tests.support.app import NOON

KEY = "test-secret-not-for-production"
TOKEN, AT = "5b1c0f5e2a6d4e0f9c3a", 1782974002353
SIGNATURE = "ac452eab16833f1f22b3471d227e8adfc525623d463dd1a6d9f16a49e28f38e4"
ARCHIVED = {
    "candidateId": "o1",
    "contactId": "k1",
    "opportunityId": "o1",
    "fromArchived": None,
    "toArchived": {"archivedAt": 1782973996415, "reason": "c97322d4-a7f3-4008-948c-4f8e9c58d372"},
}
WHOLE = {"event": "candidateArchiveChange", "triggeredAt": AT, "token": TOKEN, "signature": SIGNATURE, "data": ARCHIVED}


def verify(body: bytes, *secrets: str) -> bool:
    """Verify a body without headers."""
    return connector.verify({}, body, secrets or (KEY,), NOON)


def sign(key: str, signed: str) -> str:
    """Sign like Lever."""
    return hmac.new(key.encode(), signed.encode(), hashlib.sha256).hexdigest()


def encode(**over: object) -> bytes:
    """Return the example delivery with changes; None removes a member."""
    return json.dumps({name: value for name, value in {**WHOLE, **over}.items() if value is not None}).encode()


@pytest.mark.parametrize("over", [{}, {"data": {"opportunityId": "o2"}}, {"data": {}}, {"data": None}])
def test_signature_is_valid_for_any_data(over: dict[str, object]) -> None:
    assert verify(encode(**over))


@pytest.mark.parametrize(
    "over",
    [
        {"signature": "2b2e290d36581a77f3023d328e95ce311ac3b07e3fadaed3fee3894273799727"},  # Over the body.
        {"signature": "5ef9df50d3e8997cb933c6f7497301ee8895aea6146c3542dc963ae7541a0f0e"},  # A dot between.
        {"signature": "ae379b1c8263a503f41b66b554fbb576f1e0d25ecbfd71e21ca005c166a6af0a"},  # Time before token.
        {"signature": "e4a3e8e97266b2ba58ac43dbe2cf892dfabf8aa1b83cb93b6b7554de7052232b"},  # Another key.
        {"signature": SIGNATURE.upper()},
        {"signature": SIGNATURE[:-1]},
        {"signature": f"sha256={SIGNATURE}"},
        {"signature": None},
        {"signature": [SIGNATURE]},
        {"token": "5b1c0f5e2a6d4e0f9c3b"},
        {"token": None},
        {"token": 5},
        {"triggeredAt": AT + 1},
        {"triggeredAt": float(AT)},
        {"triggeredAt": str(AT)},
        {"triggeredAt": None},
        {"triggeredAt": True, "signature": sign(KEY, f"{TOKEN}True")},
    ],
)
def test_wrong_signature_is_refused(over: dict[str, object]) -> None:
    assert not verify(encode(**over))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"token":"\xff"}',
        encode()[:-1],
        encode()[:-1] + b',"token":"5b1c0f5e2a6d4e0f9c3a"}',
        encode().replace(b"1782974002353", b"1" * 4000),
        encode().replace(b"1782974002353", b"1782974002353.0"),
        encode().replace(b"1782974002353", b"1.782974002353e12"),
        b"[" * 100_000,
    ],
)
def test_ambiguous_body_is_refused(body: bytes) -> None:
    assert not verify(body)


def test_signature_in_header_does_not_count() -> None:
    assert not connector.verify({"lever-signature": SIGNATURE}, encode(signature=None), [KEY], NOON)


def test_any_token_of_connection_is_accepted() -> None:
    assert verify(encode(), f"one {KEY}\ntwo")
    assert verify(encode(), "one", KEY)
    assert not verify(encode(), "one", "two")
    assert not verify(encode(signature=sign("", f"{TOKEN}{AT}")), "", " ")


# A token never holds a NUL, which is dropped from every message.
TOKENS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(at=st.integers(0, 10**19), token=TOKENS)
def test_large_times_keep_their_literal_digits(at: int, token: str) -> None:
    body = encode(triggeredAt=at, token=token, signature=sign(KEY, f"{token}{at}"))
    assert str(at).encode() in body
    assert verify(body)
    # A reader that uses floats gets another number.
    if int(float(at)) != at:
        assert not verify(encode(triggeredAt=at, token=token, signature=sign(KEY, f"{token}{int(float(at))}")))


@given(st.binary(max_size=200))
def test_verify_raises_for_no_body(body: bytes) -> None:
    assert not verify(body)


def test_each_result_has_its_status() -> None:
    answers = {outcome: connector.answer(outcome).status for outcome in HookResult}
    assert answers == {
        HookResult.ACCEPTED: 200,
        HookResult.BAD_SIGNATURE: 401,
        HookResult.MALFORMED: 400,
        HookResult.RETRY: 503,
    }
