"""Load generator that costs little itself: prepared bytes over kept-alive connections, one request at a time each."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from typing_extensions import override

# Upper limit of a measurement, in seconds.
LONGEST = 15.0


@dataclass
class Measured:
    """The result of one measurement: `seconds` from first to last request, and the latency of each."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    refused: list[bytes] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Return requests per second."""
        return len(self.latencies) / self.seconds


class _Caller(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], status: bytes, measured: Measured) -> None:
        self.done = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._expected = b"HTTP/1.1 " + status
        self._measured = measured
        self._answer = b""
        self._sent = 0.0

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def send_next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            self._finish()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    @override
    def data_received(self, data: bytes) -> None:
        self._answer += data
        head = self._answer.find(b"\r\n\r\n")
        if head < 0:
            return
        start = self._answer.index(b"content-length: ") + 16
        length = int(self._answer[start : self._answer.index(b"\r\n", start)])
        if len(self._answer) < head + 4 + length:
            return
        self._measured.latencies.append(time.perf_counter() - self._sent)
        if not self._answer.startswith(self._expected):
            self._measured.refused.append(self._answer)
        self._answer = b""
        self.send_next()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self._measured.refused.append(f"the connection was lost: {exc}".encode())
        self._finish()

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def measure(port: int, requests: Sequence[bytes], *, callers: int, status: int) -> Measured:
    """Send all `requests`, `callers` at a time. Every response must have `status`."""
    measured = Measured()
    loop = asyncio.get_running_loop()
    remaining = iter(requests)
    connected = [
        (await loop.create_connection(lambda: _Caller(remaining, b"%d" % status, measured), "127.0.0.1", port))[1]
        for _ in range(callers)
    ]
    began = time.perf_counter()
    for caller in connected:
        caller.send_next()
    async with asyncio.timeout(LONGEST):
        await asyncio.gather(*(caller.done for caller in connected))
    measured.seconds = time.perf_counter() - began
    return measured


def request(path: str, body: bytes) -> bytes:
    """Return the bytes of a POST of JSON."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
