"""Connector protocol: the six functions with which Debrief serves one applicant tracking system (ATS).

The module `connector` of each vendor's package fits `Connector`. A connector has no state, stores nothing and logs
nothing, so the content of a message ends with the call that reads it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from app.applications.dossier import Facts


class EventKind(StrEnum):
    """Action that a message asks for, in the same words for all vendors."""

    PING = "ping"
    FACTS = "facts"
    DELETED = "deleted"
    MERGED = "merged"
    APPLICATION_DELETED = "application_deleted"
    INTERVIEW_CANCELLED = "interview_cancelled"
    CHANGED = "changed"
    IGNORED = "ignored"


@dataclass(frozen=True)
class Event:
    """One parsed message."""

    kind: EventKind
    # The vendor's event name. For a ping: the event that the pinged webhook is for, if the ping names it.
    name: str
    # Deduplication key: a second message with the same key and body is a repetition.
    dedupe: str
    facts: Facts | None = None
    # `MERGED`: this candidate became `into_candidate_id`. `CHANGED`: pull all known applications of this candidate
    # and of `job_id` again.
    candidate_id: str | None = None
    into_candidate_id: str | None = None
    application_id: str | None = None
    interview_id: str | None = None
    job_id: str | None = None
    # The message is incomplete or unsigned: pull `application_id` from the ATS.
    wants_pull: bool = False
    # A deletion that may be one half of a merge.
    possible_merge: bool = False
    # The vendor signs the key and not the body: a message with a known key and another body is a repetition too.
    sole: bool = False


class HookResult(StrEnum):
    """Result of one inbound message. Each vendor has its own status codes for it, and retries on all others."""

    ACCEPTED = "accepted"
    BAD_SIGNATURE = "bad_signature"
    # The signature is good and the body can't be read.
    MALFORMED = "malformed"
    # Debrief has a problem of its own: the vendor should send the message again.
    RETRY = "retry"


HOOK_STATUSES: Mapping[HookResult, int] = {
    HookResult.ACCEPTED: 200,
    HookResult.BAD_SIGNATURE: 401,
    HookResult.MALFORMED: 400,
    HookResult.RETRY: 503,
}


@dataclass(frozen=True)
class HookResponse:
    """HTTP response to an inbound message. A body is JSON."""

    status: int
    body: bytes = b""


@dataclass(frozen=True)
class Probe:
    """Permissions of our credentials: `missing` are needed, `forbidden` should not be granted."""

    missing: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()


class Refused(Exception):
    """The ATS rejects our credentials (401): the employer has to reconnect."""


class NotPermitted(Refused):
    """The ATS knows our credentials and denies this call (403).

    `body` is the JSON body of the response: some vendors name the missing permission there. Never log it.
    """

    def __init__(self, reason: str, body: Any = None) -> None:
        super().__init__(reason)
        self.body = body


class Busy(Exception):
    """The ATS asks us to wait, or does not answer. `retry_after`: seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


class Unreadable(Exception):
    """The response of the ATS can't be read. The message names the place, never the content."""


@dataclass(frozen=True)
class Reply:
    """A complete response of an ATS. Names in `headers` are lower case; `json` is None for an empty body.

    `next_url` is the target of a `Link` header with rel="next", always on the same host.
    """

    status: int
    headers: Mapping[str, str]
    json: Any
    next_url: str | None = None


class AtsClient(Protocol):
    """HTTP client of one connection: keeps its rate budget and a timeout, and follows no redirect.

    Raises Busy for 429, 5xx and no response; Refused for 401; NotPermitted for 403; Unreadable for a body that is not
    JSON or too long, and for a list that continues on another host. The connector reads all other status codes.
    """

    memory: dict[str, str]
    """Cache of a connector between calls, such as an access token. It lives in the process and is never stored."""

    def now(self) -> datetime:
        """Return the current time."""
        ...

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> Reply:
        """Send a GET request; `auth` is a user and a password (Basic)."""
        ...

    async def post(
        self,
        url: str,
        *,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> Reply:
        """Send a POST request."""
        ...


class Connector(Protocol):
    """One vendor's webhooks and API."""

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> bool:
        """Return whether one of `secrets` signed `body`, in constant time. Names in `headers` are lower case."""
        ...

    def parse(self, headers: Mapping[str, str], body: bytes) -> Event:
        """Parse a signed message, or a ping that came before its secret is stored. Raises app.core.errors.Malformed."""
        ...

    def answer(self, result: HookResult) -> HookResponse:
        """Return the response that this vendor expects for `result`."""
        ...

    async def pull(self, http: AtsClient, credentials: Mapping[str, str], application_remote_id: str) -> Facts | None:
        """Fetch an application; None if the ATS does not have it. Raises Refused, Busy, Unreadable."""
        ...

    def changed_since(self, http: AtsClient, credentials: Mapping[str, str], since: datetime) -> AsyncIterator[str]:
        """Yield ids of changed applications, in any order. Raises as `pull` does."""
        ...

    async def probe(self, http: AtsClient, credentials: Mapping[str, str]) -> Probe:
        """Test the permissions of the credentials. Raises Refused, Busy, Unreadable."""
        ...
