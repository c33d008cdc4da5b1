"""Request bodies with one error each, and the pointer and code of its response."""

import json
from typing import Any

from tests.support.app import CLEO, LIN, OMAR

CANARY = "canary7f3e"
ANSWER: dict[str, Any] = {"reasons": [{"code": "not_about_you"}], "if_too_few": "withhold"}
SIGNED: dict[str, Any] = {"reasons": [{"code": "not_about_you"}], "signature": "The hiring team at Acme"}
NONCE = "n" * 22


def nested(depth: int) -> Any:
    value: Any = CANARY
    for _ in range(depth):
        value = [value]
    return value


RAISE: list[tuple[str, dict[str, Any], str, str]] = [
    ("unknown field", {CANARY: 1}, "", "unknown_field"),
    ("unknown inner field", {"candidate": {"name": "Ben Ode", CANARY: 1}}, "/candidate", "unknown_field"),
    ("two words run together", {"candidateName": CANARY}, "", "unknown_field"),
    ("missing field", {"company": None}, "/company", "required"),
    ("wrong type: number", {"company": 71}, "/company", "wrong_type"),
    ("wrong type: list", {"company": [CANARY]}, "/company", "wrong_type"),
    ("wrong type: text", {"candidate": CANARY}, "/candidate", "wrong_type"),
    ("wrong type: object", {"invitees": {CANARY: 1}}, "/invitees", "wrong_type"),
    ("too long", {"company": CANARY * 9}, "/company", "too_long"),
    ("too long", {"own_question": CANARY * 40}, "/own_question", "too_long"),
    ("too long", {"worries": [{"text": CANARY * 40}]}, "/worries/0/text", "too_long"),
    ("two lines", {"company": f"{CANARY}\nAcme"}, "/company", "one_line"),
    ("blank", {"role_title": " \t "}, "/role_title", "too_short"),
    ("too many worries", {"worries": [{"text": CANARY}] * 4}, "/worries", "too_many"),
    ("eleven people", {"invitees": [{"name": CANARY}] * 11}, "/invitees", "too_many"),
    ("NUL", {"company": f"{CANARY}\x00"}, "/company", "forbidden_character"),
    ("no date", {"interviewed_on": CANARY}, "/interviewed_on", "invalid_date"),
    ("no such day", {"interviewed_on": "2026-02-30"}, "/interviewed_on", "invalid_date"),
    ("a number is no date", {"interviewed_on": 0}, "/interviewed_on", "wrong_type"),
    ("a moment is no date", {"closes_on": "2026-11-30T00:00:00Z"}, "/closes_on", "invalid_date"),
    ("closing in the past", {"closes_on": "2026-11-19"}, "/closes_on", "in_the_past"),
    ("closing too late", {"closes_on": "2027-01-20"}, "/closes_on", "too_late"),
    ("interview to come", {"interviewed_on": "2026-11-22"}, "/interviewed_on", "in_the_future"),
    ("k above n", {"anonymity": {"mode": "sealed", "k": 4}}, "/anonymity/k", "out_of_range"),
    ("k of eleven", {"anonymity": {"mode": "sealed", "k": 11}}, "/anonymity/k", "out_of_range"),
    ("k of one", {"anonymity": {"mode": "sealed", "k": 1}}, "/anonymity/k", "out_of_range"),
    ("k of none", {"anonymity": {"mode": "sealed", "k": 0}}, "/anonymity/k", "out_of_range"),
    ("k as text", {"anonymity": {"mode": "sealed", "k": "3"}}, "/anonymity/k", "wrong_type"),
    ("k of signed", {"anonymity": {"mode": "attributed", "k": 3}}, "/anonymity/k", "not_allowed_here"),
    ("too short to be blind", {"anonymity": {"mode": "blind"}, "closes_on": "2026-11-23"}, "/closes_on", "too_early"),
    ("unknown mode", {"anonymity": {"mode": CANARY}}, "/anonymity/mode", "unknown_code"),
    (
        "one is not anonymous",
        {"invitees": [OMAR], "anonymity": {"mode": "sealed"}},
        "/anonymity/mode",
        "too_few_people",
    ),
    ("unknown stage", {"stage": CANARY}, "/stage", "unknown_code"),
    ("unknown role", {"invitees": [{"role": CANARY}]}, "/invitees/0/role", "unknown_code"),
    (
        "mail without an address",
        {"delivery": "mail", "invitees": None, "manager": {"email": "ada@acme.example"}},
        "/candidate/email",
        "required",
    ),
    ("nobody asked", {"invitees": None}, "", "nobody_asked"),
    ("no address", {"candidate": {"name": "Ben Ode", "email": CANARY}}, "/candidate/email", "invalid_format"),
    ("no domain", {"company_domain": f"https://{CANARY}"}, "/company_domain", "invalid_format"),
    ("http link", {"worries": [{"text": "x", "link": f"http://{CANARY}"}]}, "/worries/0/link", "https_only"),
    ("script link", {"worries": [{"text": "x", "link": f"javascript:{CANARY}"}]}, "/worries/0/link", "https_only"),
    (
        "link with a space",
        {"worries": [{"text": "x", "link": f"https://a b{CANARY}"}]},
        "/worries/0/link",
        "invalid_format",
    ),
    ("link of another type", {"worries": [{"text": "x", "link": 5}]}, "/worries/0/link", "wrong_type"),
    (
        "duplicate addresses",
        {"invitees": [{"email": f"{CANARY}@acme.example"}, {"email": f"{CANARY.upper()}@Acme.example"}]},
        "/invitees/1/email",
        "duplicate_address",
    ),
    (
        "the candidate as interviewer",
        {"candidate": {"name": "Ben Ode", "email": "ben@e.test"}, "invitees": [LIN, {"email": "BEN@e.test"}]},
        "/invitees/1/email",
        "duplicate_address",
    ),
    (
        "the manager as interviewer",
        {"manager": {"email": "ada@e.test"}, "invitees": [CLEO, {"email": "ada@e.test"}]},
        "/invitees/1/email",
        "duplicate_address",
    ),
]


