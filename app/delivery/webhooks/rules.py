"""Which events there are, what each may say, when to try again, and when to stop: pure rules of what leaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.core.errors import one


class EventType(StrEnum):
    """What is told. There is no event for an answer, and `closed` is one for all that can come of a request."""

    OFFERED = "feedback_request.offered"
    CLOSED = "feedback_request.closed"
    RAISED = "feedback_request.raised"
    ROUND_OPENED = "round.opened"
    NEEDS_RECONNECT = "connection.needs_reconnect"
    PING = "ping"


class Fault(StrEnum):
    """Why a try came to nothing. Whatever keeps us from reaching an address is one: else this would map networks."""

    NOT_REACHABLE = "not_reachable"
    TOO_SLOW = "too_slow"
    NOT_TAKEN = "not_taken"
    GONE = "gone"
    LEASE_ENDED = "lease_ended"
    SWITCHED_OFF = "switched_off"
    OURS = "fault_of_ours"


# What an event may say beside the connection: ids, all of them. Anything else is refused when it is announced, so that
# no later caller can let out more by passing it on.
KEYS: Mapping[EventType, frozenset[str]] = {
    EventType.OFFERED: frozenset({"application_id", "application_remote_id"}),
    EventType.CLOSED: frozenset({"application_id", "application_remote_id"}),
    EventType.RAISED: frozenset({"application_id", "application_remote_id", "feedback_request_id"}),
    EventType.ROUND_OPENED: frozenset({"application_id", "application_remote_id", "feedback_request_id", "round_id"}),
    EventType.NEEDS_RECONNECT: frozenset(),
    EventType.PING: frozenset({"endpoint_id"}),
}
CONNECTION = "connection_id"
# The other system's own id of an application, which it gave us: as long as those may be.
_REMOTE = "application_remote_id"
_LONGEST_REMOTE = 255


@dataclass(frozen=True)
class Pace:
    """How deliveries are tried. Seconds, but for the counts.

    `pauses`: those between tries; with the first try they are eight, over about a day. `batch`: how many are under way
    at once, `per_endpoint` of them to the same place. A lease is longer than a delivery may take.
    """

    pauses: tuple[int, ...] = (10, 120, 900, 3600, 4 * 3600, 7 * 3600, 12 * 3600)
    batch: int = 100
    per_endpoint: int = 2
    lease: int = 60
    limit: float = 5.0
    idle: float = 5.0
    longest_wish: int = 12 * 3600
    patience: int = 5 * 24 * 3600

    @property
    def tries(self) -> int:
        return len(self.pauses) + 1


STANDARD = Pace()


def checked(event_type: EventType, connection_id: UUID, data: Mapping[str, Any]) -> dict[str, str]:
    """Return what an event says. Raises ValueError, without the value, for anything but the ids that it may have."""
    if not set(data) <= KEYS[event_type] | {CONNECTION}:
        raise ValueError(f"{event_type}: says what it may not")
    told = {key: _remote(value) if key == _REMOTE else str(_id(value)) for key, value in data.items()}
    if told.setdefault(CONNECTION, str(connection_id)) != str(connection_id):
        raise ValueError(f"{event_type}: of another connection")
    return told


def pause_after(attempts: int, pace: Pace, chance: float, wish: int | None) -> int:
    """Return the seconds to wait after `attempts` tries, a fifth more at the most by `chance` (from 0 to 1).

    `wish` is what the receiver asked for (Retry-After): it can make the pause longer, up to a bound, never shorter.
    """
    pause = pace.pauses[min(attempts, len(pace.pauses)) - 1] * (1 + chance / 5)
    return round(max(pause, min(wish or 0, pace.longest_wish)))


def has_failed_too_long(failing_since: int | None, now: int, pace: Pace) -> bool:
    """Say whether an endpoint has taken nothing for so long that it is switched off."""
    return failing_since is not None and now - failing_since >= pace.patience


def days(since: date, until: date) -> tuple[date, date]:
    """Return a range of days, both included. Raises Invalid for one that ends before it begins."""
    if until < since:
        raise one("/until", "out_of_range", "The last day must not come before the first.")
    return since, until


def _id(value: object) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise ValueError("an id was expected") from None


def _remote(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_REMOTE:
        raise ValueError("an id of the other system was expected")
    return value
