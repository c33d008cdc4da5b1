"""Lever, as all connectors are: how its messages are signed, read, answered, and how it is asked."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from app.applications.dossier import Facts
from app.ats.connector import Answer, Event, Outcome, Probe, VendorClient
from app.ats.lever import client, webhook


class Lever:
    """Fits `Native`."""

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> bool:
        """Check the signature in the body. An old one is fine: a message only makes us look."""
        del headers, now
        return webhook.verify(body, secrets)

    def parse(self, headers: Mapping[str, str], body: bytes) -> Event:
        """Read a message. Raises Malformed."""
        del headers
        return webhook.parse(body)

    def answer(self, outcome: Outcome) -> Answer:
        """Return what goes back. 503 is tried again."""
        statuses = {Outcome.TAKEN: 200, Outcome.REFUSED: 401, Outcome.MALFORMED: 400, Outcome.BUSY: 503}
        return Answer(statuses[outcome], b"{}")

    async def pull(
        self, http: VendorClient, credentials: Mapping[str, str], application_remote_id: str
    ) -> Facts | None:
        """Look at an opportunity as it is now; None if it is gone."""
        return await client.pull(http, credentials, application_remote_id)

    def changed_since(self, http: VendorClient, credentials: Mapping[str, str], since: datetime) -> AsyncIterator[str]:
        """Yield ids of the opportunities that changed, and of those that were deleted."""
        return client.changed_since(http, credentials, since)

    async def probe(self, http: VendorClient, credentials: Mapping[str, str]) -> Probe:
        """Find out what the key may."""
        return await client.probe(http, credentials)
