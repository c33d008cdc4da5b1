"""Webhook payloads contain ids and a day, and nothing else."""

import json
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.delivery.webhooks.deliveries import Claimed
from app.delivery.webhooks.models import EndpointState
from app.delivery.webhooks.rules import KEYS, STANDARD, EventType, checked, pause_after
from app.delivery.webhooks.worker import body_of
from tests.delivery.webhooks.receiving import a_connection, an_endpoint, announce, deliveries_of, endpoint
from tests.support.app import Running

# Pinned: whoever lets an event say more has to come by here, and think of who reads it.
PINNED = {
    "feedback_request.offered": {"application_id", "application_remote_id"},
    "feedback_request.closed": {"application_id", "application_remote_id"},
    "feedback_request.raised": {"application_id", "application_remote_id", "feedback_request_id"},
    "round.opened": {"application_id", "application_remote_id", "feedback_request_id", "round_id"},
    "connection.needs_reconnect": set(),
    "ping": {"endpoint_id"},
}
CONNECTION = UUID("6f1d7a52-7d1c-4b62-9a37-3d4f0a9e2c11")
IDS = ["application_id", "application_remote_id", "feedback_request_id", "round_id", "endpoint_id", "connection_id"]


def test_each_event_says_what_was_decided() -> None:
    assert {str(event): set(keys) for event, keys in KEYS.items()} == PINNED
    assert set(EventType) == set(PINNED)


@given(
    st.sampled_from(EventType),
    st.dictionaries(
        st.sampled_from([*IDS, "name", "text", "state", "answers"]) | st.text(max_size=8),
        st.uuids() | st.text(max_size=300) | st.integers() | st.none() | st.lists(st.text()) | st.just(CONNECTION),
    ),
)
def test_nothing_but_ids_gets_through(event: EventType, data: dict[str, Any]) -> None:
    refusal = ""
    try:
        told = checked(event, CONNECTION, data)
    except ValueError as error:
        refusal = str(error)
        told = {}
    # A refusal quotes nothing, either: it ends up in a log.
    if not told:
        assert not [value for value in data.values() if len(str(value)) > 12 and str(value) in refusal]
        return
    assert set(told) <= PINNED[event] | {"connection_id"}
    assert told["connection_id"] == str(CONNECTION)
    for key, value in told.items():
        if key == "application_remote_id":
            assert value == data[key]
            assert 0 < len(value) <= 255
        else:
            assert str(UUID(value)) == value


@given(st.sampled_from(EventType), st.dates(), st.uuids())
def test_a_body_has_a_type_a_day_and_data(event: EventType, day: date, some: UUID) -> None:
    data = checked(event, CONNECTION, {key: some if key != "application_remote_id" else "a-1" for key in KEYS[event]})
    body = body_of(
        Claimed(uuid4(), "msg_1", uuid4(), event, day, dict(data), 1, 1, "https://acme.example/", ["whsec_AAAA"])
    )
    assert json.loads(body) == {"type": str(event), "timestamp": day.isoformat(), "data": data}


@pytest.mark.parametrize(
    ("event_type", "data"),
    [
        ("answer.received", {}),
        ("feedback_request.released", {}),
        ("feedback_request.closed", {"state": "released"}),
        ("feedback_request.offered", {"candidate_name": "Ben Ode"}),
        ("feedback_request.offered", {"application_id": "Ben Ode"}),
        ("feedback_request.offered", {"connection_id": str(uuid4())}),
    ],
)
async def test_a_caller_that_says_more_is_a_bug(app: Running, event_type: str, data: dict[str, Any]) -> None:
    connection_id = await a_connection(app)
    await an_endpoint(app, connection_id, "https://acme.example/", list(EventType))
    with pytest.raises(ValueError):
        await announce(app, connection_id, event_type, **(data or {"x": "y"}))
    assert await deliveries_of(app) == []


async def test_an_event_goes_to_those_who_want_it_and_to_no_other_connection(app: Running) -> None:
    ours, theirs = await a_connection(app), await a_connection(app)
    first, _ = await an_endpoint(app, ours, "https://acme.example/a")
    second, _ = await an_endpoint(app, ours, "https://acme.example/b", [EventType.OFFERED])
    await an_endpoint(app, ours, "https://acme.example/c", [EventType.CLOSED])
    await an_endpoint(app, theirs, "https://other.example/")
    await announce(app, ours)
    found = await deliveries_of(app)
    assert {row.endpoint_id for row in found} == {first, second}
    assert len({row.message_id for row in found}) == 1
    assert (await endpoint(app, first)).state == EndpointState.ACTIVE


@given(st.integers(1, 20), st.floats(0, 1), st.none() | st.integers(-5, 10**9))
def test_pauses_are_as_long_as_wished_within_bounds(attempts: int, chance: float, wish: int | None) -> None:
    pause = pause_after(attempts, STANDARD, chance, wish)
    own = STANDARD.pauses[min(attempts, len(STANDARD.pauses)) - 1]
    assert own <= pause <= max(round(own * 1.2), STANDARD.longest_wish)
    if wish is None:
        assert pause <= round(own * 1.2)


def test_eight_tries_take_about_a_day() -> None:
    assert STANDARD.tries == 8
    assert 24 * 3600 <= sum(STANDARD.pauses) <= 30 * 3600
    assert STANDARD.lease > STANDARD.limit
