"""Forbidden fields: a mark in each of them, at every depth, is in no file, no log and no response."""

import copy
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.faults.storage import as_bytes, dump, files_below, sqlite_files, sqlite_path
from tests.support.neutral_ats import START, a_snapshot, acme, an_event

FORBIDDEN = (
    "eeoc",
    "demographic",
    "demographics",
    "demographic_questions",
    "race",
    "gender",
    "veteran",
    "veteran_status",
    "disability",
    "disability_status",
    "date_of_birth",
    "photo_url",
    "ssn",
    "answers",
    "custom_fields",
    "keyed_custom_fields",
    "attachments",
    "resume",
    "resume_url",
    "scorecard",
    "scorecards",
    "feedback",
    "feedback_forms",
    "notes",
    "remote_data",
)


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in a body, including the body."""
    if isinstance(value, dict):
        yield value
        for inner in list(value.values()):
            yield from objects_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects_in(inner)


def planted(body: dict[str, Any], mark: str) -> dict[str, Any]:
    """Return the body with every forbidden field in each of its objects, as a text, in a list and as a name."""
    whole = copy.deepcopy(body)
    for place in list(objects_in(whole)):
        for number, key in enumerate(FORBIDDEN):
            place[key] = (f"{mark} {key}", [f"{mark} {key}"], {f"{mark} {key}": {"value": mark}})[number % 3]
    return whole


async def test_forbidden_fields_are_stored_nowhere(
    database_url: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    mark = f"canary{uuid4().hex}"
    caplog.set_level(logging.DEBUG)
    async with acme(database_url, tmp_path) as ats:
        snapshot = a_snapshot()
        interview = {**snapshot["interviews"][0], "application_remote_id": "a1"}
        late = (START.replace(year=2999)).isoformat()
        sent = [
            ("PUT", "/applications/a1", planted(snapshot, mark), 201),
            ("PUT", "/interviews/i1", planted(interview, mark), 200),
            ("POST", "/events", planted(an_event("e1", "application.rejected", snapshot), mark), 202),
            # The same for refused and unauthorised requests.
            ("POST", "/events", planted(an_event("e2", "scorecard.submitted", snapshot), mark), 202),
            ("POST", "/events", planted({**an_event("e3", "ping"), "occurred_at": late}, mark), 422),
            ("PUT", "/applications/a1", planted({**snapshot, "application": {"status": mark}}, mark), 422),
            ("POST", "/candidates/ben/merge", planted({"into_remote_id": "b"}, mark), 422),
        ]
        found = []
        for method, path, body, status in sent:
            answer = await ats.ask(method, path, body)
            assert answer.status_code == status, answer.text
            found += [answer.content, repr(answer.headers).encode()]
        known = (await ats.dossier()).model_dump_json()
        # The message itself was accepted.
        assert "ben@example.test" in known
        found.append(known.encode())
        rows = await dump(database_url)
        assert rows["ats_applications"]
        found.append(as_bytes(rows))
        found += files_below(tmp_path).values()
        file = sqlite_path(database_url)
        if file is not None:
            found += sqlite_files(file).values()
    out, err = capfd.readouterr()
    found += [out.encode(), err.encode(), caplog.text.encode()]
    assert [one for one in found if mark.encode() in one] == []
    assert "/v1/ats/applications/{remote_id}" in out + err + caplog.text


async def test_application_data_is_encrypted_at_rest(database_url: str, tmp_path: Path) -> None:
    async with acme(database_url, tmp_path) as ats:
        await ats.tell(an_event("e1", "application.rejected", a_snapshot()))
        rows = await dump(database_url)
        cells = [as_bytes(rows)]
        file = sqlite_path(database_url)
        cells += sqlite_files(file).values() if file is not None else []
        for word in (b"Ben Ode", b"ben@example.test", b"Haddad", b"omar@acme.test", b"Technical writer"):
            assert [one for one in cells if word.lower() in one.lower()] == []