ANSWERS: list[tuple[str, dict[str, Any], str, str]] = [
    ("unknown field", {CANARY: 1}, "", "unknown_field"),
    ("unknown field in the answer", {"answer": {**ANSWER, CANARY: 1}}, "/answer", "unknown_field"),
    ("unknown reason", {"answer": {**ANSWER, "reasons": [{"code": CANARY}]}}, "/answer/reasons/0/code", "unknown_code"),
    ("no reason", {"answer": {"if_too_few": "withhold"}}, "/answer/reasons", "required"),
    ("four reasons", {"answer": {**ANSWER, "reasons": [{"code": "other"}] * 4}}, "/answer/reasons", "too_many"),
    (
        "one reason twice",
        {"answer": {**ANSWER, "reasons": [{"code": "not_about_you"}] * 2}},
        "/answer/reasons/1/code",
        "duplicate",
    ),
    (
        "unknown rating",
        {"answer": {**ANSWER, "ratings": {"leadership_influence": CANARY}}},
        "/answer/ratings/leadership_influence",
        "unknown_code",
    ),
    ("rating of something else", {"answer": {**ANSWER, "ratings": {CANARY: "met"}}}, "/answer/ratings", "unknown_code"),
    ("too long", {"answer": {**ANSWER, "advice": CANARY * 199}}, "/answer/advice", "too_long"),
    ("NUL", {"answer": {**ANSWER, "advice": f"{CANARY}\x00"}}, "/answer/advice", "forbidden_character"),
    (
        "a worry that is not there",
        {"answer": {**ANSWER, "worry_replies": [{"worry": 0, "played": "some"}]}},
        "/answer/worry_replies/0/worry",
        "out_of_range",
    ),
    ("consent missing", {"answer": {"reasons": ANSWER["reasons"]}}, "/answer/if_too_few", "required"),
    ("signed where nobody signs", {"answer": {**ANSWER, "signature": CANARY}}, "/answer/signature", "not_allowed_here"),
    (
        "verdict and question",
        {"answer": {**ANSWER, "open_questions": []}},
        "/answer/open_questions",
        "not_allowed_here",
    ),
    ("short nonce", {"nonce": CANARY}, "/nonce", "invalid_format"),
    ("long nonce", {"nonce": "n" * 65}, "/nonce", "invalid_format"),
    ("nonce with a line feed", {"nonce": NONCE + "\n"}, "/nonce", "invalid_format"),
    ("no nonce", {"nonce": None}, "/nonce", "wrong_type"),
    ("long code", {"code": CANARY * 199}, "/code", "too_long"),
    ("code of another type", {"code": 5}, "/code", "wrong_type"),
    ("answer of another type", {"answer": CANARY}, "/answer", "wrong_type"),
    ("pad of another type", {"pad": [CANARY]}, "/pad", "wrong_type"),
]


