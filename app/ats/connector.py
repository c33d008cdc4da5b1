"""What a connector to one applicant tracking system has to be able to do, so that all else needs to know no vendor.

Each vendor's package has a class that fits `Native`, in its module `connector`: `ashby.connector.Ashby`.
It has no state, keeps nothing and logs nothing: what it was sent ends with the call.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from app.applications.dossier import Facts


class EventKind(StrEnum):
    """What a message asks for, whatever its vendor calls it."""

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
    """One message, read. `name` is the vendor's own word; for a ping, of the event that it was sent for, if it says.

    `dedupe` is the key by which a repetition is known. `wants_pull`: what it says of `application_id` is not enough, or
    not to be trusted. `possible_merge`: a deletion that may be half of a merge. `candidate_id` became
    `into_candidate_id`; or, of what `changed`, all known applications of `candidate_id` and for `job_id` are looked at.
    `sole`: its key is signed and what it says is not, so that with another body it is a repetition all the same.
    """

    kind: EventKind
    name: str
    dedupe: str
    facts: Facts | None = None
    candidate_id: str | None = None
    into_candidate_id: str | None = None
    application_id: str | None = None
    interview_id: str | None = None
    job_id: str | None = None
    wants_pull: bool = False
    possible_merge: bool = False
    sole: bool = False


class Outcome(StrEnum):
    """What the vendor is to be told: each has codes of its own for it, and repeats on others."""

    TAKEN = "taken"
    # The signature is wrong.
    REFUSED = "refused"
    # Signed, but not to be read.
    MALFORMED = "malformed"
    # Trouble of our own: it is to be sent again.
    BUSY = "busy"


@dataclass(frozen=True)
class Answer:
    """What goes back. A body is JSON."""

    status: int
    body: bytes = b""


@dataclass(frozen=True)
class Probe:
    """What our credentials may over there: `missing` of what is needed, `forbidden` that they should not."""

    missing: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()


class Refused(Exception):
    """The vendor does not know our credentials, or lets them do too little (401, 403): somebody must connect anew."""


class NotPermitted(Refused):
    """The vendor knows our credentials, and they may not do this (403).

    `told` is the body of the answer, if it was JSON: some vendors say there what is missing. Never log it.
    """

    def __init__(self, reason: str, told: Any = None) -> None:
        super().__init__(reason)
        self.told = told


class Busy(Exception):
    """The vendor asks for patience, or does not answer. `retry_after`: seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


class Unreadable(Exception):
    """The vendor answered with what nobody can read; says where, never what."""


@dataclass(frozen=True)
class Reply:
    """An answer of a vendor, read whole. `headers` with lower-case names; `json` is None where the body is none.

    `next_url`: where a `Link` header with rel="next" points. It is on the same host: else there is no reply at all.
    """

    status: int
    headers: Mapping[str, str]
    json: Any
    next_url: str | None = None


class VendorClient(Protocol):
    """A connector's only way out: within the budget of its connection, in time, never to another host by redirect.

    Raises Busy for 429, 5xx, and when nothing comes; Refused for 401; NotPermitted for 403; Unreadable for what is no
    JSON, too long, or goes on at another host. Other codes are for the connector to read.
    """

    memory: dict[str, str]
    """What a connector may keep from call to call (an access token): lives as long as the process, never written."""

    def now(self) -> datetime:
        """Return what time it is."""
        ...

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> Reply:
        """Ask for something; `auth` is a user and a password (Basic)."""
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
        """Send something."""
        ...


class Native(Protocol):
    """One vendor. `setup_by_hand`: its webhooks are made by a person, so it must be shown what to type."""

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> bool:
        """Tell in constant time whether one of the secrets signed this; names of headers in lower case."""
        ...

    def parse(self, headers: Mapping[str, str], body: bytes) -> Event:
        """Read a message that was signed, or a ping before its secret is known. Raises app.core.errors.Malformed."""
        ...

    def answer(self, outcome: Outcome) -> Answer:
        """Return what this vendor takes for an answer."""
        ...

    async def pull(
        self, http: VendorClient, credentials: Mapping[str, str], application_remote_id: str
    ) -> Facts | None:
        """Look at an application as it is now; None if it is gone. Raises Refused, Busy, Unreadable."""
        ...

    def changed_since(self, http: VendorClient, credentials: Mapping[str, str], since: datetime) -> AsyncIterator[str]:
        """Yield ids of the applications that changed, in any order. Raises as `pull` does, also for a list too long."""
        ...

    async def probe(self, http: VendorClient, credentials: Mapping[str, str]) -> Probe:
        """Find out what the credentials may. Raises Refused, Busy, Unreadable."""
        ...
