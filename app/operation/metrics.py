"""The metrics of the service. None of them changes when somebody answers.

Anonymous paths have a single metric: the number of failures. Times are days: a number that changed at an hour would
show when things happen to anybody who reads it often.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, time

from app.core.errors import Unavailable
from app.core.metrics import Registry

# The number of outbox rows, or of webhook deliveries, in each state. A single answer must change none of these numbers.
States = Callable[[], Awaitable[Mapping[str, int]]]

PATH = "/metrics"
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


class ServiceMetrics:
    """The metrics of one process. A monitoring system scrapes each replica and adds them up."""

    def __init__(
        self, began: datetime, *, outbox_states: States | None = None, webhook_states: States | None = None
    ) -> None:
        self._registry = Registry()
        start = self._registry.gauge("process_start_time_seconds", "When this process began, in seconds since 1970.")
        start.set(round(began.timestamp()))
        self._requests = self._registry.counter(
            "debrief_requests_total",
            "Requests by declared route, except on paths that those who answer use.",
            ("method", "route", "status"),
        )
        self._anonymous_failures = self._registry.counter(
            "debrief_anonymous_5xx_total", "Failures on the paths that those who answer use."
        )
        self._last_tick = self._registry.gauge(
            "debrief_tick_last_success_day_seconds", "The day of the last good tick: its midnight, UTC."
        )
        self._failed_ticks = self._registry.counter(
            "debrief_ticks_failed_total", "Ticks that failed; each is repeated."
        )
        self._unreadable = self._registry.gauge(
            "debrief_rounds_unreadable", "Open rounds whose key is missing: see debrief check."
        )
        outbox = self._registry.gauge("debrief_outbox_rows", "Rows of the outbox by state.", ("state",))
        webhooks = self._registry.gauge("debrief_webhook_deliveries", "Deliveries of webhooks by state.", ("state",))
        self._stored = [(outbox, outbox_states), (webhooks, webhook_states)]

    def answered(self, method: str, route: str, status: int) -> None:
        """Count a request on a path that is not anonymous. Scrapes are not counted."""
        if route != PATH:
            # Clients can send any word as a method, and each would add a line.
            self._requests.add(method if method in _METHODS else "other", route, str(status))

    def failed(self) -> None:
        """Count a failure on an anonymous path."""
        self._anonymous_failures.add()

    def ticked(self, at: datetime, unreadable: int) -> None:
        """Record a successful tick, and how many open rounds cannot be decrypted."""
        self._last_tick.set(datetime.combine(at.astimezone(UTC).date(), time(), UTC).timestamp())
        self._unreadable.set(unreadable)

    def tick_failed(self) -> None:
        """Count a failed tick."""
        self._failed_ticks.add()

    async def text(self) -> str:
        """Return the export, without the numbers from the database while it does not answer."""
        for gauge, states in self._stored:
            if states is None:
                continue
            gauge.clear()
            try:
                found = await states()
            except Unavailable:
                found = {}
            for state, count in found.items():
                gauge.set(count, state)
        return self._registry.text()
