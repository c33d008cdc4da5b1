"""Scanners, previewers and prefetchers follow every link and press every button: no byte changes, no link is spent."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.faults.storage import Dump, dump, sqlite_files, sqlite_path
from tests.support.app import (
    CLEO,
    LIN,
    OMAR,
    Running,
    an_app,
    as_candidate,
    codes,
    manager_code,
    nonce,
    raise_request,
    read_feedback,
    round_id,
    send,
    tick,
)
from tests.vocabulary.builders import a_sealed_answer, a_signed_answer

# What is typed into the fields of a form by machines that fill forms.
_DUMMIES: tuple[dict[str, Any], ...] = (
    {},
    {"code": ""},
    {"nonce": "test", "answer": {}},
    {"nonce": "a" * 22, "answer": {"reasons": [{"code": "other", "detail": "test"}]}, "understood": True},
    {"nonce": "a" * 22, "answer": {"reasons": [{"code": "not_about_you"}]}},
    {"nonce": "a" * 22, "answer": {"if_too_few": "withhold"}},
    {"nonce": "a" * 22, "reason": "other"},
    {"nonce": "a" * 22, "reason": "other", "understood": False},
    {"nonce": "a" * 22, "reason": "test", "understood": True},
    {"nonce": "a" * 22, "stage": "after_decision", "people": 1},
    {"round_id": "test"},
)


async def _bytes_of(url: str, *, locks: bool = True) -> tuple[Dump, dict[str, bytes]]:
    path = sqlite_path(url)
    # The index of SQLite's log is where its readers note that they read.
    files = sqlite_files(path) if path else {}
    return await dump(url, locks=locks), {name: content for name, content in files.items() if not name.endswith("-shm")}


async def _paths(app: Running, raised: dict[str, Any]) -> list[str]:
    """Return every path that a link or the contract leads to."""
    # Whatever else a path names, a scanner makes up.
    ids = defaultdict(lambda: str(uuid4()), request_id=raised["id"], round_id=round_id(raised))
    contract = (await app.client.get("/openapi.json")).json()
    paths = [template.format_map(ids) for template in contract["paths"]]
    return [*paths, *_links(raised), "/", "/openapi.json", "/docs", "/favicon.ico", "/robots.txt", "/metrics"]


def _links(raised: dict[str, Any]) -> Iterator[str]:
    for link in raised["links"]:
        path, _, code = link["url"].partition("://")[2].partition("/")[2].partition("#")
        # As they stand, and as gateways and mail programs are known to rewrite them.
        yield from (f"/{path}", f"/{path}/", f"/{path}?{code}", f"/{path}%23{code}", f"/{path}%2523{code}")


# What kinds of links there are: of three people without names, of three who sign, and one for a whole team.
KINDS = ("sealed", "attributed", "team")


async def _raised(app: Running, kind: str) -> dict[str, Any]:
    raised = await raise_request(
        app.client,
        manager={"name": "Ada Ruiz"},
        invitees=None if kind == "team" else [OMAR, LIN, CLEO],
        anonymity={"mode": "attributed"} if kind == "attributed" else None,
    )
    if kind == "team":
        body = {"code": manager_code(raised), "nonce": nonce(), "people": 3, "shape": "team"}
        panel = (await app.client.post(f"/v1/manager/{raised['id']}/panels", json=body)).json()
        raised["rounds"].append(panel["round"])
        raised["links"] += [{**link, "role": "other"} for link in panel["links"]] * 3
    # One use of three is spent: there is something that could be lost.
    assert (await _send(app, raised, kind, 0)).status_code == 201
    return raised


async def _send(app: Running, raised: dict[str, Any], kind: str, index: int) -> httpx.Response:
    answer = a_signed_answer() if kind == "attributed" else a_sealed_answer()
    return await send(app.client, round_id(raised), codes(raised)[index], answer)


async def _every_link_still_works(app: Running, raised: dict[str, Any], kind: str) -> None:
    view = await app.client.post(f"/v1/manager/{raised['id']}/view", json={"code": manager_code(raised)})
    assert view.status_code == 200
    for index in (1, 2):
        assert (await _send(app, raised, kind, index)).status_code == 201
    app.clock.advance(days=9)
    await tick(app)
    answers = (await read_feedback(app.client, raised))["rounds"][0]["answers"]
    assert len(answers) == 3


@pytest.mark.parametrize("kind", KINDS)
async def test_reading_changes_nothing(database_url: str, tmp_path: Path, kind: str) -> None:
    async with an_app(database_url, tmp_path) as app:
        raised = await _raised(app, kind)
        before = await _bytes_of(database_url)
        read = 0
        for path in await _paths(app, raised):
            for method in ("GET", "HEAD", "OPTIONS"):
                for headers in ({}, as_candidate(raised)):
                    response = await app.client.request(method, path, headers=headers)
                    assert response.status_code < 500
                    read += 1
        assert read > 200
        assert await _bytes_of(database_url) == before
        await _every_link_still_works(app, raised, kind)


@pytest.mark.parametrize("kind", ["sealed", "attributed"])
async def test_pressing_every_button_with_nonsense_changes_nothing(
    database_url: str, tmp_path: Path, kind: str
) -> None:
    async with an_app(database_url, tmp_path) as app:
        raised = await _raised(app, kind)
        round_path, manager_path = f"/v1/rounds/{round_id(raised)}", f"/v1/manager/{raised['id']}"
        anonymous = [path for path in await _paths(app, raised) if path.startswith((round_path, manager_path))]
        assert len(anonymous) >= 12
        before = await _bytes_of(database_url, locks=False)
        for path in [*anonymous, *_links(raised), "/v1/feedback-requests"]:
            for body in _bodies(raised):
                response = await app.client.post(path, **body)
                assert response.status_code < 500
                # What only shows something may do so, to whoever has the real code.
                shows = path.endswith(("/form", "/preview", "/view", "/panel-messages", "/replies")) or path.startswith(
                    ("/r/", "/q/")
                )
                assert response.status_code >= 400 or shows
            for method in ("PUT", "PATCH", "DELETE"):
                assert (await app.client.request(method, path)).status_code in (401, 404, 405)
        assert await _bytes_of(database_url, locks=False) == before
        await _every_link_still_works(app, raised, kind)


def _bodies(raised: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what is sent: nothing, forms, broken JSON, and dummies with no, a wrong, a spent and each real code."""
    yield from ({}, {"content": b""}, {"data": {"code": codes(raised)[1]}}, {"content": b"{", "headers": _JSON})
    nothings: tuple[object, ...] = (None, [], "", 0)
    yield from ({"json": value} for value in nothings)
    for code in (None, "test", "0" * 26, *codes(raised), manager_code(raised)):
        for dummy in _DUMMIES:
            yield {"json": dummy if code is None else {**dummy, "code": code}}


_JSON = {"Content-Type": "application/json"}
