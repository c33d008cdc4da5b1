"""Fake of Ashby: RPC by POST, errors with status 200 or 403, and webhook retries."""

import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from tests.support.app import FixedClock

KEY, SECRET = "ashby-key-of-acme", "ashby-secret-of-acme"
BEN, OMAR, LIN, CLEO, DAN = (
    "ben@example.test",
    "omar@acme.example",
    "lin@acme.example",
    "cleo@agency.example",
    "dan@acme.example",
)
APPLICATION, CANDIDATE, JOB, SCHEDULE = "app-1", "cand-1", "job-1", "sched-1"
ONSITE, DEBRIEF = "kind-onsite", "kind-debrief"
# A mark that must not leave the message or response that contains it.
CANARY = "CANARY-57d1"
_FORBIDDEN = {
    name: f"{CANARY}-{name}"
    for name in ("submitterClientIp", "submitterUserAgent", "resumeFileHandle", "eeoc", "answers", "photoUrl", "notes")
} | {"customFields": [{"title": "Race", "value": f"{CANARY}-customFields"}]}
NOT_RETRIED = frozenset({401, 403, 404, 405, 410})
PERMISSIONS = {
    "application.info": "candidatesRead",
    "application.list": "candidatesRead",
    "interviewSchedule.list": "interviewsRead",
    "interview.info": "interviewsRead",
    "job.info": "jobsRead",
    "archiveReason.list": "hiringProcessMetadataRead",
    "offer.info": "offersRead",
    "webhook.create": "apiKeysWrite",
    "webhook.delete": "apiKeysWrite",
}
Post = Callable[[str, dict[str, str], bytes], Awaitable[int]]


def written(at: datetime) -> str:
    """Format a time like Ashby."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """Return the signed headers of a delivery."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "Ashby-Signature": f"sha256={digest}"}


def user(email: str | None, name: str, **over: Any) -> dict[str, Any]:
    """Return an interviewer of Acme's."""
    first, _, last = name.partition(" ")
    return {
        "id": f"user-{first.lower()}",
        "firstName": first,
        "lastName": last,
        "email": email,
        "globalRole": "Limited Access",
        "isEnabled": True,
        "trainingRole": None,
        **over,
    }


