"""The proxy examples of docs/operating.md, run as they are: they pass every route, and log no anonymous one."""

import asyncio
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from app.core.middleware import _UNLOGGED
from tests.e2e.serving import serving

TEXT = (Path(__file__).parents[2] / "docs/operating.md").read_text()
CANARY = "canary7f3ecanary7f3ecanary"
# Where people are who must not be told apart.
ANONYMOUS = ["/r/", "/q/", "/offer/", "/u/", "/v1/rounds/", "/v1/manager/", "/v1/offers/", "/v1/mailbox"]


def example(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def replace(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def nginx(folder: Path, port: int, service: int) -> list[str]:
    """Serve without TLS, which needs a certificate; all else as it stands in the example."""
    site = replace(
        example("nginx"),
        ("listen 443 ssl", f"listen 127.0.0.1:{port}"),
        ("http://127.0.0.1:8000", f"http://127.0.0.1:{service}"),
        # Where a log would be that a test can read: one that is off stays off.
        ("error_log /dev/null", f"error_log {folder}/errors.log"),
    )
    site = re.sub(r"^ *ssl_certificate.*\n", "", site, flags=re.MULTILINE)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid; error_log {folder}/main.log notice; daemon off; master_process off;"
        f"events {{}} http {{ access_log {folder}/access.log; {temporary}\n{site}\n}}"
    )
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, port: int, service: int) -> list[str]:
    site = replace(
        example("caddyfile"),
        ("debrief.example.org", f"http://127.0.0.1:{port}"),
        ("127.0.0.1:8000", f"127.0.0.1:{service}"),
        ("{\n    log {", "{\n    admin off\n    log {"),
    )
    (folder / "Caddyfile").write_text(site)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


PROXIES = {"nginx": nginx, "caddy": caddy}


@asynccontextmanager
async def proxied(name: str, folder: Path, service: int) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Run a proxy before the service; yield its address, and what it has said once it has ended."""
    port = free_port()
    folder.mkdir()
    command = PROXIES[name](folder, port, service)
    environment = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=environment
    )
    said: list[bytes] = []
    try:
        async with asyncio.timeout(60):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                except ConnectionRefusedError:
                    assert process.returncode is None, await process.communicate()
                    await asyncio.sleep(0.02)
        yield f"http://127.0.0.1:{port}", said
    finally:
        if process.returncode is None:
            process.terminate()
        out, _ = await process.communicate()
        said.append(out)


@pytest.mark.parametrize("name", sorted(PROXIES))
async def test_an_example_passes_what_it_must_and_writes_nothing_down(
    name: str, sqlite_url: str, tmp_path: Path
) -> None:
    if shutil.which(name) is None:
        if os.environ.get("DEBRIEF_REQUIRE_PROXIES"):
            pytest.fail(f"no {name} found")
        pytest.skip(f"no {name} found")
    folder = tmp_path / name
    json = {"content-type": "application/json"}
    async with serving(sqlite_url, tmp_path) as app:
        service = app.client.base_url.port
        assert service is not None
        async with proxied(name, folder, service) as (address, said), httpx.AsyncClient(base_url=address) as http:
            assert (await http.get("/livez")).status_code == 200
            # A whole application arrives; elsewhere no more does than the service takes.
            for path, size, status in [
                ("/v1/ats/applications/a1", 200 * 1024, 401),
                ("/v1/ats/applications/a1", 300 * 1024, 413),
                ("/v1/feedback-requests", 60 * 1024, 422),
                ("/v1/feedback-requests", 70 * 1024, 413),
            ]:
                body = b'{"x":"' + b"x" * size + b'"}'
                method = "PUT" if "/ats/" in path else "POST"
                assert (await http.request(method, path, content=body, headers=json)).status_code == status, path
            assert (await http.get("/metrics")).status_code == 403
            for path in ANONYMOUS:
                await http.get(f"{path}{CANARY}?{CANARY}")
                await http.post(f"{path}{CANARY}", json={"code": CANARY})
                await http.post(f"{path}{CANARY}", content=CANARY * 4_000)
        async with proxied(name, tmp_path / "alone", free_port()) as (address, alone), httpx.AsyncClient() as http:
            # Nobody is behind it: each request fails, which is when proxies become talkative.
            for path in ANONYMOUS:
                failed = await http.post(f"{address}{path}{CANARY}", json={"code": CANARY})
                assert failed.status_code == 502
    written = b"".join([*said, *alone, *(path.read_bytes() for path in tmp_path.glob("*/*.log"))])
    assert CANARY.encode() not in written
    for path in ANONYMOUS:
        assert path.encode() not in written


def test_the_list_of_routes_that_must_not_be_logged_is_whole() -> None:
    listed = re.search(r"```\n(/r/.*?)```", TEXT, re.DOTALL)
    assert listed is not None
    assert set(_UNLOGGED) <= set(listed[1].split())
