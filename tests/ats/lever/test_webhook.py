"""What a message of Lever's asks for: to look, and nothing else, whatever it claims."""

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
    """Return a message about Ben, otherwise."""
    return json.dumps({**ENVELOPE, "data": {"opportunityId": OPPORTUNITY}, **over}).encode()


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("claimed", [{"interviewId": "i-1"}, {"toArchived": None}, {"toArchived": {"reason": "r"}}])
def test_never_trust_data(name: str, claimed: dict[str, Any]) -> None:
    """Not even a deletion is believed: whoever saw a message can send it again about somebody else."""
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


def test_verify_connection_without_data() -> None:
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
def test_what_cannot_be_read_is_refused_and_not_quoted(body: bytes) -> None:
    with pytest.raises(Malformed) as told:
        parse({}, body)
    assert "users" not in str(told.value)
    assert told.value.__cause__ is None


def test_a_replay_with_other_data_has_the_same_key() -> None:
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
def test_unknown_keys_change_nothing(beside: dict[str, Any], within: dict[str, Any]) -> None:
    body = json.dumps({**beside, **ENVELOPE, "data": {**within, "opportunityId": OPPORTUNITY}}).encode()
    event = parse({}, body)
    assert event == parse({}, message())
    assert CANARY not in repr(event)


def test_half_an_emoji_in_a_message_is_no_reason_not_to_look() -> None:
    assert (
        parse({}, message(data={"opportunityId": OPPORTUNITY, "name": "Ben \ud83d\x00"})).application_id == OPPORTUNITY
    )
