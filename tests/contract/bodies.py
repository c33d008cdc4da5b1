"""Bodies that are taken, for the operations whose bodies chance alone never gets right: most made-up calls differ from
them in one field.
"""

import copy
import random
from typing import Any
from uuid import UUID

from tests.support.app import a_request

_ANSWER = {
    "reasons": [{"code": "not_about_you"}],
    "concerns": [{"statement": "We were not sure about grammar.", "source": "papers", "asked": "never_asked"}],
    "if_too_few": "release",
}
_CANDIDATE = {"remote_id": "candidate-1", "name": "Ben Ode", "email_addresses": [{"value": "ben@b.example"}]}
_INTERVIEWERS = [{"name": "Omar Haddad", "email": "o@a.example"}, {"name": "Lin Mei", "email": "l@a.example"}]
SNAPSHOT: dict[str, Any] = {
    "candidate": _CANDIDATE,
    "job": {"remote_id": "job-1", "name": "Technical writer"},
    "application": {"status": "rejected", "rejected_at": "2026-11-20T11:00:00Z"},
    "interviews": [{"remote_id": "interview-1", "interviewers": _INTERVIEWERS}],
}
ENDPOINT: dict[str, Any] = {"url": "https://hooks.example/debrief", "event_types": ["feedback_request.closed"]}
_CODE = {"code": "0000"}  # One that works takes its place.
_GOOD: dict[str, dict[str, Any]] = {
    "raise_request": a_request(manager={"name": "Ada Ruiz"}),
    "extend_request": {"closes_on": "2026-12-20"},
    "open_round": {"stage": "after_references", "invitees": [{"name": "Omar Haddad"}, {"name": "Lin Mei"}]},
    "show_form": _CODE,
    "read_replies": _CODE,
    "record_effect": {**_CODE, "concern_id": str(UUID(int=0)), "effect": "no_change"},
    "record_effect_as_manager": {**_CODE, "concern_id": str(UUID(int=0)), "effect": "no_change"},
    "send_reply": {"kind": "clarify", "text": "I have written for general audiences for years."},
    "preview_answer": {**_CODE, "answer": _ANSWER},
    "send_answer": {**_CODE, "answer": _ANSWER, "nonce": ""},
    "decline": {**_CODE, "nonce": ""},
    "answer_for_team": {**_CODE, "nonce": "", "answer": {**_ANSWER, "signature": {}}, "understood": True},
    "open_panel": {**_CODE, "nonce": "", "people": 3},
    "put_application": SNAPSHOT,
    "put_interview": {"application_remote_id": "application-1", "interviewers": _INTERVIEWERS},
    "post_event": {"id": "", "type": "application.updated", "occurred_at": "2026-11-20T11:00:00Z", "data": SNAPSHOT},
    "create_webhook_endpoint": ENDPOINT,
    "add_own_note": {"channel": "phone", "text": "They liked the portfolio."},
}
_FRESH = {"nonce", "id"}  # Each call has its own.


def nearly_good(operation: str, made_up: Any, luck: random.Random) -> Any:
    """Return a body that is taken but for one field that chance made up; or, now and then, all that chance made up."""
    if operation not in _GOOD or luck.random() < 0.3:
        return made_up
    body = copy.deepcopy(_GOOD[operation])
    for name in _FRESH & set(body):
        body[name] = luck.randbytes(16).hex()
    if isinstance(made_up, dict) and made_up and luck.random() < 0.7:
        name = luck.choice(list(made_up))
        body[name] = made_up[name]
    elif luck.random() < 0.2:
        del body[luck.choice(list(body))]
    return body
