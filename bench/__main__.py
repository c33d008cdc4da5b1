"""`python -m bench`: measure both answering routes against the floor, and report missed targets."""

import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

from app.core.settings import load_settings
from bench import anatomy, blind, bodies, stock, times
from bench.load import Measured, measure
from bench.servers import Server, serving
from tests.support import databases

PAIRS = 5
# Requests per measurement, by number of callers: a second or less, since machines drift within seconds.
COUNTS = {1: 192, 16: stock.ROUNDS * stock.PEOPLE}
LOWEST_RATIO = {"submit": 0.5, "form": 0.4}
HIGHEST_SPREAD = 5.0


@dataclass(frozen=True)
class Rival:
    """A server with a database, keys and links of its own."""

    server: Server
    url: str
    links: Sequence[stock.Link]


@dataclass
class Side:
    """All measurements of one rival in one case."""

    rates: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """Return a percentile of the latencies, in milliseconds."""
        return sorted(self.latencies)[int(share * (len(self.latencies) - 1))] * 1000


def main() -> int:
    """Return 0 if every target was met."""
    began = time.monotonic()
    missed: list[str] = []
    print(
        f"{stock.ROUNDS} rounds of {stock.PEOPLE} people: boxes of 192 KiB. Bodies of 32 KiB: clients pad them. "
        f"Each case: {PAIRS} pairs of measurements, ours and the floor in turn.\n"
        "RATIO: the median ratio of requests per second over the pairs.\n"
        "The floor: bare Starlette and the raw driver, for the same boxes with the same durability.\n"
        f"{os.getloadavg()[0]:.1f} processes run already on {os.cpu_count()} processors: each distorts the ratios."
    )
    print(
        f"\n{'database':<12}{'operation':<10}{'callers':>7}{'ours/s':>9}{'floor/s':>9}{'RATIO':>7}"
        f"{'ours p50':>11}{'p99':>7}{'floor p50':>12}{'p99':>7}{'CPU ours':>11}{'floor':>7}  (ms)"
    )
    with (
        tempfile.TemporaryDirectory(prefix="debrief-bench-") as folder,
        databases.postgresql_server(durable=True) as server,
    ):
        missed += _measure_sqlite(Path(folder))
        if server is None:
            print("postgresql  SKIPPED: not found. Install it, or set DEBRIEF_TEST_DATABASE_URL.")
        else:
            missed += _measure_postgresql(Path(folder), server)
    print(f"\n{anatomy.report()}\n\n{blind.report()}\n\n{time.monotonic() - began:.0f} seconds.")
    if "--times" in sys.argv:
        missed += times.report()
    print("\n".join(["MISSED:", *missed]) if missed else "Every target was met.")
    return 1 if missed else 0


def _measure_sqlite(folder: Path) -> list[str]:
    urls = [f"sqlite:///{folder / f'sqlite-{which}' / 'bench.sqlite3'}" for which in ("ours", "floor")]
    return _measure_database("sqlite", folder, urls)


def _measure_postgresql(folder: Path, server: str) -> list[str]:
    names = ("debrief_bench_ours", "debrief_bench_floor")
    for name in names:
        databases.execute(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
    try:
        return _measure_database("postgresql", folder, [databases.named(server, name) for name in names])
    finally:
        for name in names:
            databases.execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _measure_database(database: str, folder: Path, urls: Sequence[str]) -> list[str]:
    missed = []
    with ExitStack() as stack:
        rivals = []
        for which, url in zip(("ours", "floor"), urls, strict=True):
            home = folder / f"{database}-{which}"
            home.mkdir()
            settings = load_settings(data_dir=home, database_url=url, port=databases.free_port(), anonymous_rate=0)
            links = stock.lay_in(settings)
            server = stack.enter_context(serving(which, settings, home / "log"))
            rivals.append(Rival(server, url, links))
        for callers, count in COUNTS.items():
            for operation in LOWEST_RATIO:
                ours, floor = _measure_case(rivals, operation, callers, count)
                missed += _report(database, operation, callers, ours, floor)
    return missed


def _measure_case(rivals: Sequence[Rival], operation: str, callers: int, count: int) -> list[Side]:
    make = bodies.submissions if operation == "submit" else bodies.forms
    status = 201 if operation == "submit" else 200
    sides = [Side() for _ in rivals]
    for pair in range(PAIRS):
        order = list(zip(rivals, sides, strict=True))
        for rival, side in order if pair % 2 else reversed(order):
            # Random order, so that callers seldom lock the same row.
            requests = make(random.sample(rival.links, count))
            before = rival.server.cpu()
            measured = _run(rival.server.port, requests, callers, status)
            side.rates.append(measured.rate)
            side.latencies += measured.latencies
            side.cpu.append((rival.server.cpu() - before) / count)
            if operation == "submit":
                stock.put_back(rival.url)
    return sides


def _run(port: int, requests: Sequence[bytes], callers: int, status: int) -> Measured:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        measured = runner.run(measure(port, requests, callers=callers, status=status))
    if measured.refused or len(measured.latencies) != len(requests):
        raise RuntimeError(f"{len(measured.refused)} requests failed, the first with {measured.refused[:1]}")
    return measured


def _report(database: str, operation: str, callers: int, ours: Side, floor: Side) -> list[str]:
    ratio = statistics.median(a / b for a, b in zip(ours.rates, floor.rates, strict=True))
    median, slowest = ours.percentile(0.5), ours.percentile(0.99)
    print(
        f"{database:<12}{operation:<10}{callers:>7}{statistics.median(ours.rates):>9.0f}"
        f"{statistics.median(floor.rates):>9.0f}{ratio:>7.2f}{median:>11.2f}{slowest:>7.2f}"
        f"{floor.percentile(0.5):>12.2f}{floor.percentile(0.99):>7.2f}"
        f"{statistics.mean(ours.cpu) * 1000:>11.2f}{statistics.mean(floor.cpu) * 1000:>7.2f}",
        flush=True,
    )
    if callers < max(COUNTS):
        # A single caller shows what a request costs. Its slowest requests wait for the disk, as the floor's do.
        return []
    case = f"{database}, {operation}, {callers} callers"
    missed = []
    if ratio < LOWEST_RATIO[operation]:
        missed.append(f"{case}: {ratio:.2f} of the floor, {LOWEST_RATIO[operation]} wanted")
    if slowest > HIGHEST_SPREAD * median:
        missed.append(f"{case}: p99 is {slowest / median:.1f} times the median, {HIGHEST_SPREAD} allowed")
    return missed


if __name__ == "__main__":
    sys.exit(main())
