"""How Greenhouse sends: until exactly 200 comes, seven times in fifteen hours; a webhook with a failed ping is off."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from tests.support.app import FixedClock

RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 15, 60, 120, 240, 480))

# Headers and body in, status and body out; None where nobody answers.
Post = Callable[[dict[str, str], bytes], Awaitable[tuple[int, bytes] | None]]
Message = tuple[dict[str, str], bytes]


@dataclass
class Webhook:
    """One webhook that somebody made by hand."""

    clock: FixedClock
    post: Post
    enabled: bool = False

    async def make(self, ping: Message) -> bool:
        """Save it, which sends a ping; tell whether it is on."""
        self.enabled = await self._attempt(ping)
        return self.enabled

    async def send(self, message: Message) -> int:
        """Send until it is taken, on the clock; return after how many attempts, 0 for never."""
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
