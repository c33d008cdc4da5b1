"""What the service tells of itself, and nothing that moves when somebody answers.

Of the paths that answer there is one number: how often something failed there. Of time there are days: a number that
jumped at an hour would be a clock for whoever reads it often.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, time

from app.core.errors import Unavailable
from app.core.metrics import Registry

# How many rows of the outbox, or deliveries of webhooks, are in which state. Whoever fills this in makes sure that no
# row comes or goes, and none changes its state, because of a single answer.
States = Callable[[], Awaitable[Mapping[str, int]]]

PATH = "/metrics"
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


class ServiceMetrics:
    """The numbers of one process: replicas are scraped one by one, and added up there."""

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
        """Count a request on a path that is not anonymous. Being scraped is no news."""
        if route != PATH:
            # A method may be any word that somebody sends, and each would be a line for good.
            self._requests.add(method if method in _METHODS else "other", route, str(status))

    def failed(self) -> None:
        """Count a failure on an anonymous path."""
        self._anonymous_failures.add()

    def ticked(self, at: datetime, unreadable: int) -> None:
        """Note a tick that went well, and how many open rounds have no key."""
        self._last_tick.set(datetime.combine(at.astimezone(UTC).date(), time(), UTC).timestamp())
        self._unreadable.set(unreadable)

    def tick_failed(self) -> None:
        """Count a tick that did not."""
        self._failed_ticks.add()

    async def text(self) -> str:
        """Return all numbers; those that the database does not give right now are left out."""
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
