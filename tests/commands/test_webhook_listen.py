"""`debrief webhook listen`: its output for deliveries that are good, forged, old or malformed."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from app.background import background_tasks
from app.commands.webhook_listen import Listener
from app.composition import build_courier
from app.delivery.webhooks.signature import new_secret, signed_headers
from tests.delivery.webhooks.receiving import a_connection, a_receiver, an_endpoint, announce
from tests.support.app import FixedClock, Running

BODY = b'{"type":"ping"}'


class Heard:
    """A listener with two secrets, and what it has printed."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.said: list[str] = []
        self.secrets = [new_secret(), new_secret()]
        transport = httpx.ASGITransport(Listener(self.secrets, self.clock, self.said.append))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://listener")

    async def post(self, headers: dict[str, str], body: bytes = BODY) -> int:
        return (await self.client.post("/any", headers=headers, content=body)).status_code


@pytest.mark.parametrize("which", [0, 1])
async def test_a_good_delivery_is_printed_and_taken(which: int) -> None:
    heard = Heard()
    headers = signed_headers([heard.secrets[which]], "msg_1", heard.clock.now(), BODY)
    assert await heard.post(headers) == 204
    assert heard.said == ['ok: msg_1 {"type":"ping"}']


async def test_wrong_delivery_is_explained_and_refused() -> None:
    heard = Heard()
    now = heard.clock.now()
    good = signed_headers(heard.secrets, "msg_1", now, BODY)
    assert await heard.post(signed_headers([new_secret()], "msg_1", now, BODY)) == 401
    assert await heard.post(good, BODY + b" ") == 401
    assert await heard.post(signed_headers(heard.secrets, "msg_1", now - timedelta(minutes=6), BODY)) == 401
    assert await heard.post({}) == 401
    assert [line.partition(":")[0] for line in heard.said] == [
        "bad signature",
        "bad signature",
        "too old, or from the future",
        "a header is missing or unreadable",
    ]


async def test_foreign_bytes_neither_steer_the_terminal_nor_fill_the_memory() -> None:
    heard = Heard()
    await heard.post({"webhook-id": "\x1b[2J"}, b"\x1b]0;owned\x07\r\n")
    assert all(line.isprintable() for line in heard.said)
    assert await heard.post({}, b"x" * 70_000) == 413
    assert (await heard.client.get("/")).status_code == 405
    assert len(heard.said) == 1


async def test_the_command_listens_and_prints(tmp_path: Path) -> None:
    secret, body = new_secret(), b'{"type":"ping","n":1}'
    command = [str(Path(sys.executable).parent / "debrief"), "webhook", "listen", "--port", "0", "--secret", secret]
    process = await asyncio.create_subprocess_exec(*command, cwd=tmp_path, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            told = (await process.stdout.readline()).decode()
            url = told.split()[-1]
            async with httpx.AsyncClient(trust_env=False) as client:
                headers = signed_headers([secret], "msg_7", datetime.now(UTC), body)
                assert (await client.post(url, headers=headers, content=body)).status_code == 204
            assert (await process.stdout.readline()).decode() == f"ok: msg_7 {body.decode()}\n"
    finally:
        process.terminate()
        await process.wait()


async def test_command_refuses_malformed_secret(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).parent / "debrief"), "webhook", "listen", "--secret", "canary"]
    done = await asyncio.to_thread(subprocess.run, command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "whsec_" in done.stderr, "canary" in done.stderr) == (2, True, False)


async def test_webhooks_leave_beside_the_service(app: Running) -> None:
    connection_id = await a_connection(app)
    async with a_receiver() as receiver:
        await an_endpoint(app, connection_id, receiver.url)
        await announce(app, connection_id)
        async with asyncio.timeout(20), background_tasks(app.ctx, None, build_courier(app.ctx), grace=1.0):
            await receiver.until(1)
    assert len(receiver.taken) == 1
