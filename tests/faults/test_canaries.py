"""Marked secrets and words, looked for in every byte that the service leaves behind."""

import asyncio
import base64
import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from app.blinding.receipt import new_receipt
from app.jobs import run_tick
from app.sealing.keystore import KeyName, Purpose
from tests.faults.serving import Client, Server, serving
from tests.faults.storage import (
    as_bytes,
    dump,
    empty_log,
    files_below,
    postgresql_files,
    sqlite_files,
    sqlite_path,
)
from tests.support.app import as_candidate, codes, manager_code, round_id

PEOPLE = 4
# One that no other test of this machine uses; it comes through a proxy that is trusted.
ADDRESS = "198.51.100.77"


def _mark() -> str:
    return f"canary{uuid4().hex}"


@dataclass
class Marks:
    """What is looked for."""

    agents: list[str] = field(default_factory=lambda: [f"Browser/{_mark()}" for _ in range(PEOPLE)])
    nonces: list[str] = field(default_factory=lambda: [_mark() for _ in range(PEOPLE + 2)])
    tags: list[str] = field(default_factory=lambda: [new_receipt().tag(uuid4()) for _ in range(PEOPLE)])
    words: list[str] = field(default_factory=lambda: [_mark() for _ in range(PEOPLE)])
    names: list[str] = field(default_factory=lambda: [f"Omar {_mark()}" for _ in range(PEOPLE)])
    mails: list[str] = field(default_factory=lambda: [f"{_mark()}@acme.example" for _ in range(PEOPLE)])
    candidate_mail: str = field(default_factory=lambda: f"{_mark()}@example.test")
    manager_mail: str = field(default_factory=lambda: f"{_mark()}@acme.example")
    refused: str = field(default_factory=_mark)
    pad: str = field(default_factory=_mark)
    # What the service has made: the codes of all links, and the token of the candidate.
    codes: list[str] = field(default_factory=list)
    token: str = ""

    def never(self) -> Iterator[str]:
        """What may not be anywhere at any time."""
        yield from (ADDRESS, self.refused, self.pad, self.manager_mail)
        for several in (self.agents, self.nonces, self.tags, self.names, self.mails, self.codes):
            yield from several


def _forms(mark: str) -> dict[str, bytes]:
    """Return how a secret may look where somebody stored it "safely"."""
    raw = mark.encode()
    digest = hashlib.sha256(raw).digest()
    return {
        "plain": raw,
        "lower": raw.lower(),
        "hex": raw.hex().encode(),
        "base64": base64.b64encode(raw).rstrip(b"=")[:-1],
        "digest": digest,
        "digest in hex": digest.hex().encode(),
        "digest in base64": base64.b64encode(digest).rstrip(b"="),
        "utf-16": mark.encode("utf-16-le"),
    }


