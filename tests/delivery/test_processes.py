"""Worker processes: they end in time, and their output names nobody."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.composition import build_context
from app.core.settings import load_settings
from app.delivery import outbox
from app.delivery.models import OutboxRow, OutboxState
from app.delivery.outbox import Listed
from tests.delivery.post import BEN, CLEO, LIN, MAILED, OMAR, Mailbox, code_in, raise_mailed, work
from tests.delivery.smtp_server import Behaviour, Office, an_office
from tests.support.app import a_request, an_app
from tests.support.databases import free_port

ROOT = Path(__file__).parents[2]


class Place:
    """A database and a data directory that processes share."""

    def __init__(self, database_url: str, folder: Path, office: Office | None = None) -> None:
        self.url = database_url
        self.data = folder / "data"
        self.environment = {
            "DEBRIEF_DATABASE_URL": database_url,
            "DEBRIEF_DATA_DIR": str(self.data),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
        }
        if office is not None:
            self.environment["DEBRIEF_SMTP_URL"] = f"smtp://127.0.0.1:{office.port}"
        self.folder = folder

    def run(self, *arguments: str) -> str:
        """Run a command; return what it printed."""
        command = [sys.executable, "-m", "app.cli", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60, check=True
        )
        return done.stdout + done.stderr

    @contextmanager
    def start(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run a process; it is ended by its own id, however the test ends."""
        with (self.folder / "output").open("ab") as output:
            command = [sys.executable, "-m", "app.cli", *arguments]
            process = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdout=output, stderr=output, stdin=subprocess.DEVNULL
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait(10)

    async def rows(self) -> list[Listed]:
        """Return what is in the outbox."""
        ctx = build_context(load_settings(_env_file=None, data_dir=self.data, database_url=self.url))
        try:
            return await ctx.db.read(outbox.listed, list(OutboxState))
        finally:
            await ctx.db.close()


def _end(process: subprocess.Popen[bytes]) -> float:
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    # uvicorn ends as its signal says, when everything is tidied up.
    assert process.wait(15) in {0, -signal.SIGTERM}
    return time.monotonic() - began


def _wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 40
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


async def _raise(url: str, folder: Path) -> None:
    # The same directory: the secrets and the keys are those of the processes.
    async with an_app(url, folder) as app:
        # With the clock of this machine, which those processes have.
        app.clock.at = datetime.now(UTC)
        await raise_mailed(app)


def test_a_worker_that_is_sending_ends_in_time(database_url: str, tmp_path: Path) -> None:
    with an_office(Behaviour(recipient=lambda _: "hang", patience=60)) as office:
        place = Place(database_url, tmp_path, office)
        asyncio.run(_raise(database_url, tmp_path))
        with place.start("worker") as process:
            _wait_for(lambda: office.seen, "nobody tried to send")
            assert _end(process) < 10
    (confirmation,) = (row for row in asyncio.run(place.rows()) if row.kind == "confirmation")
    assert confirmation.state is OutboxState.WAITING


def test_a_server_that_is_sending_ends_in_time(database_url: str, tmp_path: Path) -> None:
    with an_office(Behaviour(recipient=lambda _: "hang", patience=60)) as office:
        place = Place(database_url, tmp_path, office)
        port = free_port()
        with place.start("serve", "--port", str(port)) as process:
            _wait_for(lambda: _raise_over_http(port), "nobody served")
            _wait_for(lambda: office.seen, "nobody tried to send")
            assert _end(process) < 10
    printed = (tmp_path / "output").read_text()
    assert BEN not in printed
    assert OMAR not in printed


def _raise_over_http(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        body = json.dumps(a_request(**MAILED))
        connection.request("POST", "/v1/feedback-requests", body, {"Content-Type": "application/json"})
        return connection.getresponse().status == 201
    except OSError:
        return False
    finally:
        connection.close()


def test_without_a_worker_nothing_is_sent(database_url: str, tmp_path: Path) -> None:
    place = Place(database_url, tmp_path)
    port = free_port()
    with place.start("serve", "--no-worker", "--port", str(port)) as process:
        _wait_for(lambda: _raise_over_http(port), "nobody served")
        time.sleep(1)
        _end(process)
    assert {row.state for row in asyncio.run(place.rows())} == {OutboxState.WAITING}
    with place.start("worker") as process:
        _wait_for(lambda: list((tmp_path / "data").glob("mail/*.eml")), "nothing was sent")
        _end(process)


def test_the_outbox_is_listed_without_names(database_url: str, tmp_path: Path) -> None:
    place = Place(database_url, tmp_path)

    async def story() -> str:
        async with an_app(database_url, tmp_path) as app:
            mailbox = Mailbox()
            await raise_mailed(app)
            await work(app, mailbox)
            code = code_in(mailbox.to(BEN)[0])
            await app.client.post("/v1/address-confirmations", json={"code": code})
            await app.ctx.db.write(_give_up)
            return code

    code = asyncio.run(story())
    printed = place.run("outbox", "list")
    assert printed.count("dead") == 3
    assert "recipient_refused_550" in printed
    assert printed.count("second_reminder") == 3
    everything = place.run("outbox", "list", "--all")
    assert "confirmation" in everything
    for word in (BEN, OMAR, LIN, CLEO, code, "Ben", "acme"):
        assert word not in everything
    one = next(line for line in printed.splitlines() if "dead" in line).split()[0]
    assert UUID(one)
    assert "1 will be tried again" in place.run("outbox", "requeue", one)
    assert "2 will be tried again" in place.run("outbox", "requeue")
    assert place.run("outbox", "list").count("dead") == 0


def _give_up(session: Session) -> None:
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.kind == "invitation")
        .values(state=OutboxState.DEAD, last_error="recipient_refused_550")
    )


@pytest.mark.parametrize("command", [("outbox", "list"), ("outbox", "requeue")])
def test_an_empty_outbox(database_url: str, tmp_path: Path, command: tuple[str, ...]) -> None:
    assert Place(database_url, tmp_path).run(*command).strip() in {"", "0 will be tried again."}
