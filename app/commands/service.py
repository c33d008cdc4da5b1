"""`debrief serve`, `worker` and `migrate`."""

import asyncio
import errno
import os
import socket
from typing import Annotated

import typer
import uvicorn
from typing_extensions import override

from app.background import work
from app.commands.check import refuse_shared_keys, warn
from app.composition import bring_up_to_date, make_data_dir, refuse_lost_database
from app.core import migrations
from app.core.errors import CannotStart
from app.core.http_server import uvicorn_options
from app.core.logging import configure_logging
from app.core.settings import load_settings
from app.main import create_app


class _AnnouncedServer(uvicorn.Server):
    """A server that prints its URL when it is ready."""

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            host, port = listener.getsockname()[:2]
            typer.echo(f"Debrief is ready: http://{f'[{host}]' if ':' in host else host}:{port}")


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on.")] = None,
    worker: Annotated[bool, typer.Option(help="Run the background tasks in this process, too.")] = True,
) -> None:
    """Serve the API and the pages."""
    settings = load_settings(**{key: value for key, value in (("host", host), ("port", port)) if value is not None})
    configure_logging(settings)
    with _bound(settings.host, settings.port) as listener:  # First, before anything changes on disk.
        bring_up_to_date(settings)
        asyncio.run(warn(settings))
        app = create_app(settings, ticking=worker)
        _AnnouncedServer(uvicorn.Config(app, **uvicorn_options(settings))).run([listener])


def worker() -> None:
    """Run the background tasks alone, beside `serve --no-worker`."""
    settings = load_settings()
    configure_logging(settings)
    bring_up_to_date(settings)
    asyncio.run(refuse_shared_keys(settings))
    asyncio.run(work(settings))


def migrate() -> None:
    """Bring the database's schema up to date."""
    settings = load_settings()
    make_data_dir(settings)
    asyncio.run(refuse_lost_database(settings))
    migrations.upgrade(settings.database_url.get_secret_value())
    typer.echo("The database is up to date.")


def _bound(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address; the server listens on it later. Raises CannotStart."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    holding = socket.socket(family)
    holding.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        holding.bind((host, port))
    except OSError as error:
        holding.close()
        where = f"port {port} of {host}"
        if error.errno != errno.EADDRINUSE:
            raise CannotStart(f"Debrief can't listen on {where}: {os.strerror(error.errno or 0)}.") from None
        other = f"Choose another port, for example --port {port + 1}."
        raise CannotStart(f"Something listens on {where} already. {other}") from None
    return holding
