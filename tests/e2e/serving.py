"""The application on a real port, inside the test: a browser reaches it, and the test sets its clock."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import uvicorn
from typing_extensions import override

from app.composition import build_context
from app.core.http_server import uvicorn_options
from app.core.settings import load_settings
from app.main import create_app
from tests.support.app import FixedClock, Running


class _Quiet(uvicorn.Server):
    """A server that leaves the signals to whoever runs the tests."""

    @contextmanager
    @override
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(database_url: str, folder: Path) -> AsyncIterator[Running]:
    """Serve on a migrated database. `client` speaks to the same port as the browser does."""
    clock = FixedClock()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        settings = load_settings(
            _env_file=None,
            data_dir=folder / "data",
            database_url=database_url,
            base_url=f"http://127.0.0.1:{listening.getsockname()[1]}",
            anonymous_rate=0,
            raise_rate=0,
            operator_name="Example Careers",
            operator_contact="help@debrief.test",
        )
        ctx = build_context(settings, clock=clock)
        options = uvicorn_options(settings) | {"timeout_graceful_shutdown": 1, "lifespan": "off"}
        server = _Quiet(uvicorn.Config(create_app(settings, context=ctx), **options))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        async with httpx.AsyncClient(base_url=settings.base_url) as client:
            try:
                await _started(server, task)
                yield Running(client, ctx, clock, settings)
            finally:
                server.should_exit = True
                await task
                await ctx.db.close()


async def _started(server: uvicorn.Server, task: asyncio.Task[None]) -> None:
    while not server.started:
        assert not task.done(), task
        await asyncio.sleep(0.005)
