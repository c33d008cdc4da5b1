"""The command `debrief demo`: start a fresh server, play the story, leave the server running to try it."""

import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import httpx
import typer

from app.core import migrations
from app.core.errors import ConfigurationError
from app.demo.mail_story import deliver
from app.demo.next_steps import print_commands
from app.demo.page import Page
from app.demo.server import Running, first_free, running
from app.demo.service import Difference, Service
from app.demo.story import pages_of, tell

_PATIENCE = 10.0
_LAST_LINES = 15


def play(*, port: int, leave: bool, database: str | None = None, transport: httpx.BaseTransport | None = None) -> int:
    """Play the story; return the exit code, which is 1 if a response differed from the story.

    Unless `leave`, the server runs until Ctrl-C. All data is deleted afterwards, except in a given `database`. Tests
    pass a `transport`. Raises ConfigurationError if the database is not empty.
    """
    if database is not None and not migrations.is_empty(database):
        raise ConfigurationError(["--database: holds something already; the story moves the clock, and would erase it"])
    page = Page()
    with _interruptible(), tempfile.TemporaryDirectory(prefix="debrief-demo-") as directory:
        try:
            return _play(page, Path(directory), port, leave, database, transport)
        except KeyboardInterrupt:
            typer.echo("\nStopped; nothing is left behind.")
            return 0
        except Difference as difference:
            _report(page, difference, Path(directory) / "server.log")
            return 1


def _play(
    page: Page,
    directory: Path,
    wished: int,
    leave: bool,
    database: str | None,
    transport: httpx.BaseTransport | None,
) -> int:
    port = first_free(wished)
    if wished and port != wished:
        typer.echo(f"Port {wished} is taken, so this is port {port}.")
    with (
        running(directory, port, database) as server,
        httpx.Client(base_url=server.url, timeout=_PATIENCE, transport=transport, trust_env=False) as client,
    ):
        service = Service(client)
        page.title("Debrief: the debriefing that job interviews lack")
        page.say(
            f"A fresh service at {server.url}, all its data in {directory}, its log in server.log there.", indent=""
        )
        typer.echo()
        try:
            ids = tell(service, page, server.tick)
            page.title("Ben knows now: it was not about him.")
            page.say(
                "They liked him. What he feared never counted; the one doubt was a question that nobody asked, and he "
                "has loved writing for beginners all along. Next time he says so before anybody has to guess.",
                indent="",
            )
            page.title("And where Ben would rather not write himself:")
            mailed = deliver(service, page)
            typer.echo(f"\nEverything happened as told ({service.compared} checks).")
            if leave:
                return 0
            page.title("Your turn. The service goes on until Ctrl-C, which also removes its data.")
            page.say("Open in a browser:", indent="")
            page.addresses(
                [
                    *pages_of(server.url, ids),
                    ("Cleo's link, still to be answered", mailed.invitation),
                    (
                        "Ben's page for that, where her answer will show",
                        f"{server.url}/requests/{mailed.request}#m={mailed.token}",
                    ),
                    ("Every mail of this server", f"{server.url}/dev/mail"),
                    ("A request of your own", f"{server.url}/"),
                ]
            )
            typer.echo("\nOr on the command line:")
            print_commands(page, server.url, ids, mailed)
        except (httpx.HTTPError, subprocess.TimeoutExpired) as error:
            raise Difference("an answer of the service", f"within {_PATIENCE:.0f} s", type(error).__name__) from error
        _serve_on(server)
    return 0


def _serve_on(server: Running) -> None:
    code = server.process.wait()
    raise Difference("the service", "running until Ctrl-C", f"it ended with {code}")


def _report(page: Page, difference: Difference, log: Path) -> None:
    page.title(f"NOT AS TOLD: {difference.what}")
    typer.echo(f"   expected: {difference.expected}")
    typer.echo(f"   got:      {difference.got}")
    lines = log.read_text(errors="replace").splitlines()[-_LAST_LINES:] if log.exists() else []
    if lines:
        typer.echo("\nThe end of the server's log:")
        for line in lines:
            typer.echo(f"   {line}")


@contextmanager
def _interruptible() -> Iterator[None]:
    """Handle SIGTERM and SIGHUP like Ctrl-C, and ignore a second signal: it must not interrupt the clean-up."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
