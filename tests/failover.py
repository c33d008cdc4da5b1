"""A drill: the demo's story on PostgreSQL, whose primary is replaced by its standby in the middle, and by hand.

`python -m tests.failover` (or `make drill`) makes two servers, a primary and its standby, and one address that leads to
the primary, as a name or a virtual address does. In the middle of the story the standby is promoted and the old primary
comes back as its standby; the address follows only then. Until it does, sessions are opened on the demoted server and
refuse to write. Nothing but 503 may be answered meanwhile, and the story has to end as told: that takes half a minute.
With `--pooler` (`make drill POOLER=1`) pgbouncer stands before it in transaction mode. It knows nothing of demoted
servers, so that its sessions are cut when the address follows.
"""

import argparse
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy.engine import make_url
from typing_extensions import override

from app.demo.run import play
from tests.faults.proxy import Wire, wire
from tests.poolers import pooled
from tests.support.databases import User, execute, fetch, find_binaries, find_place, free_port, unprivileged, wait_for

# Where in the story: a request was raised, and some have answered.
SWITCH_AT = 14
PATIENCE = 60.0


class Cluster:
    """One server with its files, which can be stopped, and started again in another role."""

    def __init__(self, home: Path, binaries: Path, user: User) -> None:
        self._home, self._data, self._binaries, self._user = home, home / "data", binaries, user
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"postgresql://debrief@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        """Make an empty one and start it."""
        self._run("initdb", "-D", str(self._data), "-A", "trust", "-U", "debrief", "-E", "UTF8", "--locale=C", "-N")
        self.start()

    def copy(self, primary: "Cluster") -> None:
        """Make a standby and start it."""
        source = ["-h", "127.0.0.1", "-p", str(primary.port), "-U", "debrief"]
        self._run("pg_basebackup", "-D", str(self._data), *source, "-X", "stream", "-c", "fast", "-R")
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        log = self._home / "log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(self._binaries / "postgres"), "-D", str(self._data), "-p", str(self.port), "-k", str(self._home),
                 "-clisten_addresses=127.0.0.1", "-cfsync=off"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", **self._user,
            )  # fmt: skip
        wait_for(self.url, log)

    def stop(self) -> None:
        """End it in good order: its standby has everything then."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
            self._process = None

    def promote(self) -> None:
        """Make the standby a primary."""
        execute(self.url, "SELECT pg_promote()")

    def follow(self, primary: "Cluster") -> None:
        """Come back as a standby."""
        (self._data / "standby.signal").touch()
        with (self._data / "postgresql.auto.conf").open("a") as settings:
            settings.write(f"primary_conninfo = 'host=127.0.0.1 port={primary.port} user=debrief'\n")
        self.start()

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), *arguments]
        subprocess.run(command, cwd="/", capture_output=True, check=True, timeout=PATIENCE, **self._user)


@dataclass
class Pair:
    """A primary and its standby, and the address that leads to one of them."""

    primary: Cluster
    standby: Cluster
    address: Wire

    def switch(self) -> None:
        """Promote the standby, and bring the old primary back as its standby. The address does not follow yet."""
        self.primary.stop()
        self.standby.promote()
        self.primary.follow(self.standby)
        self.primary, self.standby = self.standby, self.primary

    def follow(self) -> None:
        """Lead new connections to the primary; those that there are stay where they are."""
        self.address.aim(self.primary.port)


@contextmanager
def pair() -> Iterator[Pair]:
    """Start a primary and its standby. Raises RuntimeError where PostgreSQL is not installed."""
    binaries, place = find_binaries(), find_place()
    if binaries is None or place is None or not (binaries / "pg_basebackup").exists():
        raise RuntimeError("no PostgreSQL with pg_basebackup found: install it")
    user: User = unprivileged() if os.geteuid() == 0 else {}
    with ExitStack() as stack:
        servers = []
        for _ in range(2):
            home = Path(tempfile.mkdtemp(prefix="debrief-drill-", dir=place))
            stack.callback(shutil.rmtree, home, ignore_errors=True)
            if user:
                shutil.chown(home, user["user"], user["group"])
            servers.append(Cluster(home, binaries, user))
            stack.callback(servers[-1].stop)
        primary, standby = servers
        primary.make()
        standby.copy(primary)
        yield Pair(primary, standby, stack.enter_context(wire(primary.port)))


@dataclass
class Insisting(httpx.BaseTransport):
    """A client that asks again while it is told 503, and notes what it was told. It pulls the lever, too."""

    pair: Pair
    moves_sessions: bool
    told: Counter[int] = field(default_factory=Counter)
    sent: int = 0
    inner: httpx.HTTPTransport = field(default_factory=httpx.HTTPTransport)

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent += 1
        if self.sent == SWITCH_AT:
            self.pair.switch()
        deadline = time.monotonic() + PATIENCE
        for tries in itertools.count(1):
            response = self.inner.handle_request(request)
            response.read()
            self.told[response.status_code] += 1
            if response.status_code != 503 or time.monotonic() > deadline:
                return response
            if tries == 3:
                self.pair.follow()
                if self.moves_sessions:
                    self.pair.address.break_off()
            time.sleep(0.1)
        raise AssertionError

    @override
    def close(self) -> None:
        self.inner.close()


def drill(*, through_pooler: bool = False) -> Counter[int]:
    """Play the story over a failover; return what statuses were answered. Raises AssertionError."""
    with pair() as both, ExitStack() as stack:
        address = make_url(both.primary.url).set(port=both.address.port).render_as_string(hide_password=False)
        execute(address, "CREATE DATABASE drill")
        url = make_url(address).set(database="drill").render_as_string(hide_password=False)
        if through_pooler:
            url = stack.enter_context(pooled(url))
        client = Insisting(both, through_pooler)
        code = play(port=free_port(), leave=True, transport=client, database=url)
        assert code == 0, "the story did not end as told"
        assert client.told[503], "the switch was not noticed: nothing has been shown"
        assert not [status for status in client.told if status >= 500 and status != 503]
        assert fetch(both.primary.url, "SELECT pg_is_in_recovery()") == [(False,)]
        return client.told


def main() -> None:
    """Play it, and say what was answered."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--pooler", action="store_true", help="put pgbouncer in transaction mode before it")
    told = drill(through_pooler=options.parse_args().pooler)
    answered = ", ".join(f"{count} times {status}" for status, count in sorted(told.items()))
    sys.stdout.write(f"answered: {answered}\n")


if __name__ == "__main__":
    main()
