"""`debrief serve` from the command line."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from app.core.settings import environment_with

ROOT = Path(__file__).parents[2]
SERVE = [sys.executable, "-m", "app.cli", "serve"]


def environment(folder: Path, port: int) -> dict[str, str]:
    set_up = environment_with(environment="development", data_dir=str(folder / "data"), port=str(port))
    return set_up | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}


def test_taken_port_is_explained_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            SERVE, cwd=tmp_path, env=environment(tmp_path, port), capture_output=True, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr == (
        f"Something listens on port {port} of 127.0.0.1 already. Choose another port, for example --port {port + 1}.\n"
    )
    assert not (tmp_path / "data" / "debrief.sqlite3").exists()


def test_server_prints_its_url_when_ready(tmp_path: Path) -> None:
    serving = subprocess.Popen(
        SERVE, cwd=tmp_path, env=environment(tmp_path, 0), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert serving.stdout is not None
        line = serving.stdout.readline()
        start, _, port = line.strip().rpartition(":")
        assert start == "Debrief is ready: http://127.0.0.1"
        socket.create_connection(("127.0.0.1", int(port)), timeout=5).close()
    finally:
        serving.send_signal(signal.SIGTERM)
        serving.communicate(timeout=30)
