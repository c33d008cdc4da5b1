"""The floor: the same routes on bare Starlette and the raw driver, for the same stored boxes.

It reads, decrypts, checks, shuffles, encrypts and writes the same records under the same settings, with the same
durability, and answers as many bytes. It has no validation, no errors, no headers, no limits and no second database.
"""

import asyncio
import gc
import hashlib
import hmac
import json
import os
import queue
import random
import sqlite3
import threading
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import asyncpg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.core.settings import Settings

_SELECT = (
    "SELECT r.stage, r.mode, r.state, r.k, r.k_basis, r.held, r.opened_by, r.people, r.closes_on, r.briefing, b.ct "
    "FROM rounds r JOIN boxes b ON b.round_id = r.id WHERE r.id = "
)
_shuffle = random.SystemRandom().shuffle
# Filler in place of the form's statement and labels, so that both servers send as much.
_WORDS = "x" * 1900

Change = Callable[[Any], bytes]


class Store(Protocol):
    """A database behind its raw driver. A row has eleven columns: the briefing is the tenth, the box the eleventh."""

    async def read(self, round_id: UUID) -> Any: ...

    async def rewrite(self, round_id: UUID, change: Change) -> Any: ...


class SqliteStore:
    """SQLite: one writer thread, one commit for all waiting writes, one connection for reads."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._reader = self._connect()
        self._reader.execute("PRAGMA query_only=ON")
        self._waiting: queue.SimpleQueue[tuple[UUID, Change, asyncio.Future[Any]]] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._serve, daemon=True).start()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        for pragma in ("busy_timeout=10000", "journal_mode=WAL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    async def read(self, round_id: UUID) -> Any:
        return self._reader.execute(_SELECT + "?", (round_id.hex,)).fetchone()

    async def rewrite(self, round_id: UUID, change: Change) -> Any:
        answer = self._loop.create_future()
        self._waiting.put((round_id, change, answer))
        return await answer

    def _serve(self) -> None:
        connection = self._connect()
        while True:
            item = self._waiting.get()
            done = []
            connection.execute("BEGIN IMMEDIATE")
            while True:
                round_id, change, answer = item
                row = connection.execute(_SELECT + "?", (round_id.hex,)).fetchone()
                connection.execute("UPDATE boxes SET ct = ? WHERE round_id = ?", (change(row), round_id.hex))
                done.append((answer, row))
                try:
                    item = self._waiting.get_nowait()
                except queue.Empty:
                    break
            connection.execute("COMMIT")
            self._loop.call_soon_threadsafe(_resolve, done)


def _resolve(done: list[tuple["asyncio.Future[Any]", Any]]) -> None:
    for answer, row in done:
        answer.set_result(row)


class PostgresStore:
    """PostgreSQL: a pool of asyncpg, without the round trip that resets each returned connection."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def read(self, round_id: UUID) -> Any:
        async with self._pool.acquire() as connection:
            return await connection.fetchrow(_SELECT + "$1", round_id)

    async def rewrite(self, round_id: UUID, change: Change) -> Any:
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(_SELECT + "$1 FOR UPDATE", round_id)
            await connection.execute("UPDATE boxes SET ct = $1 WHERE round_id = $2", change(row), round_id)
            return row


async def _leave_alone(_connection: Any) -> None:
    return None


def create_floor(settings: Settings) -> Starlette:
    """Return the application on the database and keys of `settings`."""
    url = settings.database_url.get_secret_value()
    keys = Path(settings.keystore_url.get_secret_value().removeprefix("file:"))
    pepper = settings.subkey("pepper")

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        if url.startswith("sqlite"):
            app.state.store = SqliteStore(url.removeprefix("sqlite:///"))
            yield
        else:
            async with asyncpg.create_pool(url, min_size=8, max_size=8, reset=_leave_alone) as pool:
                app.state.store = PostgresStore(pool)
                yield

    async def form(request: Request) -> Response:
        body = json.loads(await request.body())
        round_id = UUID(request.path_params["round_id"])
        key = _key(keys, round_id)
        row = await request.app.state.store.read(round_id)
        codes, _ = _open(key, round_id, row[10])
        _find(codes, pepper, body["code"])
        briefing = json.loads(row[9])
        return _json({"request": briefing, "closes_on": str(row[8]), "mode": row[1], "k": row[3], "words": _WORDS}, 200)

    async def answers(request: Request) -> Response:
        body = json.loads(await request.body())
        round_id = UUID(request.path_params["round_id"])
        key = _key(keys, round_id)

        def change(row: Any) -> bytes:
            if row[2] != "collecting" or str(row[8]) < str(datetime.now(UTC).date()):
                raise RuntimeError("this round is over")
            ct: bytes = row[10]
            codes, ballots = _open(key, round_id, ct)
            code = _find(codes, pepper, body["code"])
            answer = json.dumps(body["answer"], sort_keys=True, separators=(",", ":")).encode()
            nonce, code_hash = body["nonce"].encode(), code["code_hash"].encode()
            marks = [hmac.digest(nonce, code_hash, "sha256"), hmac.digest(nonce, code_hash + answer, "sha256")]
            code["uses_left"] = code.get("uses_left", 1) - 1
            code["marks"] = [[urlsafe_b64encode(mark).decode() for mark in marks]]
            ballots.append(answer)
            _shuffle(ballots)
            return _seal(key, round_id, codes, ballots, len(ct))

        row = await request.app.state.store.rewrite(round_id, change)
        return _json({"status": "sealed", "closes_on": str(row[8]), "shows_at": None}, 201)

    return Starlette(
        routes=[
            Route("/v1/rounds/{round_id}/form", form, methods=["POST"]),
            Route("/v1/rounds/{round_id}/answers", answers, methods=["POST"]),
        ],
        lifespan=lifespan,
    )


def _json(content: Any, status: int) -> Response:
    return Response(json.dumps(content, separators=(",", ":")), status, media_type="application/json")


def _key(keys: Path, round_id: UUID) -> bytes:
    descriptor = os.open(keys / f"round-{round_id.hex}", os.O_RDONLY)
    try:
        return os.read(descriptor, 32)
    finally:
        os.close(descriptor)


def _open(key: bytes, round_id: UUID, ct: bytes) -> tuple[Any, list[bytes]]:
    view = memoryview(ct)
    padded = AESGCM(key).decrypt(view[1:13], view[13:], b"|".join((b"box", round_id.bytes, b"\x01")))
    end = 4 + int.from_bytes(padded[:4], "big")
    parts = []
    at = 4
    while at < end:
        size = int.from_bytes(padded[at : at + 4], "big")
        parts.append(padded[at + 4 : at + 4 + size])
        at += 4 + size
    return json.loads(parts[0]), parts[1:]


def _seal(key: bytes, round_id: UUID, codes: Any, ballots: list[bytes], size: int) -> bytes:
    parts = [json.dumps(codes, separators=(",", ":")).encode(), *ballots]
    plain = b"".join(piece for part in parts for piece in (len(part).to_bytes(4, "big"), part))
    nonce = os.urandom(12)
    padded = b"".join((len(plain).to_bytes(4, "big"), plain, bytes(size - 33 - len(plain))))
    return b"".join((b"\x01", nonce, AESGCM(key).encrypt(nonce, padded, b"|".join((b"box", round_id.bytes, b"\x01")))))


def _find(codes: Any, pepper: bytes, typed: str) -> Any:
    code = typed.encode()
    found = urlsafe_b64encode(hmac.digest(pepper, len(code).to_bytes(4, "big") + code, hashlib.sha256)).decode()
    return next(code for code in codes if code["code_hash"] == found)
