"""A mac covers its purpose, its round, its token and the exact body."""

import hashlib
import hmac
import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.blinding.messages import TokenUse, exact, mac_of

ROUND = UUID("6f1d3a52-7c0e-4e0b-9c56-0a4d8f3b2e17")
OUTPUT, TOKEN, TAG, BODY = bytes(range(64)), bytes(32), "A" * 43, b'{"advice":"Bring a sample."}'

VALUES = st.recursive(
    st.text(st.characters(exclude_categories=["Cs"])) | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)


def test_a_mac_is_what_was_agreed() -> None:
    """Two programs compute it: here it is spelt out."""
    parts = [b"debrief/v1/answer", b"6f1d3a52-7c0e-4e0b-9c56-0a4d8f3b2e17", TOKEN, TAG.encode(), BODY]
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)

    made = mac_of(OUTPUT, TokenUse.ANSWER, ROUND, TOKEN, receipt_tag=TAG, body=BODY)

    assert made == hmac.digest(OUTPUT, message, hashlib.sha256)


def test_any_change_changes_the_mac() -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"output": bytes(64)},
        {"purpose": TokenUse.PREVIEW},
        {"purpose": TokenUse.FORM},
        {"round_id": UUID(int=0)},
        {"token": b"\x01" * 32},
        {"receipt_tag": "B" * 43},
        {"receipt_tag": ""},
        {"body": BODY + b" "},
        {"body": b""},
        # What moves from one part to the next.
        {"receipt_tag": TAG[:-1], "body": b"A" + BODY},
    ]
    whole: dict[str, Any] = {"output": OUTPUT, "purpose": TokenUse.ANSWER, "round_id": ROUND, "token": TOKEN}
    whole |= {"receipt_tag": TAG, "body": BODY}
    macs = {mac_of(**(whole | change)) for change in changes}

    assert len(macs) == len(changes)


@given(VALUES)
def test_an_exact_spelling_says_the_same(value: Any) -> None:
    assert json.loads(exact(value)) == value


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=6))
def test_the_order_of_members_does_not_matter(value: dict[str, Any]) -> None:
    assert exact(dict(reversed(list(value.items())))) == exact(value)


@pytest.mark.parametrize(
    ("value", "spelt"),
    [
        ({"b": 1, "a": [True, None, -7]}, '{"a":[true,null,-7],"b":1}'),
        ({"": {}, "A": [], "a": "", "_": 0}, '{"":{},"A":[],"_":0,"a":""}'),
        ('Ünï—"quoted" \\ / \n\t\x7f\u2028', '"Ünï—\\"quoted\\" \\\\ / \\n\\t\x7f\u2028"'),
        ("\x00\x1f\b\f\r", '"\\u0000\\u001f\\b\\f\\r"'),
        ("🙂", '"🙂"'),
    ],
)
def test_the_spelling_is_that_of_javascript(value: Any, spelt: str) -> None:
    assert exact(value).decode() == spelt
