"""The application run by plain uvicorn with its default logging: it silences the access log itself."""

import asyncio
import os
import socket
import sys
from pathlib import Path

import httpx

from app.core.settings import environment_with

CANARY = "canary7f3ecanary7f3ecanary"


async def test_the_access_log_of_plain_uvicorn_stays_empty(sqlite_url: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "uvicorn", "--factory", "app.main:create_app", "--port", str(port),
        env=environment_with(data_dir=str(tmp_path / "data"), database_url=sqlite_url) | {"HOME": os.environ["HOME"]},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    said = b""
    while b"Uvicorn running" not in said:
        line = await process.stdout.readline()
        assert line, said.decode()
        said += line
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        seen = [
            (await http.get(path)).status_code
            for path in (f"/r/1%23c%3D{CANARY}", f"/q/1?c={CANARY}", f"/u/{CANARY}", f"/v1/feedback-requests/{CANARY}")
        ]
        seen.append((await http.post(f"/v1/rounds/{CANARY}/answers", json={"code": CANARY})).status_code)
    process.terminate()
    rest, _ = await process.communicate()
    assert seen[0] == 200
    assert len(seen) == 5
    assert CANARY not in (said + rest).decode()
    assert "127.0.0.1:" not in rest.decode().replace(f"127.0.0.1:{port}", "")
