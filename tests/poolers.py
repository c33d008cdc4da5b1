"""A pgbouncer in transaction mode before a PostgreSQL server, for tests; skipped visibly where there is none.

With `DEBRIEF_REQUIRE_PGBOUNCER=1` the tests that need it fail instead.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from tests.support.databases import execute, find_place, free_port, unprivileged

NONE = "no pgbouncer found: install it"
# Fewer sessions than clients: each transaction of a client is likely to get another one.
_CONFIGURATION = """
[databases]
* = host={host} port={server_port} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
server_round_robin = 1
logfile = {home}/log
pidfile =
"""


def found() -> str | None:
    """Return the program, if it is installed."""
    return shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")


@contextmanager
def pooled(url: str) -> Iterator[str]:
    """Yield the URL of the same database behind a pooler of its own, which ends with the block."""
    program, place = found(), find_place()
    if program is None or place is None:
        if os.environ.get("DEBRIEF_REQUIRE_PGBOUNCER"):
            pytest.fail(NONE)
        pytest.skip(NONE)
    there, port = make_url(url), free_port()
    home = Path(tempfile.mkdtemp(prefix="debrief-pgbouncer-", dir=place))
    try:
        file = home / "pgbouncer.ini"
        file.write_text(
            _CONFIGURATION.format(
                host=there.host, server_port=there.port or 5432, user=there.username, port=port, home=home
            )
        )
        user = unprivileged() if os.geteuid() == 0 else {}
        if user:
            home.chmod(0o755)
            shutil.chown(home, user["user"], user["group"])
        pooler = subprocess.Popen(
            [program, str(file)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **user
        )
        try:
            here = there.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
            _wait_for(here, home / "log")
            yield here
        finally:
            pooler.kill()
            pooler.wait(10)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _wait_for(url: str, log: Path) -> None:
    for _ in range(100):
        try:
            execute(url)
        except (OSError, asyncpg.PostgresError):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"pgbouncer did not start:\n{log.read_text() if log.exists() else ''}")
