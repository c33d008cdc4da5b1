"""Greenhouse, as all connectors are: how its messages are signed, read, answered, and how it is asked."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from app.applications.dossier import Facts
from app.ats import signatures
from app.ats.connector import Answer, Event, Outcome, Probe, VendorClient
from app.ats.greenhouse import client, webhook


class Greenhouse:
    """Fits `Native`."""

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> bool:
        """Check the signature over the bytes as they came; Greenhouse signs no time."""
        del now
        return signatures.greenhouse(headers, body, secrets)

    def parse(self, headers: Mapping[str, str], body: bytes) -> Event:
        """Read a message. Raises Malformed."""
        return webhook.parse(headers, body)

    def answer(self, outcome: Outcome) -> Answer:
        """Return what goes back: all but exactly 200 is sent again, seven times in fifteen hours."""
        statuses = {Outcome.TAKEN: 200, Outcome.REFUSED: 401, Outcome.MALFORMED: 400, Outcome.BUSY: 503}
        return Answer(statuses[outcome])

    async def pull(
        self, http: VendorClient, credentials: Mapping[str, str], application_remote_id: str
    ) -> Facts | None:
        """Look at an application as it is now; None if it is gone."""
        return await client.pull(http, credentials, application_remote_id)

    def changed_since(self, http: VendorClient, credentials: Mapping[str, str], since: datetime) -> AsyncIterator[str]:
        """Yield ids of the applications that changed."""
        return client.changed_since(http, credentials, since)

    async def probe(self, http: VendorClient, credentials: Mapping[str, str]) -> Probe:
        """Find out what the credentials may."""
        return await client.probe(http, credentials)
