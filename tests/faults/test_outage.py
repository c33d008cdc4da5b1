"""The database goes away and comes back: an honest 503 meanwhile, and the same submission works afterwards, once."""

import asyncio
import resource
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from app.context import Context
from tests.faults.proxy import Wire, fatal, wire
from tests.faults.serving import Client, Reply, Server, Submission, serving, submissions
from tests.faults.storage import ballots_of, sqlite_path
from tests.support.app import round_id

PEOPLE = 10


@contextmanager
def _behind_a_wire(url: str, folder: Path) -> Iterator[tuple[Server, Wire]]:
    there = make_url(url)
    with wire(there.port or 5432) as laid:
        here = there.set(host="127.0.0.1", port=laid.port).render_as_string(hide_password=False)
        with serving(here, folder) as server:
            yield server, laid


def _is_an_outage(reply: Reply) -> bool:
    assert reply.status == 503, reply.body
    assert reply.header("content-type") == "application/problem+json"
    assert reply.header("retry-after") is not None
    assert reply.json["code"] == "database_unavailable"
    return True


def test_refused_and_back(postgresql_url: str, tmp_path: Path) -> None:
    with _behind_a_wire(postgresql_url, tmp_path / "served") as (server, laid):
        client = server.client()
        raised = client.raise_request(invitees=[{"role": "interviewer"}] * PEOPLE)
        sent = submissions(raised)
        assert client.post(sent[0].path, sent[0].body).status == 201

        laid.cut()
        for path in ("answers", "form"):
            proof = sent[1].body if path == "answers" else {"code": sent[1].code}
            _is_an_outage(client.post(f"/v1/rounds/{round_id(raised)}/{path}", proof))
        _is_an_outage(client.send("GET", "/readyz"))
        assert client.send("GET", "/livez").status == 200

        laid.restore()
        assert [client.post(one.path, one.body).status for one in sent] == [200] + [201] * (PEOPLE - 1)
        _each_once(server, postgresql_url, round_id(raised), sent)


def test_turned_away(postgresql_url: str, tmp_path: Path) -> None:
    """A server that is starting, stopping, full or gone in the middle of a greeting is away, not our fault."""
    with _behind_a_wire(postgresql_url, tmp_path / "served") as (server, laid):
        client = server.client()
        raised = client.raise_request(invitees=[{"role": "interviewer"}] * PEOPLE)
        sent = submissions(raised)
        for refusal in (b"", fatal("57P03"), fatal("57P01"), fatal("53300")):
            laid.refusal = refusal
            laid.break_off()
            _is_an_outage(client.post(sent[0].path, sent[0].body))
            _is_an_outage(client.send("GET", "/readyz"))
        laid.refusal = None
        assert [client.post(one.path, one.body).status for one in sent] == [201] * PEOPLE
        _each_once(server, postgresql_url, round_id(raised), sent)


@pytest.mark.parametrize("how", ["broken off", "terminated"])
def test_a_restart_of_the_database_goes_unnoticed(postgresql_url: str, tmp_path: Path, how: str) -> None:
    """Connections that died in the pool are replaced: one of them must not cost anybody an error."""
    with _behind_a_wire(postgresql_url, tmp_path / "served") as (server, laid):
        client = server.client()
        raised = client.raise_request(invitees=[{"role": "interviewer"}] * PEOPLE)
        sent = submissions(raised)
        with ThreadPoolExecutor(PEOPLE) as hands:
            # Fill the pool.
            readers = [server.client() for _ in range(PEOPLE)]
            list(hands.map(lambda one: one.send("GET", "/readyz"), readers))
        for one in sent:
            if how == "broken off":
                laid.break_off()
            else:
                asyncio.run(_terminate_all(postgresql_url))
            assert client.post(one.path, one.body).status == 201
            assert client.send("GET", "/readyz").status == 200
        _each_once(server, postgresql_url, round_id(raised), sent)


def test_a_commit_of_which_nobody_hears(postgresql_url: str, tmp_path: Path) -> None:
    """The worst moment: it is stored, but neither we nor the client can know. The client asks again."""
    with _behind_a_wire(postgresql_url, tmp_path / "served") as (server, laid):
        client = server.client()
        raised = client.raise_request(invitees=[{"role": "interviewer"}] * PEOPLE)
        sent = submissions(raised)
        for one in sent[:3]:
            laid.broken_at = b"COMMIT;"
            _is_an_outage(client.post(one.path, one.body))
            time.sleep(0.5)
            assert client.post(one.path, one.body).status == 200
        assert laid.breaks == 3
        _each_once(server, postgresql_url, round_id(raised), sent[:3])


