"""A wire between the application and PostgreSQL that a test can cut, at the worst moment if it likes."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Wire:
    """Passes bytes on in both directions, on a port of its own, until it is told otherwise."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.port = 0
        self.broken_at: bytes | None = None
        self.refusal: bytes | None = None
        self.breaks = 0

    def restore(self) -> None:
        """Listen, on the same port as before."""
        listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def aim(self, port: int) -> None:
        """Lead new connections to another port; those that there are stay."""
        self._target = port

    def cut(self) -> None:
        """Refuse new connections and break those that there are."""
        if self._listener is not None:
            # Wakes the thread that waits in accept, which closing alone does not.
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        self.break_off()

    def break_off(self) -> None:
        """Break all connections; new ones are welcome."""
        with self._lock:
            ends = list(self._open)
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            if self.refusal is not None:
                _turn_away(near, self.refusal)
                continue
            far = socket.create_connection(("127.0.0.1", self._target))
            with self._lock:
                self._open |= {near, far}
            gone = threading.Event()
            threading.Thread(target=self._pass, args=(near, far, gone, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(far, near, gone, False), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, gone: threading.Event, outward: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if outward and self.broken_at is not None and self.broken_at in data:
                    # It arrives and is carried out, but nobody will ever say so.
                    self.broken_at = None
                    self.breaks += 1
                    with suppress(OSError):
                        source.shutdown(socket.SHUT_RDWR)
                    sink.sendall(data)
                    # Time for it to be carried out, before the server sees that nobody listens.
                    gone.wait(0.3)
                    break
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        if gone.is_set():
            # The second of the two directions: nobody uses the ends any more.
            with self._lock:
                self._open -= {source, sink}
            source.close()
            sink.close()
        gone.set()


def fatal(sqlstate: str) -> bytes:
    """Return the message with which PostgreSQL turns a client away (ErrorResponse of its protocol)."""
    fields = b"".join(
        letter + text.encode() + b"\0"
        for letter, text in ((b"S", "FATAL"), (b"V", "FATAL"), (b"C", sqlstate), (b"M", "no"))
    )
    return b"E" + (len(fields) + 5).to_bytes(4, "big") + fields + b"\0"


def _turn_away(near: socket.socket, refusal: bytes) -> None:
    with near, suppress(OSError):
        # First the client asks for encryption, which there is none of; then it says who it is.
        near.recv(8)
        near.sendall(b"N")
        near.recv(65536)
        near.sendall(refusal)


@contextmanager
def wire(port: int) -> Iterator[Wire]:
    """Lay a wire to a port of this machine."""
    laid = Wire(port)
    laid.restore()
    try:
        yield laid
    finally:
        laid.cut()
