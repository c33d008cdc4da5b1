"""People at a terminal: `debrief answer` in a process of its own, with what they type, and what goes over the wire."""

import asyncio
import json
import os
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ROOT = str(Path(__file__).parents[2])


@dataclass(frozen=True)
class Session:
    """What came of it."""

    code: int
    out: str
    err: str

    @property
    def receipt(self) -> str:
        """Return the one receipt that was shown."""
        (found,) = re.findall(r"^    ((?:[0-9A-Z]{4}-){6}[0-9A-Z]{4})$", self.out, re.MULTILINE)
        return str(found)

    @property
    def said(self) -> str:
        """Return all words, however they were wrapped."""
        return " ".join(self.out.replace("  | ", "").split())


# The same command twice: with all of Debrief around it, and without, which starts four times as fast.
DEBRIEF_ANSWER = ("app.cli", "answer")
ALONE = ("app.terminal",)


async def answer(*arguments: str, typed: str = "", folder: Path, module: Sequence[str] = ALONE) -> Session:
    """Run the command in an empty environment and see it end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *module, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": _ROOT, "HOME": str(folder), "COLUMNS": "88"},
    )
    out, err = await process.communicate(typed.encode())
    return Session(process.returncode or 0, out.decode(), err.decode())


def lines(*typed: str) -> str:
    """Return what somebody types, a line each."""
    return "".join(f"{line}\n" for line in typed)


@dataclass(frozen=True)
class Seen:
    """A request, as whoever watches the wire inside the encryption sees it."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Recorder:
    """A wire to a server that keeps what the client sends."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._streams: list[bytearray] = []
        self._sockets = [self._listener]
        self._threads: list[threading.Thread] = []
        self.port: int = self._listener.getsockname()[1]
        self._begin(self._accept)

    @property
    def requests(self) -> list[Seen]:
        """Return the requests so far, in their order on each connection."""
        return [seen for stream in self._streams for seen in _requests(bytes(stream))]

    def close(self) -> None:
        """Break everything off, and wait until it is."""
        for one in list(self._sockets):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join()
        for one in self._sockets:
            one.close()

    def _begin(self, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                self._sockets += [near, far]
                self._streams.append(stream := bytearray())
                self._begin(_pass, near, far, stream)
                self._begin(_pass, far, near, bytearray())


def _pass(source: socket.socket, sink: socket.socket, kept: bytearray) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            kept += data
            sink.sendall(data)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _requests(stream: bytes) -> Iterator[Seen]:
    while stream:
        head, _, rest = stream.partition(b"\r\n\r\n")
        line, *fields = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}
        length = int(headers.get("content-length", "0"))
        yield Seen(line, headers, rest[:length])
        stream = rest[length:]


@contextmanager
def recording(port: int) -> Iterator[Recorder]:
    """Record what goes to `port`."""
    recorder = Recorder(port)
    try:
        yield recorder
    finally:
        recorder.close()
