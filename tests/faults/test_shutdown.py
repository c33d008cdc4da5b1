"""The process is asked to end: it does so soon, and whoever was told 201 before is kept."""

import asyncio
import socket
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from threading import Event
from uuid import UUID

import asyncpg

from app.context import Context
from tests.faults.serving import Server, Submission, serving, submissions
from tests.faults.storage import ballots_of, sqlite_path
from tests.support.app import round_id

ENDS_WITHIN = 10.0
PEOPLE = 10


@contextmanager
def _nobody_can_write(url: str) -> Iterator[None]:
    """Hold the lock that every submission waits for."""
    path = sqlite_path(url)
    if path is not None:
        holder = sqlite3.connect(path, isolation_level=None)
        try:
            holder.execute("BEGIN IMMEDIATE")
            yield
        finally:
            holder.close()
        return
    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(url))
        try:
            runner.run(connection.execute("BEGIN; LOCK TABLE boxes IN EXCLUSIVE MODE"))
            yield
        finally:
            runner.run(connection.close())


def test_what_was_under_way_is_finished_and_kept(database_url: str, tmp_path: Path) -> None:
    with serving(database_url, tmp_path / "served") as server, ThreadPoolExecutor(PEOPLE) as hands:
        raised = server.client().raise_request(invitees=[{"role": "interviewer"}] * PEOPLE)
        sent = submissions(raised)
        idle = server.client()
        idle.send("GET", "/livez")
        with _nobody_can_write(database_url):
            replies = [hands.submit(server.client().post, one.path, one.body) for one in sent]
            time.sleep(0.5)
            assert not any(reply.done() for reply in replies)
            began = time.monotonic()
            server.terminate()
            time.sleep(0.5)
            # It waits for them, and takes no new ones.
            assert server.process is not None
            assert server.process.poll() is None
        server.process.wait(ENDS_WITHIN)
        assert time.monotonic() - began < ENDS_WITHIN
        assert [reply.result(1).status for reply in replies] == [201] * PEOPLE
        ballots = asyncio.run(_ballots(server.context(), round_id(raised)))
        assert sorted(_words(ballots, sent)) == sorted(one.words for one in sent)


def test_it_ends_although_somebody_never_stops(database_url: str, tmp_path: Path) -> None:
    """A crowd that goes on sending, a client that never finishes its request, and one that never reads."""
    stop = Event()
    accepted: list[Submission] = []

    def insist(server: Server, sent: list[Submission]) -> None:
        client = server.client()
        for one in sent * 500:
            if stop.is_set():
                return
            try:
                if client.post(one.path, one.body).status in (200, 201):
                    accepted.append(one)
            except (OSError, HTTPException):
                return

    with serving(database_url, tmp_path / "served") as server, ThreadPoolExecutor(4) as hands:
        every = [server.client().raise_request(invitees=[{"role": "interviewer"}] * PEOPLE) for _ in range(4)]
        all_sent = [submissions(raised) for raised in every]
        with socket.create_connection(("127.0.0.1", server.port)) as slow:
            head = f"POST {all_sent[0][0].path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            slow.sendall(f"{head}Content-Length: 5000\r\n\r\n".encode() + b'{"code": ')
            working = [hands.submit(insist, server, sent) for sent in all_sent]
            time.sleep(0.3)
            began = time.monotonic()
            server.terminate()
            assert server.process is not None
            server.process.wait(ENDS_WITHIN)
            assert time.monotonic() - began < ENDS_WITHIN
        stop.set()
        for one in working:
            one.result(10)
        assert accepted
        for raised, sent in zip(every, all_sent, strict=True):
            ballots = asyncio.run(_ballots(server.context(), round_id(raised)))
            kept = _words(ballots, sent)
            assert len(kept) == len(set(kept)) == len(ballots)
            assert {one.words for one in accepted if one in sent} <= set(kept)


def _words(ballots: list[bytes], sent: list[Submission]) -> list[str]:
    return [one.words for ballot in ballots for one in sent if one.words.encode() in ballot]


async def _ballots(ctx: Context, round_: str) -> list[bytes]:
    try:
        return await ballots_of(ctx, [UUID(round_)])
    finally:
        await ctx.db.close()
