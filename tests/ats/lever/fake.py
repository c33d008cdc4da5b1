"""Fake of Lever: its API as an ASGI app, and signed deliveries."""

import base64
import hashlib
import hmac
import json
import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from tests.support.app import FixedClock

KEY = "lever-key-of-acme"
SECRET = "5b1c0f5e2a6d4e0f9c3a-of-one-webhook"
BEN, OMAR, LIN, ADA = "ben@example.test", "omar@acme.example", "lin@acme.example", "ada@acme.example"
OPPORTUNITY, CONTACT, POSTING = "o-ben", "c-ben", "p-writer"
UNDERQUALIFIED, WITHDREW, HIRED, ODD = "r-underqualified", "r-withdrew", "r-hired", "r-odd"
# A mark that must not leave the response that contains it.
CANARY = "CANARY-7f3a"
HOUR = 3600 * 1000
DAY = 24 * HOUR
_FORBIDDEN = {
    name: f"{CANARY}-{name}"
    for name in ("headline", "phones", "resume", "links", "tags", "sources", "eeo", "customFields", "notes")
}


def milliseconds(at: datetime) -> int:
    """Format a time like Lever."""
    return int(at.timestamp()) * 1000 + at.microsecond // 1000


@dataclass
class FakeLever:
    """Acme's account. `busy` calls get 429 first; after `busy_after` created webhooks, all calls do.

    `denied` lists path segments that answer 403. With `sees_confidential`, the key may list confidential opportunities.
    """

    clock: FixedClock
    page: int = 100
    busy: int = 0
    busy_after: int = 100
    sees_confidential: bool = True
    denied: set[str] = field(default_factory=set)
    key: str = KEY
    asked: list[str] = field(default_factory=list)
    opportunities: dict[str, dict[str, Any]] = field(default_factory=dict)
    applications: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    panels: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    things: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    deleted: list[dict[str, Any]] = field(default_factory=list)
    hooks: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._dice = random.Random(5)
        self.things = {
            "users": {
                name: {"id": name, "name": whole, "email": address, "deactivatedAt": None, "photo": CANARY}
                for name, whole, address in (
                    ("u-omar", "Omar Haddad", OMAR),
                    ("u-lin", "Lin Mei", LIN),
                    ("u-ada", "Ada Ruiz", ADA),
                )
            },
            "archive_reasons": {
                UNDERQUALIFIED: {"id": UNDERQUALIFIED, "text": "Underqualified", "type": "non-hired"},
                WITHDREW: {"id": WITHDREW, "text": "Withdrew", "type": "non-hired"},
                HIRED: {"id": HIRED, "text": "Hired", "type": "hired"},
                ODD: {"id": ODD, "text": "Timing", "type": "non-hired"},
            },
            "stages": {"s-onsite": {"id": "s-onsite", "text": "On-site"}},
            "postings": {},
        }
        self.add()

    @property
    def now(self) -> int:
        return milliseconds(self.clock.now())

    def add(self, remote_id: str = OPPORTUNITY, posting: str = POSTING, **over: Any) -> dict[str, Any]:
        """Add an application of Ben, with an interview by Omar and Lin three days ago."""
        self.opportunities[remote_id] = {
            "id": remote_id,
            "name": "Ben Ode",
            "contact": CONTACT,
            "emails": ["Ben@Example.test"],
            "stage": "s-onsite",
            "archived": None,
            "origin": "applied",
            "confidentiality": "non-confidential",
            "isAnonymized": False,
            "updatedAt": self.now,
            **_FORBIDDEN,
            **over,
        }
        self.applications[remote_id] = [{"id": f"a-{remote_id}", "posting": posting, "createdAt": self.now - 30 * DAY}]
        self.things["postings"].setdefault(
            posting,
            {
                "id": posting,
                "text": "Technical writer",
                "confidentiality": "non-confidential",
                "hiringManager": "u-ada",
                "content": CANARY,
            },
        )
        self.panels[remote_id] = [self.a_panel(f"i-{remote_id}")]
        return self.opportunities[remote_id]

    def a_panel(self, interview: str = "i-1", **over: Any) -> dict[str, Any]:
        """Return a panel with one interview of 45 minutes, three days ago."""
        meeting = {
            "id": interview,
            "date": self.now - 3 * DAY,
            "duration": 45,
            "canceledAt": None,
            "interviewers": [
                {"id": "u-omar", "name": "Omar Haddad", "email": OMAR, "responseStatus": "accepted"},
                # Lever sometimes leaves addresses out.
                {"id": "u-lin", "name": "Lin Mei", "email": None, "feedbackTemplate": CANARY},
            ],
            "feedbackForms": [CANARY],
            "note": CANARY,
            "gcalEventUrl": CANARY,
            **over,
        }
        return {"id": f"panel-{interview}", "canceledAt": None, "note": CANARY, "interviews": [meeting]}

    def archive(self, reason: str = UNDERQUALIFIED, remote_id: str = OPPORTUNITY) -> None:
        """Archive the opportunity."""
        self.opportunities[remote_id] |= {
            "archived": {"archivedAt": self.now, "reason": reason, "note": CANARY},
            "updatedAt": self.now,
        }

    def unarchive(self, remote_id: str = OPPORTUNITY) -> None:
        """Unarchive the opportunity."""
        self.opportunities[remote_id] |= {"archived": None, "updatedAt": self.now}

    def delete(self, remote_id: str = OPPORTUNITY) -> None:
        """Delete an opportunity."""
        del self.opportunities[remote_id]
        self.deleted.append({"id": remote_id, "deletedAt": self.now})

    def delivery(
        self,
        event: str = "candidateArchiveChange",
        data: dict[str, Any] | None = None,
        *,
        token: str | None = None,
        secret: str = SECRET,
    ) -> bytes:
        """Return the body of an event."""
        token, at = token or f"{self._dice.getrandbits(80):020x}", self.now
        signature = hmac.new(secret.encode(), f"{token}{at}".encode(), hashlib.sha256).hexdigest()
        told = {"opportunityId": OPPORTUNITY, "contactId": CONTACT} if data is None else data
        body = {"event": event, "triggeredAt": at, "token": token, "signature": signature, "data": told}
        return json.dumps(body, separators=(",", ":")).encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Respond like Lever's API."""
        body = (await receive()).get("body", b"")
        path = scope["path"].removeprefix("/v1/")
        self.asked.append(path)
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
        authorization = dict(scope["headers"]).get(b"authorization", b"").decode()
        status, answer = self._answer(scope["method"], path, query, authorization, body)
        headers = [(b"content-type", b"application/json")] + ([(b"retry-after", b"7")] if status == 429 else [])
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    def _answer(
        self, method: str, path: str, query: dict[str, str], authorization: str, body: bytes
    ) -> tuple[int, dict[str, Any]]:
        if self.busy or (method == "POST" and len(self.hooks) >= self.busy_after):
            self.busy -= min(self.busy, 1)
            return 429, {"code": "TooManyRequests"}
        if authorization != "Basic " + base64.b64encode(f"{self.key}:".encode()).decode():
            return 401, {"code": "Unauthorized"}
        if any(part in self.denied for part in (path.partition("/")[0], path.rpartition("/")[2])):
            return 403, {"code": "Forbidden"}
        if "confidentiality" in query and not self.sees_confidential:
            return 403, {"code": "Forbidden"}
        if method == "POST":
            return self._hook(json.loads(body))
        found = self._find(path, query)
        if found is None:
            return 404, {"code": "ResourceNotFound"}
        return 200, found if "hasNext" in found else {"data": found}

    def _hook(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        made = {"id": f"w-{len(self.hooks)}", **body}
        self.hooks.append(made)
        token = f"token-of-{body['event']}"
        return 201, {"data": {**made, "configuration": {"conditions": {"origins": []}, "signatureToken": token}}}

    def _find(self, path: str, query: dict[str, str]) -> dict[str, Any] | None:
        if path == "opportunities":
            since, shown = int(query.get("updated_at_start", "0")), query.get("confidentiality", "non-confidential")
            rows = [one for one in self.opportunities.values() if one["updatedAt"] >= since]
            return self._paged([one for one in rows if shown in ("all", one["confidentiality"])], query)
        if path == "opportunities/deleted":
            since = int(query.get("deleted_at_start", "0"))
            return self._paged([one for one in self.deleted if one["deletedAt"] >= since], query)
        if path == "eeo/responses":
            return self._paged([], query)
        kind, _, rest = path.partition("/")
        remote_id, _, part = rest.partition("/")
        if kind == "opportunities":
            if remote_id not in self.opportunities:
                return None
            listed = {"applications": self.applications, "panels": self.panels}.get(part)
            return self._paged(listed[remote_id], query) if listed else self.opportunities[remote_id]
        return self.things.get(kind, {}).get(rest)

    def _paged(self, rows: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
        assert int(query.get("limit", "100")) <= 100
        start = int(query.get("offset", "page-0").removeprefix("page-"))
        following = start + self.page
        more = following < len(rows)
        return {"data": rows[start:following], "hasNext": more, **({"next": f"page-{following}"} if more else {})}
