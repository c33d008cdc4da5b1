"""Play by hand: `python -m tests.reidentification --rounds 50 --n 5 --database sqlite --mode sealed`."""

import argparse
import os
import secrets
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.reidentification.clients import Links
from tests.reidentification.features import Level
from tests.reidentification.match import HEAD, FreshDatabase, Match, places, play_match, row_of
from tests.reidentification.statistic import Verdict
from tests.reidentification.world import Rules

_WIDTHS = (10, 6, 6, 9, 2, 6, 7, 5, 6, 6, 10, 7, 0)
_PROMISED = {"sealed": (Level.API, Level.EMPLOYER, Level.FINAL, Level.EVERY, Level.ONE_KEY), "blind": tuple(Level)}
_here: dict[str, FreshDatabase] = {}


def main() -> int:
    """Play what is asked for; return 1 if an adversary wins that must not."""
    arguments = _parser().parse_args()
    matches = [
        Match(Rules(mode, links, n), arguments.rounds, _levels(arguments.levels, mode), database, arguments.seed)
        for links in arguments.links
        for mode in arguments.mode
        for n in arguments.n
        for database in arguments.database
    ]
    _write(HEAD)
    lost = False
    with places(arguments.database) as found:
        _here.update(found)
        with ProcessPoolExecutor(arguments.processes or os.cpu_count()) as pool:
            running = {pool.submit(_play, match): match for match in matches}
            for done in as_completed(running):
                match = running[done]
                for level, verdict in done.result().items():
                    _write(row_of(match, level, verdict))
                    lost |= verdict.leaks and level in _PROMISED[match.rules.mode]
    return int(lost)


def _play(match: Match) -> dict[Level, Verdict]:
    return play_match(match, _here[match.database])


def _levels(wanted: Sequence[Level], mode: str) -> tuple[Level, ...]:
    return tuple(wanted or _PROMISED[mode])


def _write(cells: Sequence[str]) -> None:
    sys.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip() + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.reidentification", description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--n", type=int, nargs="+", default=[5])
    parser.add_argument("--database", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite"])
    parser.add_argument("--mode", nargs="+", choices=["sealed", "blind"], default=["sealed"])
    parser.add_argument("--links", nargs="+", type=Links, choices=list(Links), default=[Links.SINGLE])
    parser.add_argument(
        "--levels", type=_levels_named, default=(), help="such as L0,L1,L2; those promised if not given"
    )
    parser.add_argument("--processes", type=int, default=0)
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    return parser


def _levels_named(text: str) -> tuple[Level, ...]:
    return tuple(Level(name) for name in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
