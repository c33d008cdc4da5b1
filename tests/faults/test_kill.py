"""The serving process dies at any instant: what was answered with 2xx is kept, and a repetition adds nothing."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.client import HTTPException
from pathlib import Path
from queue import Empty, SimpleQueue
from random import Random
from threading import Event, Lock, Thread
from time import sleep
from typing import Self
from uuid import UUID

from app.context import Context
from app.jobs import run_tick
from tests.faults.serving import Client, Server, Submission, serving, submissions
from tests.faults.storage import ballots_of
from tests.support.app import round_id

SEED = 20261125
REQUESTS = 30
PEOPLE = 10
CLIENTS = 6
KILLS = 6


class Crowd:
    """Clients that send what waits, each submission until it is accepted, as a page does that keeps its nonce."""

    def __init__(self, server: Server, waiting: list[Submission], moments: Iterator[int]) -> None:
        self._server = server
        self._waiting: SimpleQueue[Submission] = SimpleQueue()
        for submission in waiting:
            self._waiting.put(submission)
        self._lock = Lock()
        self._moments = moments
        self._next = next(moments)
        self._sent = 0
        self.moment = Event()
        self.accepted: list[tuple[Submission, int]] = []
        self.cut_off = 0
        self.refused: list[int] = []
        self._threads = [Thread(target=self._work) for _ in range(CLIENTS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        for thread in self._threads:
            thread.join(60)

    def _work(self) -> None:
        client = self._server.client()
        while True:
            try:
                submission = self._waiting.get_nowait()
            except Empty:
                break
            self._insist(client, submission)

    def _insist(self, client: Client, submission: Submission) -> None:
        self._count()
        while True:
            try:
                status = client.post(submission.path, submission.body).status
            except ConnectionRefusedError:  # Nobody serves at the moment.
                sleep(0.05)
            except (OSError, HTTPException):  # It was sent, and whether it was stored nobody has said.
                with self._lock:
                    self.cut_off += 1
            else:
                with self._lock:
                    if status not in (200, 201):
                        self.refused.append(status)
                    self.accepted.append((submission, status))
                return

    def _count(self) -> None:
        with self._lock:
            self._sent += 1
            if self._sent >= self._next and not self.moment.is_set():
                self._next = self._sent + next(self._moments)
                self.moment.set()


def test_what_was_accepted_survives_and_is_there_once(
    database_url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    record_property("seed", SEED)
    chance = Random(SEED)
    with serving(database_url, tmp_path / "served") as server:
        candidate = server.client()
        raised = [candidate.raise_request(invitees=[{"role": "interviewer"}] * PEOPLE) for _ in range(REQUESTS)]
        all_of_them = [submission for one in raised for submission in submissions(one)]
        chance.shuffle(all_of_them)

        with Crowd(server, all_of_them, iter(lambda: chance.randint(25, 45), None)) as crowd:
            for _ in range(KILLS):
                assert crowd.moment.wait(30), "everything was sent before the process could be killed"
                sleep(chance.uniform(0, 0.01))
                _kill_and_restart(server)
                crowd.moment.clear()

        assert crowd.refused == []
        assert Counter(submission for submission, _ in crowd.accepted) == Counter(all_of_them)
        # Or else it was killed while nothing was under way, and nothing has been shown.
        assert crowd.cut_off >= KILLS
        asyncio.run(_look_into_the_boxes(server.context(), [UUID(round_id(one)) for one in raised], all_of_them))

        candidate = server.client()
        again = [candidate.post(one.path, one.body).status for one in all_of_them[::10]]
        assert set(again) == {200}
        asyncio.run(_release(server.context()))
        shown = [
            answer["reasons"][0]["detail"]
            for one in raised
            for answer in candidate.feedback(one)["rounds"][0]["answers"]
        ]
        assert sorted(shown) == sorted(one.words for one in all_of_them)


def _kill_and_restart(server: Server) -> None:
    server.kill()
    server.start()


async def _look_into_the_boxes(ctx: Context, round_ids: list[UUID], sent: list[Submission]) -> None:
    try:
        ballots = await ballots_of(ctx, round_ids)
    finally:
        await ctx.db.close()
    assert len(ballots) == len(sent)
    for one in sent:
        assert sum(one.words.encode() in ballot for ballot in ballots) == 1


async def _release(ctx: Context) -> None:
    try:
        await run_tick(ctx, ctx.clock.now() + timedelta(days=9))
    finally:
        await ctx.db.close()