class Search:
    """Looks for marks in everything that lies around."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._folder = folder
        self._sqlite = sqlite_path(url)
        self._postgresql = None if self._sqlite else asyncio.run(postgresql_files(url))

    async def places(self) -> dict[str, bytes]:
        """Return every byte there is, by where it lies."""
        found = {"dump": as_bytes(await dump(self._url))} | files_below(self._folder)
        return found | (sqlite_files(self._sqlite) if self._sqlite else {})

    async def must_not_find(self, marks: Iterable[str], places: dict[str, bytes]) -> None:
        """Fail with the place and the form, never in doubt which."""
        wanted = [(mark, form, looks) for mark in marks for form, looks in _forms(mark).items()]
        assert _hits(wanted, places) == []

    async def must_not_find_deep_down(self, marks: Iterable[str]) -> None:
        """The same for the files of PostgreSQL, which are long: as it is written, and as PostgreSQL prints bytes."""
        if self._postgresql is not None:
            wanted = [
                (mark, form, looks)
                for mark in marks
                for form, looks in _forms(mark).items()
                if form in ("plain", "hex")
            ]
            assert _hits(wanted, await self._postgresql.read()) == []


def _hits(wanted: list[tuple[str, str, bytes]], places: dict[str, bytes]) -> list[tuple[str, str, str]]:
    return [
        (place, form, mark) for place, content in places.items() for mark, form, looks in wanted if looks in content
    ]


def _count(word: str, content: bytes) -> int:
    return content.count(word.encode())


def _answers(marks: Marks, index: int) -> dict[str, Any]:
    return {
        "code": marks.codes[index],
        "nonce": marks.nonces[index],
        "receipt_tag": marks.tags[index],
        "answer": {
            "reasons": [{"code": "other", "detail": f"In my own words: {marks.words[index]}"}],
            "if_too_few": "withhold",
        },
        "pad": marks.pad,
    }


def _use_everything(server: Server, marks: Marks, raised: dict[str, Any]) -> None:
    """Open, try, answer, repeat, decline and go wrong in every way, each person from their own browser."""
    path = f"/v1/rounds/{round_id(raised)}"
    forwarded = {"X-Forwarded-For": f"203.0.113.9, {ADDRESS}"}
    for index, code in enumerate(marks.codes[:PEOPLE]):
        browser = server.client({**forwarded, "User-Agent": marks.agents[index], "Referer": f"http://x/{code}"})
        good = _answers(marks, index)
        wrong = {**good, "answer": {**good["answer"], "reasons": [{"code": marks.refused}], marks.refused: 1}}
        expected = {
            "form": ({"code": code, "pad": marks.pad}, 200),
            "preview": ({"code": code, "answer": good["answer"]}, 200),
            "answers": (wrong, 422),
            "declines": ({"code": code, "nonce": marks.nonces[index], "reason": marks.refused}, 422),
            "retractions": ({"code": code, "nonce": marks.nonces[index], marks.refused: marks.refused}, 422),
        }
        for route, (body, status) in expected.items():
            assert browser.post(f"{path}/{route}", body).status == status, route
        if index < 3:
            assert browser.post(f"{path}/answers", good).status == 201
            assert browser.post(f"{path}/answers", good).status == 200
            assert browser.post(f"{path}/answers", {**good, "nonce": marks.nonces[-1]}).status == 409
        else:
            decline = {"code": code, "nonce": marks.nonces[index], "reason": "no_time", "understood": True}
            assert browser.post(f"{path}/declines", decline).status == 201
        assert browser.send("POST", f"{path}/answers", b'{"code": "' + code.encode()).status == 400
        assert browser.send("GET", f"{path}/answers").status == 405
        assert browser.send("GET", f"/r/{round_id(raised)}%23c={code}").status in (200, 404)
        assert browser.post(f"/v1/rounds/{uuid4()}/answers", good).status == 404
        assert browser.post(f"{path}/answers", {**good, "pad": "x" * 70_000}).status == 413
        assert browser.post(f"/v1/manager/{raised['id']}/view", {"code": marks.codes[-1]}).status == 200


def _raise(candidate: Client, marks: Marks, **over: Any) -> dict[str, Any]:
    raised = candidate.raise_request(
        candidate={"name": "Ben Ode", "email": marks.candidate_mail},
        manager={"name": "Ada Ruiz", "email": marks.manager_mail},
        invitees=[
            {"role": "interviewer", "name": name, "email": mail}
            for name, mail in zip(marks.names, marks.mails, strict=True)
        ],
        **over,
    )
    marks.codes = [*codes(raised), manager_code(raised)]
    marks.token = raised["manage_token"]
    return raised


def test_nothing_lies_around(database_url: str, tmp_path: Path) -> None:
    marks = Marks()
    temporary = tmp_path / "served" / "tmp"
    temporary.mkdir(parents=True)
    environment = {
        "TMPDIR": str(temporary),
        "DEBRIEF_LOG_LEVEL": "DEBUG",
        "DEBRIEF_TRUSTED_PROXIES": "127.0.0.1/32",
        # On, so that addresses are looked at; never reached.
        "DEBRIEF_ANONYMOUS_RATE": "60000",
    }
    with serving(database_url, tmp_path / "served", **environment) as server:
        search = Search(database_url, tmp_path / "served")
        candidate = server.client()
        raised = _raise(candidate, marks)
        _use_everything(server, marks, raised)
        asyncio.run(_sealed(search, marks))
        asyncio.run(_release(server))
        shown = candidate.feedback(raised)["rounds"][0]["answers"]
        assert len(shown) == 3
        asyncio.run(_released(search, marks, database_url))
        path = f"/v1/feedback-requests/{raised['id']}"
        assert candidate.send("DELETE", path, headers=as_candidate(raised)).status == 204
        asyncio.run(_erased(search, marks))


async def _sealed(search: Search, marks: Marks) -> None:
    places = await search.places()
    await search.must_not_find([*marks.never(), *marks.words], places)
    await search.must_not_find_deep_down([*marks.never(), *marks.words, marks.token])
    # The token of the candidate is stored as a digest, which is all that there is of it.
    assert not any(_count(marks.token, content) for content in places.values())
    # The candidate's address has one place, and the search finds what is there.
    assert _count(marks.candidate_mail, places["dump"]) == 1
    logs = [content for place, content in places.items() if place.endswith("output")]
    assert logs
    assert not any(_count(marks.candidate_mail, content) for content in logs)


async def _released(search: Search, marks: Marks, url: str) -> None:
    path = sqlite_path(url)
    if path is not None:
        empty_log(path)
    places = await search.places()
    await search.must_not_find(marks.never(), places)
    await search.must_not_find_deep_down(marks.never())
    for number, word in enumerate(marks.words):
        copies = 1 if number < 3 else 0
        assert _count(word, places["dump"]) == copies
        if path is not None:
            assert _count(word, places[path.name]) == copies
        # Logs, keys and temporary files have none.
        assert not any(_count(word, content) for place, content in places.items() if "served" in place)


async def _erased(search: Search, marks: Marks) -> None:
    places = await search.places()
    await search.must_not_find(marks.never(), places)
    for word in (*marks.words, marks.candidate_mail):
        for place, content in places.items():
            # Not looked for in the files of PostgreSQL: until it vacuums, it keeps what was deleted.
            assert _count(word, content) == 0, place


async def _release(server: Server) -> None:
    ctx = server.context()
    try:
        await run_tick(ctx, ctx.clock.now() + timedelta(days=9))
    finally:
        await ctx.db.close()


def test_what_goes_wrong_inside_tells_nothing(sqlite_url: str, tmp_path: Path) -> None:
    """A 503 and a 500 are logged: as an event and a place in the code, without anything that was sent or stored."""
    marks = Marks()
    with serving(sqlite_url, tmp_path / "served", DEBRIEF_LOG_LEVEL="DEBUG") as server:
        client = server.client({"User-Agent": marks.agents[0]})
        raised = _raise(client, marks)
        path = f"/v1/rounds/{round_id(raised)}"
        key = server.data / "keys" / str(KeyName(Purpose.ROUND, UUID(round_id(raised))))
        # A wrong key, a row that misses something, one that is no JSON.
        for briefing, secret, status in ((None, bytes(32), 503), ("{}", None, 500), ("[", None, 500)):
            with _broken(sqlite_url, key, briefing, secret):
                for route, body in (("answers", _answers(marks, 0)), ("form", {"code": marks.codes[0]})):
                    assert client.post(f"{path}/{route}", body).status == status
        assert client.post(f"{path}/answers", _answers(marks, 0)).status == 201
        # It was logged, or there was nothing to look into.
        logged = server.output.read_text()
        assert logged.count("anonymous_5xx") == 6
        assert "app/rounds/invitee.py" in logged
        asyncio.run(_nowhere(Search(sqlite_url, tmp_path / "served"), marks))


@contextmanager
def _broken(url: str, key: Path, briefing: str | None, secret: bytes | None) -> Iterator[None]:
    """Break a row or a key, and mend it afterwards."""
    path = sqlite_path(url)
    assert path is not None
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        ((kept_briefing,),) = connection.execute("SELECT briefing FROM rounds").fetchall()
        kept_key = key.read_bytes()
        connection.execute("UPDATE rounds SET briefing = ?", (briefing or kept_briefing,))
        key.write_bytes(secret or kept_key)
        yield
        connection.execute("UPDATE rounds SET briefing = ?", (kept_briefing,))
        key.write_bytes(kept_key)


async def _nowhere(search: Search, marks: Marks) -> None:
    await search.must_not_find([*marks.never(), *marks.words], await search.places())
