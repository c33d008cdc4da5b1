"""Rules of webhooks: the events, the ids that each may contain, the pauses between tries, and when to give up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.core.errors import one


class EventType(StrEnum):
    """The events. None is about an answer, and `closed` covers every way in which a request can end."""

    OFFERED = "feedback_request.offered"
    CLOSED = "feedback_request.closed"
    RAISED = "feedback_request.raised"
    ROUND_OPENED = "round.opened"
    NEEDS_RECONNECT = "connection.needs_reconnect"
    PING = "ping"


class Fault(StrEnum):
    """Why a try failed. All network errors share a code: different ones would let a caller map our network."""

    NOT_REACHABLE = "not_reachable"
    TOO_SLOW = "too_slow"
    NOT_TAKEN = "not_taken"
    GONE = "gone"
    LEASE_ENDED = "lease_ended"
    SWITCHED_OFF = "switched_off"
    OURS = "fault_of_ours"


# The ids that an event may contain besides the connection's. `checked` refuses anything else, so that no caller can
# send more by accident.
KEYS: Mapping[EventType, frozenset[str]] = {
    EventType.OFFERED: frozenset({"application_id", "application_remote_id"}),
    EventType.CLOSED: frozenset({"application_id", "application_remote_id"}),
    EventType.RAISED: frozenset({"application_id", "application_remote_id", "feedback_request_id"}),
    EventType.ROUND_OPENED: frozenset({"application_id", "application_remote_id", "feedback_request_id", "round_id"}),
    EventType.NEEDS_RECONNECT: frozenset(),
    EventType.PING: frozenset({"endpoint_id"}),
}
CONNECTION = "connection_id"
# The id of an application in the ATS, and its longest form.
_REMOTE = "application_remote_id"
_LONGEST_REMOTE = 255


@dataclass(frozen=True)
class Pace:
    """Limits and pauses of the webhook worker, in seconds, except the counts.

    `pauses`: between tries, eight in all, over about a day. `batch`: deliveries under way at once, `per_endpoint` of
    them to one endpoint. `lease` has to be longer than `limit`, the time for one delivery.
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
    """Return the data of an event. Raises ValueError, without the value, unless it has only the allowed ids."""
    if not set(data) <= KEYS[event_type] | {CONNECTION}:
        raise ValueError(f"{event_type}: contains more than its ids")
    payload = {key: _remote(value) if key == _REMOTE else str(_id(value)) for key, value in data.items()}
    if payload.setdefault(CONNECTION, str(connection_id)) != str(connection_id):
        raise ValueError(f"{event_type}: belongs to another connection")
    return payload


def pause_after(attempts: int, pace: Pace, chance: float, wish: int | None) -> int:
    """Return the seconds to wait after `attempts` tries, with jitter of up to a fifth from `chance` (0 to 1).

    `wish` is the receiver's Retry-After. It can make the pause longer, up to a bound, never shorter.
    """
    pause = pace.pauses[min(attempts, len(pace.pauses)) - 1] * (1 + chance / 5)
    return round(max(pause, min(wish or 0, pace.longest_wish)))


def has_failed_too_long(failing_since: int | None, now: int, pace: Pace) -> bool:
    """Tell whether an endpoint has failed for so long that it is switched off."""
    return failing_since is not None and now - failing_since >= pace.patience


def days(since: date, until: date) -> tuple[date, date]:
    """Return a range of days, both included. Raises Invalid if it ends before it begins."""
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
