"""The application in a process of its own, on a real port: only such a one can be killed, starved or told to end."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from uuid import uuid4

from app.composition import build_context
from app.context import Context
from app.core.settings import load_settings
from tests.support.app import a_request, as_candidate, codes, round_id
from tests.support.databases import free_port

_ROOT = str(Path(__file__).parents[2])


def debrief(*arguments: str) -> list[str]:
    """Return the command line of Debrief, for a process of its own."""
    return [sys.executable, "-m", "app.cli", *arguments]


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Client:
    """A browser of its own: one connection, opened again when it was lost. Raises OSError or HTTPException then."""

    def __init__(self, port: int, headers: Mapping[str, str] | None = None) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=20)
        self._headers = dict(headers or {})

    def send(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Reply:
        """Send one request and wait for its answer; `body` is sent as JSON unless it is bytes."""
        sent = self._headers | dict(headers or {})
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if raw is not None:
            sent.setdefault("Content-Type", "application/json")
        try:
            self._connection.request(method, path, raw, sent)
            response = self._connection.getresponse()
            return Reply(response.status, response.getheaders(), response.read())
        except (OSError, HTTPException):
            self._connection.close()
            raise

    def post(self, path: str, body: object = None) -> Reply:
        """Send a POST."""
        return self.send("POST", path, body)

    def raise_request(self, **over: Any) -> dict[str, Any]:
        """Raise a request; return the 201."""
        reply = self.post("/v1/feedback-requests", a_request(**over))
        assert reply.status == 201, reply.body
        raised: dict[str, Any] = reply.json
        return raised

    def feedback(self, raised: dict[str, Any]) -> dict[str, Any]:
        """Return what the candidate may read now."""
        reply = self.send("GET", f"/v1/feedback-requests/{raised['id']}/feedback", headers=as_candidate(raised))
        assert reply.status == 200, reply.body
        found: dict[str, Any] = reply.json
        return found

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


@dataclass(frozen=True)
class Submission:
    """A complete answer with the secrets it is sent with; sending it again sends the same bytes."""

    path: str
    code: str
    words: str
    nonce: str = field(default_factory=lambda: uuid4().hex)

    @property
    def body(self) -> dict[str, Any]:
        answer = {"reasons": [{"code": "interview_answers", "detail": self.words}], "if_too_few": "withhold"}
        return {"code": self.code, "nonce": self.nonce, "answer": answer}


def submissions(raised: dict[str, Any]) -> list[Submission]:
    """Return an answer for each of those asked, in words that nobody else has."""
    path = f"/v1/rounds/{round_id(raised)}/answers"
    return [Submission(path, code, f"canary {uuid4().hex}") for code in codes(raised)]


class Server:
    """A serving process. It is ended by its own id, however the test ends."""

    def __init__(self, database_url: str, folder: Path, **environment: str) -> None:
        self.port = free_port()
        self.data = folder / "data"
        self.output = folder / "output"
        self.environment = {
            "DEBRIEF_ENVIRONMENT": "development",
            "DEBRIEF_ANONYMOUS_RATE": "0",
            "DEBRIEF_DATABASE_URL": database_url,
            "DEBRIEF_DATA_DIR": str(self.data),
            "DEBRIEF_PORT": str(self.port),
            # Nothing of whoever runs the tests, but where to find programs, and this code.
            "PATH": os.environ["PATH"],
            "PYTHONPATH": _ROOT,
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self._clients: list[Client] = []

    def start(self) -> None:
        """Start it and wait until it is ready."""
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                # Without the worker: it is the tests that say when time passes.
                debrief("serve", "--no-worker"),
                cwd=self.output.parent,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        deadline = time.monotonic() + 60  # A busy machine takes long to start Python.
        while not self._is_ready():
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.02)

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def kill(self) -> None:
        """End it as a loss of power would: at once, with nothing tidied up."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)

    def terminate(self) -> None:
        """Ask it to end, as an operator's machine does."""
        assert self.process is not None
        self.process.terminate()

    def client(self, headers: Mapping[str, str] | None = None) -> Client:
        """Return a client of this server, which hangs up when the server is done with."""
        client = Client(self.port, headers)
        self._clients.append(client)
        return client

    def hang_up(self) -> None:
        """Close the connections of all clients."""
        for client in self._clients:
            client.close()

    def context(self) -> Context:
        """Return the parts of this installation, for a look from outside: the same database, the same keys."""
        # The secrets that the process has made for itself stand in the data directory.
        return build_context(
            load_settings(_env_file=None, data_dir=self.data, database_url=self.environment["DEBRIEF_DATABASE_URL"])
        )

    def _is_ready(self) -> bool:
        with suppress(OSError, HTTPException), socket.create_connection(("127.0.0.1", self.port), timeout=5):
            client = Client(self.port)
            try:
                return client.send("GET", "/readyz").status == 200
            finally:
                client.close()
        return False


@contextmanager
def serving(database_url: str, folder: Path, **environment: str) -> Iterator[Server]:
    """Serve on a migrated database, everything else below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    server = Server(database_url, folder, **environment)
    try:
        server.start()
        yield server
    finally:
        server.hang_up()
        server.kill()