@dataclass
class FakeAshby:
    """Acme's account. `busy` calls get 429 first; `shape` selects one of three error formats.

    `not_permitted` is the status for a key without permission.
    """

    clock: FixedClock
    key: str = KEY
    shape: int = 0
    page: int = 50
    busy: int = 0
    not_permitted: int = 403
    permissions: set[str] = field(default_factory=lambda: set(PERMISSIONS.values()) - {"offersRead"})
    asked: list[str] = field(default_factory=list)
    webhooks: dict[str, dict[str, Any]] = field(default_factory=dict)
    applications: dict[str, dict[str, Any]] = field(default_factory=dict)
    schedules: dict[str, dict[str, Any]] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    post: Post | None = None
    _deeds: int = 0

    def __post_init__(self) -> None:
        self.jobs[JOB] = {"id": JOB, "title": "Technical writer", "confidential": False, "notes": CANARY}
        self.add()
        self.schedule()

    def add(self, remote_id: str = APPLICATION, *, candidate: str = CANDIDATE, email: str | None = BEN) -> None:
        """Add an application."""
        address = {"value": email.title(), "type": "Personal", "isPrimary": True} if email else None
        self.applications[remote_id] = {
            "id": remote_id,
            "updatedAt": written(self.clock.now()),
            "archivedAt": None,
            "status": "Active",
            "candidate": {"id": candidate, "name": "Ben Ode", "primaryEmailAddress": address, **_FORBIDDEN},
            "currentInterviewStage": {"id": "stage-onsite", "title": "Onsite", "type": "Active"},
            "archiveReason": None,
            "job": {"id": JOB, "title": "Technical writer"},
            "hiringTeam": [{"userId": "user-ada", "email": "ada@acme.example", "role": "Hiring Manager"}],
            **_FORBIDDEN,
        }

    def schedule(self, remote_id: str = SCHEDULE, application: str = APPLICATION, **over: Any) -> None:
        """Add a schedule: two regular interviewers, one from outside, one shadow, and one debrief without the
        candidate.
        """
        held = self.clock.now() - timedelta(days=2)
        times = {"startTime": written(held), "endTime": written(held + timedelta(hours=1)), "feedbackLink": CANARY}
        met = [user(OMAR, "Omar Haddad"), user(LIN, "Lin Mei"), user(CLEO, "Cleo Brandt")]
        watched = user(DAN, "Dan Olsen", trainingRole="Shadow", isFeedbackRequired=False)
        event = {"id": f"{remote_id}-1", "interviewId": ONSITE, "interviewers": [*met, watched], **times}
        among_us = {
            "id": f"{remote_id}-2",
            "interviewId": DEBRIEF,
            "interviewers": [user("boss@acme.example", "Bo Boss")],
            **times,
        }
        self.schedules[remote_id] = {
            "id": remote_id,
            "status": "Complete",
            "applicationId": application,
            "updatedAt": written(self.clock.now()),
            "interviewEvents": [event, among_us],
            **over,
        }

    def touch(self, remote_id: str = APPLICATION, **over: Any) -> None:
        """Change an application."""
        self.applications[remote_id] |= {"updatedAt": written(self.clock.now()), **over}

    def archive(self, remote_id: str = APPLICATION, reason: str = "RejectedByOrg") -> None:
        """Archive an application."""
        told = {"id": "r-1", "text": f"{CANARY}-reason", "reasonType": reason, "customFields": []}
        self.touch(remote_id, status="Archived", archivedAt=written(self.clock.now()), archiveReason=told)

    def unarchive(self, remote_id: str = APPLICATION) -> None:
        """Take the archiving back."""
        self.touch(remote_id, status="Active", archivedAt=None, archiveReason=None)

    def burst(self, *actions: str, remote_id: str = APPLICATION) -> list[bytes]:
        """Return the messages of one action, which share an id."""
        self._deeds += 1
        deed = str(uuid5(NAMESPACE_OID, f"deed {self._deeds}"))
        return [self.message(action, {"application": self.applications[remote_id]}, deed) for action in actions]

    def message(self, action: str, data: dict[str, Any], deed: str | None = None) -> bytes:
        """Return the body of a message, in Ashby's compact format."""
        if deed is None:
            self._deeds += 1
            deed = str(uuid5(NAMESPACE_OID, f"deed {self._deeds}"))
        return json.dumps({"webhookActionId": deed, "action": action, "data": data}, separators=(",", ":")).encode()

    async def deliver(self, post: Post, url: str, body: bytes, secret: str) -> list[int]:
        """Send a message until it is accepted, moving the clock. Return all responses."""
        answers = []
        for attempt in range(1, 11):
            answers.append(await post(url, signed(body, secret), body))
            if 200 <= answers[-1] < 300 or answers[-1] in NOT_RETRIED:
                break
            self.clock.advance(seconds=(2**attempt - 1) * 10)
        return answers

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        assert scope["method"] == "POST", "Ashby knows no other"
        raw = b""
        while True:
            part = await receive()
            raw += part.get("body", b"")
            if not part.get("more_body"):
                break
        method = scope["path"].lstrip("/")
        self.asked.append(method)
        status, answer = await self._answer(method, dict(scope["headers"]), json.loads(raw or b"{}"))
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    async def _answer(self, method: str, headers: dict[bytes, bytes], body: dict[str, Any]) -> tuple[int, Any]:
        if self.busy:
            self.busy -= 1
            return 429, {"success": False, "errors": ["rate_limit_exceeded"]}
        if headers.get(b"authorization") != b"Basic " + base64.b64encode(f"{self.key}:".encode()):
            return 200, self._error("invalid_api_key")
        if PERMISSIONS.get(method) not in self.permissions:
            return self.not_permitted, self._error("missing_endpoint_permission")
        if method.endswith(".list"):
            return 200, self._listed(method, body)
        if method == "webhook.create":
            return 200, await self._create(body)
        return 200, self._found(method, body)

    def _found(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        if method == "interview.info":
            return {"success": True, "results": {"id": body["id"], "isDebrief": body["id"] == DEBRIEF}}
        if method == "webhook.delete":
            return self._error("webhook_not_found")
        kept = self.jobs if method == "job.info" else self.applications
        found = kept.get(body.get("id") or body.get("applicationId") or "")
        kind = method.partition(".")[0]
        return {"success": True, "results": found} if found else self._error(f"{kind}_not_found")

    def _listed(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        rows = list(self.applications.values() if method == "application.list" else ())
        if method == "interviewSchedule.list":
            rows = [one for one in self.schedules.values() if one["applicationId"] == body["applicationId"]]
        begin = int(body.get("cursor") or 0)
        end = begin + min(self.page, body.get("limit", self.page))
        more = {"moreDataAvailable": True, "nextCursor": str(end)} if end < len(rows) else {"moreDataAvailable": False}
        return {"success": True, "results": rows[begin:end], "syncToken": "s", **more}

    async def _create(self, body: dict[str, Any]) -> dict[str, Any]:
        kind = body["webhookType"]
        if kind in self.webhooks:
            return self._error("duplicate_webhook")
        ping = self.message("ping", {"webhookActionType": kind})
        assert self.post is not None
        status = await self.post(body["requestUrl"], signed(ping, body["secretToken"]), ping)
        self.webhooks[kind] = {"enabled": status <= 400, "secret": body["secretToken"], "url": body["requestUrl"]}
        return {"success": True, "results": {"enabled": status <= 400}}

    def _error(self, code: str) -> dict[str, Any]:
        shapes: Iterator[dict[str, Any]] = iter(
            (
                {"errors": [code]},
                {"errors": [{"message": code, "parameter": "applicationId"}]},
                {"errorInfo": {"code": code, "message": f"{CANARY} said in a sentence", "requestId": "r-1"}},
            )
        )
        return {"success": False, **list(shapes)[self.shape]}
