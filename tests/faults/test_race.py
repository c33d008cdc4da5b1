"""Many at once on the same links: nothing lost, nothing doubled, one winner for each code."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

from app.jobs import run_tick
from tests.faults.serving import Client, Reply, Submission, serving, submissions
from tests.support.app import nonce

PEOPLE = 8
ROUNDS = 25


def _three_hands(mine: Submission) -> list[Submission]:
    """Return a submission, the same again, and that of somebody who got hold of the same link."""
    return [mine, mine, replace(mine, nonce=nonce(), words=f"{mine.words} rival")]


def test_every_link_has_one_winner_and_every_winner_is_kept(database_url: str, tmp_path: Path) -> None:
    together = Barrier(3 * PEOPLE)

    def press_send(client: Client, submission: Submission) -> Reply:
        together.wait(30)
        return client.post(submission.path, submission.body)

    with serving(database_url, tmp_path / "served") as server, ThreadPoolExecutor(3 * PEOPLE) as hands:
        candidate = server.client()
        clients = [server.client() for _ in range(3 * PEOPLE)]
        won: list[tuple[dict[str, Any], list[str]]] = []
        for _ in range(ROUNDS):
            raised = candidate.raise_request(invitees=[{"role": "interviewer"}] * PEOPLE)
            sent = [hand for mine in submissions(raised) for hand in _three_hands(mine)]
            replies = list(hands.map(press_send, clients, sent))
            won.append((raised, _winners(sent, replies)))

        asyncio.run(_release_all(server.context()))

        for raised, words in won:
            (round_,) = candidate.feedback(raised)["rounds"]
            assert round_["participation"]["answered"] == PEOPLE
            assert sorted(answer["reasons"][0]["detail"] for answer in round_["answers"]) == sorted(words)


def _winners(sent: list[Submission], replies: list[Reply]) -> list[str]:
    words = []
    for start in range(0, len(sent), 3):
        mine, again, rival = (reply.status for reply in replies[start : start + 3])
        if rival == 201:
            assert (mine, again) == (409, 409)
            words.append(sent[start + 2].words)
        else:
            assert rival == 409
            assert Counter((mine, again)) == Counter((201, 200))
            # Whoever repeats a submission can't tell from the answer that it was one.
            assert replies[start].body == replies[start + 1].body
            words.append(sent[start].words)
    return words


async def _release_all(to: Any) -> None:
    try:
        report = await run_tick(to, to.clock.now() + timedelta(days=9))
        assert sum(report.ended.values()) == ROUNDS
    finally:
        await to.db.close()
