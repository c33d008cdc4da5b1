"""Server processes of the benchmark: start, end, and processor time."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.core.settings import Settings
from tests.support.databases import free_port

_HOME = Path(__file__).resolve().parents[1]
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    pid: int

    def cpu(self) -> float:
        """Return the seconds of processor time used so far; 0 if the kernel does not say."""
        stat = Path(f"/proc/{self.pid}/stat")
        if not stat.exists():
            return 0.0
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def serving(which: str, settings: Settings, log: Path) -> Iterator[Server]:
    """Run `ours` or the `floor` in a process of its own, on the database and the keys of `settings`."""
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DEBRIEF_")},
        "PYTHONPATH": str(_HOME),
        "DEBRIEF_PORT": str(port),
        "DEBRIEF_DATA_DIR": str(settings.data_dir),
        "DEBRIEF_DATABASE_URL": settings.database_url.get_secret_value(),
        "DEBRIEF_ANONYMOUS_RATE": "0",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.serve", which],
            cwd=settings.data_dir,
            env=environment,
            stdout=output,
            stderr=output,
        )
        try:
            _wait_for(port, process, log)
            yield Server(port, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")
