"""Signatures: a test vector of the standard, refusals, and rotation."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.delivery.webhooks.signature import Verdict, key_of, new_secret, signed_headers, verify

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
BODY = b'{"type":"application.rejected","data":{}}'
SENT = 1674087231
GOOD = "v1,fvPY414wIAwj6xMIVlDTm0QfJonMVs8fxfF7HddqRmE="
OTHER = "v1,xweC4193lM/sxgGy5QxcgOasgohCTGCVK+CFyByG+No="
HEADERS = {
    "webhook-id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
    "webhook-timestamp": str(SENT),
    "webhook-signature": GOOD,
}


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_the_vector_is_signed_as_it_was() -> None:
    assert signed_headers([SECRET], HEADERS["webhook-id"], at(SENT), BODY) == HEADERS


@pytest.mark.parametrize("signature", [GOOD, f"{OTHER} {GOOD}", f"{GOOD} {OTHER}", f"v9,zzz {GOOD}"])
@pytest.mark.parametrize("now", [SENT + 5, SENT + 300, SENT - 300])
def test_a_good_signature_is_taken(signature: str, now: int) -> None:
    assert verify([SECRET], {**HEADERS, "webhook-signature": signature}, BODY, at(now)) is Verdict.GOOD


@pytest.mark.parametrize(
    ("over", "body", "now", "verdict"),
    [
        ({}, BODY, SENT + 301, Verdict.TOO_OLD),
        ({}, BODY, SENT - 301, Verdict.TOO_OLD),
        ({}, b'{"type": "application.rejected", "data": {}}', SENT, Verdict.BAD),
        ({"webhook-id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4X"}, BODY, SENT, Verdict.BAD),
        ({"webhook-timestamp": str(SENT + 1)}, BODY, SENT, Verdict.BAD),
        ({"webhook-signature": OTHER}, BODY, SENT, Verdict.BAD),
        ({"webhook-signature": "v1,SKbvVnnUoEY7EQnaWNAqf3rXOqcryb3lq8WQQyO1Vgs="}, BODY, SENT, Verdict.BAD),
        ({"webhook-signature": GOOD.replace("v1", "v9")}, BODY, SENT, Verdict.BAD),
        ({"webhook-signature": GOOD.removeprefix("v1,")}, BODY, SENT, Verdict.BAD),
        ({"webhook-signature": "v1,\xe9"}, BODY, SENT, Verdict.BAD),
        ({"webhook-signature": ""}, BODY, SENT, Verdict.UNSIGNED),
        ({"webhook-id": ""}, BODY, SENT, Verdict.UNSIGNED),
        ({"webhook-timestamp": ""}, BODY, SENT, Verdict.UNSIGNED),
        ({"webhook-timestamp": f"{SENT}.5"}, BODY, SENT, Verdict.UNSIGNED),
        ({"webhook-timestamp": "9" * 400}, BODY, SENT, Verdict.UNSIGNED),
        ({"webhook-timestamp": "²"}, BODY, SENT, Verdict.UNSIGNED),
    ],
)
def test_anything_else_is_refused(over: dict[str, str], body: bytes, now: int, verdict: Verdict) -> None:
    assert verify([SECRET], HEADERS | over, body, at(now)) is verdict


@given(st.binary(max_size=300), st.integers(0, 2**33))
def test_what_two_secrets_sign_each_of_them_verifies(body: bytes, seconds: int) -> None:
    old, new, stranger = new_secret(), new_secret(), new_secret()
    headers = signed_headers([new, old], "msg_1", at(seconds), body)
    assert verify([old], headers, body, at(seconds)) is Verdict.GOOD
    assert verify([new], headers, body, at(seconds)) is Verdict.GOOD
    assert verify([stranger], headers, body, at(seconds)) is Verdict.BAD


def test_a_secret_is_32_bytes_and_no_two_are_alike() -> None:
    secrets = {new_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert {len(key_of(secret)) for secret in secrets} == {32}


@pytest.mark.parametrize("bad", ["whsec_!", "whsec_", "", "whsec_AAA"])
def test_what_is_no_secret_is_said_to_be_none(bad: str) -> None:
    with pytest.raises(ValueError, match="a secret"):
        key_of(bad)
