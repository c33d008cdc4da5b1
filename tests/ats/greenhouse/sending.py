"""Retry behaviour of Greenhouse: until exactly 200, seven times in fifteen hours. A failed ping disables a webhook."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from tests.support.app import FixedClock

RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 15, 60, 120, 240, 480))

# Takes headers and body, returns status and body; None if nobody responds.
Post = Callable[[dict[str, str], bytes], Awaitable[tuple[int, bytes] | None]]
Message = tuple[dict[str, str], bytes]


@dataclass
class Webhook:
    """One webhook that an administrator created."""

    clock: FixedClock
    post: Post
    enabled: bool = False

    async def make(self, ping: Message) -> bool:
        """Save the webhook, which sends a ping. Return whether it is enabled."""
        self.enabled = await self._attempt(ping)
        return self.enabled

    async def send(self, message: Message) -> int:
        """Send until accepted, moving the clock. Return the number of attempts, 0 for failure."""
        if not self.enabled:
            return 0
        for attempt, wait in enumerate((timedelta(), *RETRIES), 1):
            self.clock.at += wait
            if await self._attempt(message):
                return attempt
        return 0

    async def _attempt(self, message: Message) -> bool:
        answer = await self.post(*message)
        return answer is not None and answer[0] == 200
