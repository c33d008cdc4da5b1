"""`python -m bench.times`: test whether response times reveal what was wrong with a code, or who has acted.

The same request is sent thousands of times with an unknown, a foreign and a malformed code, and with codes of people
who have answered and who have not, in random order, to a serving process on this machine: closer than an attacker gets.
"""

import asyncio
import http.client
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from uuid import uuid4

import uvloop

from app.core.settings import load_settings
from app.core.tokens import new_code
from bench import bodies, stock
from bench.load import measure, request
from bench.samples import Comparison, compare, detectable
from bench.servers import serving
from tests.support import databases

COUNT = 2000
# The probability of a false alarm in a whole run, shared among all its tests.
FALSE_ALARMS = 0.01
_CHUNK = 600
_UNKNOWN, _FOREIGN, _MALFORMED, _NO_ROUND = "unknown", "foreign", "malformed", "unknown round"
_UNSPENT, _SPENT = "unspent", "spent"


@dataclass(frozen=True)
class Kind:
    """A kind of code, and a function that returns a link with such a code."""

    name: str
    link: Callable[[], stock.Link]


@dataclass(frozen=True)
class Case:
    """A route, the fields sent beside the code, and the kinds of codes that must look alike there."""

    route: str
    fields: Callable[[], dict[str, object]]
    status: int
    kinds: Sequence[Kind]


def main() -> int:
    """Return 0 if no two kinds could be told apart."""
    told = report()
    print("\n".join(["TOLD APART:", *told]) if told else "Nothing could be told apart.")
    return 1 if told else 0


def report() -> list[str]:
    """Measure on each available database, print a table, and return the kinds that could be told apart."""
    began = time.monotonic()
    told: list[str] = []
    print(
        f"\nTimes: {COUNT} requests of each kind, in random order, one caller.\n"
        "p: how often chance alone looks like this, by ranks (Mann-Whitney) and by shape (Kolmogorov-Smirnov).\n"
        "SLOWER: the probability that a request of the second kind takes longer than one of the first, .500 if alike.\n"
        f"\n{'database':<12}{'route':<15}{'first':<10}{'second':<15}"
        f"{'p ranks':>9}{'p shape':>9}{'SLOWER':>8}{'median, µs':>12}"
    )
    with (
        tempfile.TemporaryDirectory(prefix="debrief-times-") as folder,
        databases.postgresql_server(durable=True) as server,
    ):
        told += _measure("sqlite", Path(folder), f"sqlite:///{Path(folder) / 'times.sqlite3'}")
        if server is None:
            print("postgresql  SKIPPED: none found. Install it, or set DEBRIEF_TEST_DATABASE_URL.")
        else:
            with _database(server) as url:
                told += _measure("postgresql", Path(folder), url)
    print(
        f"Seen with {COUNT} of each, in 95 of 100 cases: .5 ± {detectable(COUNT, _significance()):.3f}. "
        f"{time.monotonic() - began:.0f} seconds."
    )
    return told


