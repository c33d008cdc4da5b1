"""Matches: rounds played in batches, and the verdict on each adversary."""

import asyncio
import os
import random
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from tests.reidentification.features import Level, View, gather, views
from tests.reidentification.statistic import Verdict, judge
from tests.reidentification.told import OTHER_STEPS, Played
from tests.reidentification.world import Batch, Rules, a_world
from tests.support import databases

# Rounds that share a dump. More would need more memory.
TOGETHER = 50
# Nobody pulls the plug in a game: a disk would only have to wait for it.
_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
_WITH_KEYS = {Level.ONE_KEY, Level.KEYS}
FreshDatabase = Callable[[Path], AbstractContextManager[str]]


@dataclass(frozen=True)
class Match:
    """Parameters of a match: rules, number of rounds, adversaries, kind of database, seed."""

    rules: Rules
    rounds: int
    levels: tuple[Level, ...]
    database: str
    seed: int


@contextmanager
def places(wanted: Collection[str] = ("sqlite", "postgresql")) -> Iterator[dict[str, FreshDatabase]]:
    """Yield where matches can be played: always in files; on a server, too, if it is wanted and there is one.

    Within a run of the tests they begin with the databases that were migrated for all of them.
    """
    serving = databases.postgresql_server() if "postgresql" in wanted else nullcontext()
    known = os.environ.get("DEBRIEF_TEST_TEMPLATES")
    with serving as server, nullcontext(known) if known else databases.templates(server) as folder:
        found: dict[str, FreshDatabase] = {"sqlite": lambda place: databases.fresh_sqlite(folder, place)}
        if server is not None:
            found["postgresql"] = lambda _place: databases.fresh_postgresql(server, folder)
        yield found


async def _batch(match: Match, url: str, folder: Path, rounds: int, dice: random.Random) -> Batch:
    with_keys = bool(_WITH_KEYS.intersection(match.levels))
    async with a_world(match.rules, url, folder, dice, with_keys=with_keys) as world:
        return await world.play(rounds)


def play_match(match: Match, fresh: FreshDatabase) -> dict[Level, Verdict]:
    """Play all rounds; return the verdict on each adversary."""
    dice = random.Random(match.seed)
    seen: dict[Level, list[View]] = {level: [] for level in match.levels}
    truths: list[list[int]] = []
    moved: list[str] = []
    left = match.rounds
    while left > 0:
        with tempfile.TemporaryDirectory(prefix="debrief_game_", dir=_MEMORY) as folder, fresh(Path(folder)) as url:
            batch = asyncio.run(_batch(match, url, Path(folder), min(TOGETHER, left), dice))
        left -= TOGETHER
        whole = [played for played in batch.rounds if played.truth]
        evidence = gather(batch)
        for level in match.levels:
            of_all = dict(zip((played.index for played in batch.rounds), views(evidence, level), strict=True))
            seen[level] += [of_all[played.index] for played in whole]
        truths += [played.truth for played in whole]
        moved += [found for played in batch.rounds for found in _moved(played, batch.before_closing)[:1]]
    if moved.count(OTHER_STEPS) * 10 < match.rounds:
        # A cache or a connection may cost a step once. What depends on answers does so in most rounds.
        moved = [found for found in moved if found != OTHER_STEPS]
    if len(truths) * 10 < match.rounds * 9:
        raise RuntimeError(f"only {len(truths)} of {match.rounds} rounds were released whole: the game proves nothing")
    # Dice of their own: those of the world have made the truth.
    return {
        level: judge(seen[level], truths, random.Random(f"{match.seed} {level}"), moved=moved) for level in match.levels
    }


def _moved(played: Played, before_closing: int) -> list[str]:
    """Return what depends on a person for somebody who must not see it, before the round closed.

    The employer's mail server must get the same mails, in the same steps, for everyone in the round.
    """
    found = [
        f"what {reader} reads changed"
        for reader, seen in (("the candidate", played.watched), ("the employer's system", played.employer))
        if len({shown for step, shown in seen if step <= before_closing}) > 1
    ]
    if len({tuple(steps) for steps in played.mailed}) > 1:
        found.append("people in one round got different mails")
    return found + played.traces


def row_of(match: Match, level: Level, verdict: Verdict) -> Sequence[str]:
    """Return a line of the table."""
    return (
        match.database,
        match.rules.mode,
        match.rules.links,
        str(level),
        str(verdict.n),
        str(verdict.tested),
        f"{verdict.success:.3f}",
        f"{1 / verdict.n:.3f}",
        f"{verdict.z:+.1f}",
        f"{verdict.detectable:.3f}",
        str(verdict.strategies),
        "LEAKS" if verdict.leaks else "-",
        verdict.reason,
    )


HEAD = (
    "database", "mode", "links", "adversary", "n", "tested", "success", "1/n", "z", "excess", "strategies", "verdict",
    "by",
)  # fmt: skip