MANAGER: list[tuple[str, dict[str, Any], str, str]] = [
    ("panels", {"people": 1}, "/people", "out_of_range"),
    ("panels", {"people": 0}, "/people", "out_of_range"),
    ("panels", {"people": -3}, "/people", "out_of_range"),
    ("panels", {"people": 11}, "/people", "out_of_range"),
    ("panels", {"people": "3"}, "/people", "wrong_type"),
    ("panels", {"people": 3.5}, "/people", "wrong_type"),
    ("panels", {"people": True}, "/people", "wrong_type"),
    ("panels", {"people": 3, "shape": CANARY}, "/shape", "unknown_code"),
    ("panels", {"people": 3, "stage": CANARY}, "/stage", "unknown_code"),
    ("panels", {"people": 3, "nonce": CANARY}, "/nonce", "invalid_format"),
    ("panels", {"people": 3, CANARY: 1}, "", "unknown_field"),
    ("team-answers", {"understood": None}, "/understood", "must_be_true"),
    ("team-answers", {"answer": ANSWER}, "/answer/signature", "required"),
    ("team-answers", {"answer": {**SIGNED, CANARY: 1}}, "/answer", "unknown_field"),
    ("team-answers", {"stage": "after_interview", "answer": {"open_questions": []}}, "/answer/signature", "required"),
    ("declines", {"reason": CANARY, "understood": True}, "/reason", "unknown_code"),
    ("declines", {"reason": "no_time"}, "/understood", "required"),
    ("close", {"round_id": CANARY}, "/round_id", "invalid_id"),
    ("close", {}, "/round_id", "required"),
    ("retractions", {"nonce": ""}, "/nonce", "invalid_format"),
    ("view", {CANARY: 1}, "", "unknown_field"),
]
BARE: dict[str, dict[str, Any]] = {
    "view": {},
    "panels": {"nonce": NONCE},
    "team-answers": {"nonce": NONCE, "answer": SIGNED, "understood": True},
    "declines": {"nonce": NONCE},
    "close": {},
    "retractions": {},
}


_JSON = {"content-type": "application/json"}
UNREADABLE: list[tuple[str, bytes, dict[str, str], int, str]] = [
    ("no JSON", f'{{"{CANARY}":'.encode(), _JSON, 400, "malformed_json"),
    ("a member twice", b'{"candidate": {"name": "a", "name": "%s"}}' % CANARY.encode(), _JSON, 400, "duplicate_member"),
    ("a value too many", b"[%s0]" % (b"0," * 1_000), _JSON, 413, "too_large"),
    ("two values", b'{"a": 1} {"b": 2}', _JSON, 400, "malformed_json"),
    ("not UTF-8", b'{"company": "' + CANARY.encode() + b'\xff"}', _JSON, 400, "malformed_json"),
    ("lone surrogate", f'{{"company": "{CANARY}\\ud800"}}'.encode(), _JSON, 400, "malformed_json"),
    ("NaN", b'{"people": NaN}', _JSON, 400, "malformed_json"),
    ("infinity", b'{"people": 1e999}', _JSON, 400, "malformed_json"),
    ("nested deeply", json.dumps(nested(40)).encode(), _JSON, 400, "too_deep"),
    ("nested very deeply", b"[" * 30_000, _JSON, 400, "too_deep"),
    ("10 MB", json.dumps({"company": CANARY * 1_000_000}).encode(), _JSON, 413, "too_large"),
    ("text", f'{{"company": "{CANARY}"}}'.encode(), {"content-type": "text/plain"}, 415, "unsupported_media_type"),
    (
        "a form",
        f"company={CANARY}".encode(),
        {"content-type": "application/x-www-form-urlencoded"},
        415,
        "unsupported_media_type",
    ),
    ("no type", f'{{"company": "{CANARY}"}}'.encode(), {}, 415, "unsupported_media_type"),
    (
        "UTF-16",
        f'{{"company": "{CANARY}"}}'.encode(),
        {"content-type": "application/json; charset=utf-16"},
        415,
        "unsupported_media_type",
    ),
    ("nothing", b"", _JSON, 422, "invalid_request"),
    ("a list", f'["{CANARY}"]'.encode(), _JSON, 422, "invalid_request"),
    ("a text", f'"{CANARY}"'.encode(), _JSON, 422, "invalid_request"),
    ("null", b"null", _JSON, 422, "invalid_request"),
]