@pytest.mark.timeout(300)
def test_an_unsteady_wire(postgresql_url: str, tmp_path: Path) -> None:
    with _behind_a_wire(postgresql_url, tmp_path / "served") as (server, laid), ThreadPoolExecutor(6) as hands:
        every = [server.client().raise_request(invitees=[{"role": "interviewer"}] * PEOPLE) for _ in range(30)]
        all_sent = [one for raised in every for one in submissions(raised)]
        done = threading.Event()

        def shake() -> int:
            shaken = 0
            while not done.wait(0.12):
                laid.cut()
                done.wait(0.05)
                laid.restore()
                shaken += 1
            return shaken

        with ThreadPoolExecutor(1) as other:
            shaking = other.submit(shake)
            try:
                seen = list(hands.map(lambda one: _insist(server.client(), one), all_sent))
            finally:
                done.set()
            assert shaking.result(5) > 3
        refused = [status for statuses in seen for status in statuses[:-1]]
        # Or else nothing has been shaken.
        assert refused
        assert set(refused) == {503}, server.output.read_text()
        _each_once(server, postgresql_url, "", all_sent, [UUID(round_id(raised)) for raised in every])


def _insist(client: Client, submission: Submission) -> list[int]:
    """Send it until it is accepted; return what was answered each time."""
    statuses = []
    while True:
        statuses.append(client.post(submission.path, submission.body).status)
        if statuses[-1] in (200, 201) or len(statuses) > 200:
            client.close()
            return statuses
        time.sleep(0.02)


def test_a_full_disk(sqlite_url: str, tmp_path: Path) -> None:
    with serving(sqlite_url, tmp_path / "served") as server:
        client = server.client()
        raised = client.raise_request(invitees=[{"role": "interviewer"}] * PEOPLE)
        sent = submissions(raised)
        assert client.post(sent[0].path, sent[0].body).status == 201

        was = resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        replies = [client.post(one.path, one.body) for one in sent[1:4]]
        shown = client.post(f"/v1/rounds/{round_id(raised)}/form", {"code": sent[1].code})
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, was)

        assert all(_is_an_outage(reply) for reply in replies)
        assert shown.status == 200
        assert [client.post(one.path, one.body).status for one in sent] == [200] + [201] * (PEOPLE - 1)
        _each_once(server, sqlite_url, round_id(raised), sent)


def test_somebody_else_writes_for_a_while(sqlite_url: str, tmp_path: Path) -> None:
    """A backup, or `debrief tick` beside the service: it waits, and nobody gets an error."""
    path = sqlite_path(sqlite_url)
    assert path is not None
    with serving(sqlite_url, tmp_path / "served") as server, ThreadPoolExecutor(PEOPLE) as hands:
        raised = server.client().raise_request(invitees=[{"role": "interviewer"}] * PEOPLE)
        sent = submissions(raised)
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        replies = [hands.submit(server.client().post, one.path, one.body) for one in sent]
        time.sleep(1)
        # Reading goes on meanwhile.
        assert server.client().send("GET", "/readyz").status == 200
        assert not any(reply.done() for reply in replies)
        holder.close()
        assert [reply.result(10).status for reply in replies] == [201] * PEOPLE
        _each_once(server, sqlite_url, round_id(raised), sent)


async def _terminate_all(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()


def _each_once(
    server: Server, url: str, round_: str, sent: list[Submission], round_ids: list[UUID] | None = None
) -> None:
    # The wire may be down for good by now: look at the database itself.
    server.environment["DEBRIEF_DATABASE_URL"] = url
    ballots = asyncio.run(_ballots(server.context(), round_ids or [UUID(round_)]))
    assert len(ballots) == len(sent)
    for one in sent:
        assert sum(one.words.encode() in ballot for ballot in ballots) == 1


async def _ballots(ctx: Context, round_ids: list[UUID]) -> list[bytes]:
    try:
        return await ballots_of(ctx, round_ids)
    finally:
        await ctx.db.close()
