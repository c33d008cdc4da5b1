"""Fixtures of all tests: databases, libsodium, clean settings; and no connection beyond this machine."""

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings

from app.blinding import ristretto
from tests import poolers
from tests.support import browsers, databases
from tests.support.shared_postgresql import SharedPostgresql
from tests.support.shared_statements import share_compiled_statements

_SERVER = "DEBRIEF_TEST_SERVER"
_TEMPLATES = "DEBRIEF_TEST_TEMPLATES"
_stack = ExitStack()
_THIS_MACHINE = {None, "", "0.0.0.0", "::", "::1", "localhost", databases.given_host()}
_NO_LIBSODIUM = "no libsodium found: install libsodium23 or later (1.0.18)"
_NO_POSTGRESQL = "no PostgreSQL found: install it, or set DEBRIEF_TEST_DATABASE_URL"

# A busy machine is no fault of a test: there is no limit on the time of an example.
settings.register_profile("debrief", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("debrief")


@pytest.hookimpl(trylast=True)  # After there is a terminal to write to.
def pytest_configure(config: pytest.Config) -> None:
    """Start one PostgreSQL for the whole run: the workers of xdist inherit its address."""
    sys.addaudithook(_stay_on_this_machine)
    databases.use_memory()
    share_compiled_statements()
    # Tracebacks with all variables, as the default has them, take a second each.
    structlog.dev.ConsoleRenderer.get_active().exception_formatter = structlog.dev.plain_traceback
    # httpx looks for this package at each request. It is not installed, and a failing import takes a millisecond.
    sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    config.get_terminal_writer().line("Starting PostgreSQL …", flush=True)
    server = _stack.enter_context(databases.postgresql_server())
    os.environ[_SERVER] = server or ""
    os.environ[_TEMPLATES] = _stack.enter_context(databases.templates(server))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep the garbage collector from scanning modules and collected tests again and again, as the service does."""
    del session
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run half as many again as there are cores: a third of the time is waiting, for servers, browsers and files."""
    del config
    cores = os.cpu_count() or 1
    return cores + cores // 2


def _stay_on_this_machine(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse to look up or reach anything else: no test may depend on the world, or disturb it.

    The interpreter reports here whatever is about to happen, below all libraries; raising prevents it.
    """
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in {"socket.connect", "socket.sendto"} and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host
    if name not in _THIS_MACHINE and not name.startswith("127."):
        raise RuntimeError("a test tried to leave this machine")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop PostgreSQL, however the run ended."""
    if not hasattr(config, "workerinput"):
        _stack.close()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Report in red each group of tests that was skipped."""
    if os.environ.get(_SERVER) == "":
        terminalreporter.write_line(f"PostgreSQL tests were SKIPPED: {_NO_POSTGRESQL}", red=True)
    if poolers.found() is None:
        terminalreporter.write_line(f"Tests behind a pooler were SKIPPED: {poolers.NONE}", red=True)
    if not ristretto.available():
        terminalreporter.write_line(f"Tests of blind rounds were SKIPPED: {_NO_LIBSODIUM}", red=True)
    if browsers.found() is None:
        terminalreporter.write_line(f"Browser tests were SKIPPED: {browsers.NONE}", red=True)
    if shutil.which("npm") is None:
        terminalreporter.write_line("Building the browser's client again was SKIPPED: no npm found", red=True)
    for proxy in ("nginx", "caddy"):
        if shutil.which(proxy) is None:
            terminalreporter.write_line(f"The proxy example was SKIPPED: no {proxy} found", red=True)


@pytest.fixture(scope="session")
def libsodium() -> None:
    """The library without which no round can be blind: `pytestmark = pytest.mark.usefixtures("libsodium")`."""
    if not ristretto.available():
        if os.environ.get("DEBRIEF_REQUIRE_LIBSODIUM"):
            pytest.fail(_NO_LIBSODIUM)
        pytest.skip(_NO_LIBSODIUM)


@pytest.fixture(autouse=True)
def _settings_of_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Remove the developer's own settings from the environment."""
    for name in list(os.environ):
        if name.startswith("DEBRIEF_") and not name.startswith(("DEBRIEF_TEST_", "DEBRIEF_REQUIRE_")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def need_postgresql() -> str:
    """The server of this run. Without one the test is skipped, or fails where PostgreSQL is required."""
    server = os.environ[_SERVER]
    if not server:
        if os.environ.get("DEBRIEF_REQUIRE_POSTGRESQL"):
            pytest.fail(_NO_POSTGRESQL)
        pytest.skip(_NO_POSTGRESQL)
    return server


@pytest.fixture(scope="session")
def _shared_postgresql(need_postgresql: str) -> Iterator[SharedPostgresql]:
    shared = SharedPostgresql(need_postgresql, os.environ[_TEMPLATES])
    yield shared
    shared.close()


@pytest.fixture
def postgresql_url(_shared_postgresql: SharedPostgresql) -> Iterator[str]:
    """A migrated, empty PostgreSQL database: the same one for all tests of a process, emptied after each."""
    with _shared_postgresql.lend() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> Iterator[str]:
    """A migrated, empty SQLite database."""
    with databases.fresh_sqlite(os.environ[_TEMPLATES], tmp_path) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated, empty database: every test that touches storage runs on both kinds."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
