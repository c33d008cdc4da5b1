"""Fake of Greenhouse: Harvest v3 as an ASGI app, and signed webhooks with escaped characters."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from tests.support.app import FixedClock

SECRET = "secret-typed-by-a-customer"
CLIENT, CLIENT_SECRET = "client-of-acme", "client-secret-of-acme"
BEN, OMAR, LIN, CLEO = "ben@example.test", "omar@acme.example", "lin@acme.example", "cleo@agency.example"
ADA = "ada@acme.example"
APPLICATION, CANDIDATE, JOB = 265293, 265788, 371417
US, THEM, UNSAID = 1, 2, 3
# A mark that must not leave the message or response that contains it.
CANARY = "CANARY-91b2"
_TYPES = {US: "We rejected them", THEM: "They rejected us", UNSAID: "None specified"}
_FORBIDDEN = {
    name: f"{CANARY}-{name}"
    for name in ("custom_fields", "keyed_custom_fields", "answers", "attachments", "photo_url", "notes", "demographics")
}
_LIFE = timedelta(hours=1)


def written(at: datetime) -> str:
    """Format a time like Greenhouse."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class FakeGreenhouse:
    """Acme's account. `busy` calls get 429 first; `denied` lists the resources that new tokens may not read.

    `ends` is the format of token expiry. With `lists_reasons_apart`, reasons are only in `rejection_details`.
    """

    clock: FixedClock
    page: int = 100
    busy: int = 0
    lists_reasons_apart: bool = False
    ends: Callable[[datetime], dict[str, Any]] = lambda at: {"expires_at": written(at)}
    denied: set[str] = field(default_factory=set)
    client_secret: str = CLIENT_SECRET
    asked: list[str] = field(default_factory=list)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _tokens: dict[str, tuple[datetime, frozenset[str]]] = field(default_factory=dict)
    _sent: int = 0

    def __post_init__(self) -> None:
        now = self.clock.now()
        held = written(now - timedelta(days=3))
        self.rows = {
            "applications": [self._an_application()],
            "candidates": [_a_candidate()],
            "jobs": [{"id": JOB, "name": "R&D <lead>", "confidential": False, "notes": CANARY}],
            "interviews": [
                {"id": 9001, "application_id": APPLICATION, "starts_at": held, "ends_at": held, "status": "complete"},
                {"id": 9002, "application_id": APPLICATION, "all_day_start_on": "2026-11-12", "status": "complete"},
            ],
            "interviewers": [
                {"id": 1, "interview_id": 9001, "user_id": 4080, "email": OMAR, "response_status": "accepted"},
                {"id": 2, "interview_id": 9001, "user_id": 4081, "email": None, "scorecard_id": CANARY},
                {"id": 3, "interview_id": 9002, "user_id": None, "email": CLEO, "response_status": "accepted"},
                {
                    "id": 4,
                    "interview_id": 9002,
                    "user_id": 4083,
                    "email": "dan@acme.example",
                    "response_status": "declined",
                },
            ],
            "users": [
                {"id": 4080, "first_name": "Omar", "last_name": "Haddad", "primary_email": OMAR, "disabled": False},
                {"id": 4081, "first_name": "Lin", "last_name": "Mei", "primary_email": LIN, "disabled": False},
                {"id": 4083, "name": "Dan", "primary_email": "dan@acme.example", "disabled": False},
                {"id": 4082, "name": "Ada Ruiz", "primary_email": ADA, "disabled": False},
            ],
            "rejection_reasons": [
                {"id": one, "name": f"{CANARY} reason", "type": {"id": one, "name": name}}
                for one, name in _TYPES.items()
            ],
            "rejection_details": [],
            "job_hiring_managers": [{"id": 1, "job_id": JOB, "user_id": 4082}, {"id": 2, "job_id": 9, "user_id": 4083}],
        }

    def add(self, remote_id: int, candidate_id: int, email: str, job_id: int = JOB) -> None:
        """Add an application of another candidate, or of Ben for another job, with Omar as interviewer."""
        told = {"id": remote_id, "candidate_id": candidate_id, "job_id": job_id}
        self.rows["applications"].append({**self._an_application(), **told})
        if candidate_id != CANDIDATE:
            addresses = [{"value": email, "type": "personal"}]
            self.rows["candidates"].append({**_a_candidate(), "id": candidate_id, "email_addresses": addresses})
        if job_id != JOB:
            self.rows["jobs"].append({"id": job_id, "name": "Editor", "confidential": False})
        held = self.rows["interviews"][0]["starts_at"]
        meeting = {"id": remote_id + 1, "application_id": remote_id, "starts_at": held, "ends_at": held}
        self.rows["interviews"].append({**meeting, "status": "complete"})
        self.rows["interviewers"].append({"id": remote_id + 2, "interview_id": meeting["id"], "user_id": 4080})

    def _an_application(self) -> dict[str, Any]:
        return {
            "id": APPLICATION,
            "candidate_id": CANDIDATE,
            "job_id": JOB,
            "status": "in_process",
            "job_interview_stage_id": 2708728,
            "stage_name": "Onsite",
            "prospect": False,
            "rejected_at": None,
            "updated_at": written(self.clock.now()),
            **_FORBIDDEN,
        }

    @property
    def application(self) -> dict[str, Any]:
        return self.rows["applications"][0]

    def reject(self, reason: int | None = US, at: int = 0) -> None:
        """Reject Ben, or the application with this index."""
        now = written(self.clock.now())
        row = self.rows["applications"][at]
        row.update({"status": "rejected", "rejected_at": now, "updated_at": now, "rejection_reason_id": reason})
        if self.lists_reasons_apart:
            row["rejection_reason_id"] = None
            detail = {"id": 7, "application_id": row["id"], "rejection_reason_id": reason, "custom_fields": CANARY}
            self.rows["rejection_details"].append(detail)

    def unreject(self) -> None:
        """Take the rejection back."""
        self.touch(status="in_process", rejected_at=None, rejection_reason_id=None)

    def touch(self, **over: Any) -> None:
        """Change Ben's application."""
        self.application.update(over, updated_at=written(self.clock.now()))

    def webhook(self, action: str, payload: dict[str, Any] | None = None, at: int = 0) -> tuple[dict[str, str], bytes]:
        """Return the headers and the body of a message about Ben's application, or the one with this index."""
        told = self.payload(at) if payload is None else payload
        text = json.dumps({"action": action, "payload": told}, separators=(",", ":"))
        for mark, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
            text = text.replace(mark, escaped)
        self._sent += 1
        return signed(text.encode(), event_id=str(1_000_000_000 + self._sent)), text.encode()

    def payload(self, at: int = 0) -> dict[str, Any]:
        """Return an application in the webhook format, which differs from Harvest v3."""
        row = self.rows["applications"][at]
        reason = row.get("rejection_reason_id")
        own = {"candidate_id", "job_id", "job_interview_stage_id", "stage_name", "rejection_reason_id", "updated_at"}
        candidate = next(one for one in self.rows["candidates"] if one["id"] == row["candidate_id"])
        told = {
            **{name: value for name, value in row.items() if name not in own},
            "status": "active" if row["status"] == "in_process" else row["status"],
            "candidate": {**candidate, "is_private": candidate["private"], "phone_numbers": [CANARY]},
            "jobs": [one for one in self.rows["jobs"] if one["id"] == row["job_id"]],
            "current_stage": {
                "id": row["job_interview_stage_id"],
                "name": row["stage_name"],
                "interviews": [{"interviewers": [{"id": CANARY, "display_name": CANARY}]}],
            },
            "rejection_reason": reason and {"id": reason, "name": CANARY, "type": {"name": _TYPES[reason]}},
            "last_activity_at": written(self.clock.now()),
        }
        return {"application": told}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Respond like Greenhouse."""
        body = (await receive()).get("body", b"")
        path = scope["path"].removeprefix("/v3/").removeprefix("/")
        self.asked.append(path)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
        status, answer, more = self._answer(path, headers, query, body)
        told = [(b"content-type", b"application/json"), (b"x-ratelimit-limit", b"50"), *more]
        told.append((b"x-ratelimit-remaining", b"0" if status == 429 else b"49"))
        if status == 429:
            told.append((b"retry-after", b"9"))
        await send({"type": "http.response.start", "status": status, "headers": told})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    def _answer(
        self, path: str, headers: dict[str, str], query: dict[str, str], body: bytes
    ) -> tuple[int, Any, list[tuple[bytes, bytes]]]:
        if path == "token":
            return *self._token(headers.get("authorization", ""), parse_qs(body.decode())), []
        token = self._tokens.get(headers.get("authorization", "").removeprefix("Bearer "))
        if token is None or token[0] <= self.clock.now():
            return 401, {"errors": ["Unauthorized"]}, []
        if self.busy:
            self.busy -= 1
            return 429, {"errors": ["Rate limited"]}, []
        if path in token[1] or path not in self.rows:
            return 403, {"errors": ["Forbidden"]}, []
        if "cursor" in query and len(query) > 1:
            return 422, {"errors": ["When passing a cursor, do not include other query params."]}, []
        return self._listed(path, query)

    def _listed(self, path: str, query: dict[str, str]) -> tuple[int, Any, list[tuple[bytes, bytes]]]:
        if "cursor" in query:
            asked = json.loads(base64.urlsafe_b64decode(query["cursor"]))
        else:
            kept = {"status", "updated_at"}
            asked = {
                "start": 0,
                **{name: value for name, value in query.items() if name.endswith("ids") or name in kept},
            }
        rows = [one for one in self.rows[path] if asked.get("status") in (None, one.get("status"))]
        if "updated_at" in asked:
            least, first, most, last = asked["updated_at"].split("|")
            assert (least, most) == ("gte", "lte")
            rows = [one for one in rows if first <= one["updated_at"] <= last]
        columns = {name: name.removesuffix("s") for name in ("ids", "application_ids", "interview_ids", "job_ids")}
        for name, column in columns.items():
            if name in asked:
                wanted = asked[name].split(",")
                if len(wanted) > 50:
                    return 422, {"errors": ["Too many ids"]}, []
                rows = [one for one in rows if str(one[column]) in wanted]
        following = asked["start"] + self.page
        shown = rows[asked["start"] : following]
        if following >= len(rows):
            return 200, shown, []
        cursor = base64.urlsafe_b64encode(json.dumps({**asked, "start": following}).encode()).decode()
        link = f'<https://harvest.greenhouse.io/v3/{path}?cursor={cursor}>; rel="next"'
        return 200, shown, [(b"link", link.encode())]

    def _token(self, authorization: str, form: dict[str, list[str]]) -> tuple[int, Any]:
        expected = base64.b64encode(f"{CLIENT}:{self.client_secret}".encode()).decode()
        if authorization != f"Basic {expected}" or form.get("grant_type") != ["client_credentials"]:
            return 401, {"error": "invalid_client"}
        token, ends = f"token-{len(self._tokens)}", self.clock.now() + _LIFE
        self._tokens[token] = (ends, frozenset(self.denied))
        return 200, {"access_token": token, **self.ends(ends)}


def _a_candidate() -> dict[str, Any]:
    return {
        "id": CANDIDATE,
        "first_name": "Ben",
        "last_name": "Ode",
        "email_addresses": [
            {"value": "ben.ode@old-employer.example", "type": "work"},
            {"value": "Ben@Example.test", "type": "personal"},
        ],
        "can_email": True,
        "private": False,
        "company": "The present employer",
        **_FORBIDDEN,
    }


def signed(body: bytes, *, event_id: str = "1", secret: str = SECRET) -> dict[str, str]:
    """Return the signed headers of a body."""
    found = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "Greenhouse-Event-ID": event_id, "Signature": f"sha256 {found}"}