@contextmanager
def _database(server: str) -> Iterator[str]:
    name = "debrief_bench_times"
    databases.execute(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
    try:
        yield databases.named(server, name)
    finally:
        databases.execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _measure(database: str, folder: Path, url: str) -> list[str]:
    home = folder / database
    home.mkdir()
    settings = load_settings(data_dir=home, database_url=url, port=databases.free_port(), anonymous_rate=0)
    links = stock.lay_in(settings)
    told = []
    with serving("ours", settings, home / "log") as server:
        for case in _cases(links):
            _check_same_answer(server.port, case)
            times = _times(server.port, case)
            told += _compare(database, case, times)
        # Half of the people in each round answer: everyone in a round shares a box, and its size.
        spent = {link.code for number, link in enumerate(links) if number % 2}
        answers = bodies.submissions([link for link in links if link.code in spent])
        asyncio.run(measure(server.port, answers, callers=4, status=201))
        for case in _held_cases(links, spent):
            times = _times(server.port, case)
            told += _compare(database, case, times)
    return told


def _cases(links: Sequence[stock.Link]) -> list[Case]:
    def foreign() -> stock.Link:
        here, there = random.sample(links, 2)
        while here.round_id == there.round_id:
            here, there = random.sample(links, 2)
        return stock.Link(here.round_id, there.code)

    refused = [
        Kind(_UNKNOWN, lambda: stock.Link(random.choice(links).round_id, new_code())),
        Kind(_FOREIGN, foreign),
        Kind(_MALFORMED, lambda: stock.Link(random.choice(links).round_id, new_code()[:25] + "?")),
    ]
    nowhere = Kind(_NO_ROUND, lambda: stock.Link(uuid4(), random.choice(links).code))
    fields = _fields()
    # One case that must differ, for comparison: a round that does not exist has no box to decrypt.
    kinds = {route: [*refused, nowhere] if route == "form" else refused for route in fields}
    return [Case(route, fields[route], 404, kinds[route]) for route in fields]


def _held_cases(links: Sequence[stock.Link], spent: set[str]) -> list[Case]:
    kinds = [
        Kind(_UNSPENT, lambda: random.choice([link for link in links if link.code not in spent])),
        Kind(_SPENT, lambda: random.choice([link for link in links if link.code in spent])),
    ]
    fields = _fields()
    return [Case(route, fields[route], 200, kinds) for route in ("form", "preview", "postponements")]


def _fields() -> dict[str, Callable[[], dict[str, object]]]:
    def nonce() -> str:
        return uuid4().hex

    until = (datetime.now(UTC).date() + timedelta(days=3)).isoformat()
    return {
        "form": dict,
        "answers": bodies.submission,
        "declines": lambda: {"nonce": nonce(), "reason": "company_policy", "understood": True},
        "preview": lambda: {"answer": bodies.submission()["answer"]},
        "postponements": lambda: {"until": until},
        "retractions": lambda: {"nonce": nonce()},
    }


def _body(case: Case, link: stock.Link) -> tuple[str, bytes]:
    return f"/v1/rounds/{link.round_id}/{case.route}", bodies.body(link, case.fields())


def _check_same_answer(port: int, case: Case) -> None:
    """Fail unless status, headers and body are the same bytes for all kinds: only then do times matter."""
    seen = set()
    for kind in case.kinds:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
        path, body = _body(case, kind.link())
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        headers = tuple((name, value) for name, value in response.getheaders() if name.lower() != "date")
        seen.add((response.status, headers, response.read()))
        connection.close()
    if len(seen) != 1:
        raise RuntimeError(f"{case.route} answers differently already: {seen}")


def _times(port: int, case: Case) -> dict[str, list[float]]:
    order = [kind for kind in case.kinds for _ in range(COUNT)]
    random.shuffle(order)
    times: dict[str, list[float]] = {kind.name: [] for kind in case.kinds}
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for start in range(0, len(order), _CHUNK):
            chunk = order[start : start + _CHUNK]
            # Prepared beforehand: the caller's work between two requests must not depend on the kind.
            requests = [request(*_body(case, kind.link())) for kind in chunk]
            measured = runner.run(measure(port, requests, callers=1, status=case.status))
            if measured.refused:
                raise RuntimeError(f"{case.route} did not answer {case.status}: {measured.refused[0]!r}")
            for kind, seconds in zip(chunk, measured.latencies, strict=True):
                times[kind.name].append(seconds)
    return times


def _compare(database: str, case: Case, times: dict[str, list[float]]) -> list[str]:
    told = []
    for first, second in combinations([kind.name for kind in case.kinds], 2):
        found = compare(times[first], times[second])
        if _NO_ROUND in (first, second):
            if first == _UNKNOWN:
                _print(database, case.route, first, second, found, "declared")
            continue
        apart = found.p < _significance()
        _print(database, case.route, first, second, found, "TOLD APART" if apart else "")
        if apart:
            told.append(f"{database}, {case.route}: {first} from {second}, {found.microseconds:+.1f} µs")
    return told


def _print(database: str, route: str, first: str, second: str, found: Comparison, note: str) -> None:
    print(
        f"{database:<12}{route:<15}{first:<10}{second:<15}{found.rank_p:>9.3f}{found.shape_p:>9.3f}"
        f"{found.slower:>8.3f}{found.microseconds:>12.1f}  {note}",
        flush=True,
    )


def _significance() -> float:
    # Two databases, six routes with three pairs, three with one; two tests each.
    return FALSE_ALARMS / (2 * (6 * 3 + 3) * 2)


if __name__ == "__main__":
    sys.exit(main())
