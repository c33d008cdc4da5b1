"""The server of the demo: a process of the same interpreter with a fresh data directory, always ended."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import httpx

from app.core.settings import environment_with
from app.demo.service import Difference

HOST = "127.0.0.1"
_START_TIMEOUT = 60
_STOP_TIMEOUT = 15
_TICK_TIMEOUT = 60
# The server runs in the data directory: it must find this code, installed or not.
_CODE = str(Path(__file__).resolve().parents[2])


@dataclass(frozen=True)
class Running:
    """A running server, its directory, and the environment for other commands on the same data."""

    process: "subprocess.Popen[bytes]"
    url: str
    directory: Path
    environment: dict[str, str]

    @property
    def log(self) -> Path:
        return self.directory / "server.log"

    def tick(self, day: date) -> str:
        """Run `debrief tick` in a process of its own, as an operator would; return its output."""
        with self.log.open("ab") as log:
            done = subprocess.run(  # noqa: S603  Our own interpreter, our own module.
                [*_debrief("tick"), "--at", day.isoformat()],
                cwd=self.directory,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=log,
                timeout=_TICK_TIMEOUT,
                check=False,
            )
        if done.returncode:
            raise Difference("exit code of debrief tick", 0, done.returncode)
        return done.stdout.decode().strip()


def first_free(port: int) -> int:
    """Return `port`, or the next free one; 0 stands for any. Raises Difference."""
    for tried in range(port, min(port + 100, 65536)):
        with socket.socket() as probe:
            # The server sets it too: a connection that has just closed does not block the port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, tried))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise Difference("a free port", f"one from {port} on", "none")


@contextmanager
def running(directory: Path, port: int, database: str | None = None) -> Iterator[Running]:
    """Start the server on fresh data in `directory`, wait until it is ready, and end it. Raises Difference."""
    settings = {"database_url": database} if database else {}
    environment = environment_with(
        environment="development", host=HOST, port=str(port), data_dir=str(directory), log_level="INFO", **settings
    )
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (_CODE, environment.get("PYTHONPATH"))))
    # Not in the caller's directory: its `.env` may configure a server with real data.
    with (directory / "server.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  Our own interpreter, our own module.
            _debrief("serve"), cwd=directory, env=environment, stdout=log, stderr=log
        )
    server = Running(process, f"http://{HOST}:{port}", directory, environment)
    try:
        _wait_for(server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _debrief(command: str) -> list[str]:
    return [sys.executable, "-m", "app.cli", command]


def _wait_for(server: Running) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            ready = httpx.get(f"{server.url}/readyz", timeout=2, trust_env=False).status_code == 200
            # Another process may have taken the port a moment earlier, and answered.
            if ready and server.process.poll() is None:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    state = "no answer" if server.process.poll() is None else f"it ended with {server.process.returncode}"
    raise Difference(f"start of the service within {_START_TIMEOUT} s", "200 from /readyz", state)
