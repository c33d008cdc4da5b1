"""Lever webhooks: each message asks for a pull, whatever it claims."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ats.connector import EventKind
from app.ats.lever.webhook import EVENTS, parse
from app.core.errors import Malformed
from tests.ats.lever.fake import CANARY, OPPORTUNITY

ENVELOPE: dict[str, Any] = {
    "event": "candidateArchiveChange",
    "triggeredAt": 1782974002353,
    "token": "5b1c0f5e2a6d4e0f9c3a",
    "signature": "0" * 64,
}


def message(**over: Any) -> bytes:
    """Return a message about Ben, with changes."""
    return json.dumps({**ENVELOPE, "data": {"opportunityId": OPPORTUNITY}, **over}).encode()


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("claimed", [{"interviewId": "i-1"}, {"toArchived": None}, {"toArchived": {"reason": "r"}}])
def test_every_event_only_asks_for_pull(name: str, claimed: dict[str, Any]) -> None:
    """Not even a deletion counts: anybody who saw a message can resend it with another opportunity."""
    event = parse({}, message(event=name, data={"opportunityId": OPPORTUNITY, **claimed}))
    assert event.kind is EventKind.FACTS
    assert event.facts is None
    assert event.wants_pull
    assert event.application_id == OPPORTUNITY
    assert (event.name, event.candidate_id) == (name, None)
    assert event.interview_id == claimed.get("interviewId")


@pytest.mark.parametrize("data", [{}, None, [], "", {"candidateId": "o1"}, {"opportunityId": None}])
def test_verify_connection_is_a_ping(data: Any) -> None:
    event = parse({}, message(event="candidateHired", data=data))
    assert (event.kind, event.name) == (EventKind.PING, "candidateHired")


def test_verify_connection_without_data_is_a_ping() -> None:
    assert parse({}, json.dumps(ENVELOPE).encode()).kind is EventKind.PING


def test_unknown_event_is_ignored() -> None:
    assert parse({}, message(event="candidateOwnerChange")).kind is EventKind.IGNORED


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        message(event=""),
        message(event=5),
        message(token=""),
        message(token=5),
        message(triggeredAt="5"),
        message(triggeredAt=5.0),
        message(triggeredAt=True),
        message(data={"opportunityId": "../users"}),
        message(data={"opportunityId": "o1\n"}),
        message(data={"opportunityId": "o/1"}),
        message(data={"opportunityId": 5}),
        message()[:-1] + b',"event":"candidateHired"}',
    ],
)
def test_unreadable_message_is_malformed_and_not_quoted(body: bytes) -> None:
    with pytest.raises(Malformed) as told:
        parse({}, body)
    assert "users" not in str(told.value)
    assert told.value.__cause__ is None


def test_replay_with_other_data_has_same_deduplication_key() -> None:
    first, replayed = (
        parse({}, message()),
        parse({}, message(data={"opportunityId": "o-of-dan"}, event="candidateDeleted")),
    )
    assert first.dedupe == replayed.dedupe
    assert first.sole
    assert replayed.sole
    assert parse({}, message(token="another")).dedupe != first.dedupe
    assert parse({}, message(triggeredAt=1782974002354)).dedupe != first.dedupe


UNKNOWN = st.dictionaries(
    st.text(min_size=1, max_size=12).filter(lambda name: name not in {"opportunityId", "interviewId"}),
    st.one_of(st.none(), st.booleans(), st.integers(0, 9), st.just(CANARY), st.just({"a": CANARY}), st.just([CANARY])),
    max_size=4,
)


@given(beside=UNKNOWN, within=UNKNOWN)
def test_unknown_members_change_nothing(beside: dict[str, Any], within: dict[str, Any]) -> None:
    body = json.dumps({**beside, **ENVELOPE, "data": {**within, "opportunityId": OPPORTUNITY}}).encode()
    event = parse({}, body)
    assert event == parse({}, message())
    assert CANARY not in repr(event)


def test_lone_surrogate_does_not_prevent_pull() -> None:
    assert (
        parse({}, message(data={"opportunityId": OPPORTUNITY, "name": "Ben \ud83d\x00"})).application_id == OPPORTUNITY
    )
