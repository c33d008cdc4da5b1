"""The command line: serve Debrief, look after it, and answer from a terminal.

Each command is imported when it is called: importing the whole service takes seconds, and `--help` needs none of it.
"""

import os
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group
from typing_extensions import override

from app import __version__
from app.core.errors import CannotStart

# The place of each command or group of commands, and its line in `--help`.
COMMANDS = {
    "serve": ("app.commands.service:serve", "Serve the API and the pages."),
    "worker": ("app.commands.service:worker", "Run the background tasks alone, beside `serve --no-worker`."),
    "migrate": ("app.commands.service:migrate", "Bring the database's schema up to date."),
    "check": ("app.commands.check:check", "Check settings, database, keys and mail; end with 1 if something is wrong."),
    "tick": (
        "app.commands.tick:tick",
        "Close and release the rounds that are due, and erase what is due for erasure.",
    ),
    "outbox": ("app.commands.outbox:outbox_commands", "List waiting and failed mail; try it again."),
    "bounce": ("app.commands.bounce:bounce", "Read a returned mail from standard input, for a mail server's pipe."),
    "connection": (
        "app.commands.connections:connection_commands",
        "Create and manage connections to employers' systems.",
    ),
    "vendor": (
        "app.commands.connections:vendor_commands",
        "Manage vendors, who connect their own customers.",
    ),
    "webhook": ("app.commands.webhook_listen:webhook_commands", "Receive webhooks in development."),
    "answer": ("app.terminal.command:answer", "Answer a one-time link without a browser."),
    "demo": ("app.commands.demo:demo", "Start the service on fresh data and play a story over HTTP."),
    "openapi": ("app.commands.contract:openapi", "Write the API's contract, openapi/openapi.json."),
}


class LazyCommand(TyperCommand):
    """A command, or a group of commands, that is imported when it is called."""

    def __init__(self, name: str, where: str, summary: str) -> None:
        super().__init__(name, help=summary)
        self._where = where

    def load(self) -> TyperCommand | TyperGroup:
        """Import the command."""
        module, _, attribute = self._where.partition(":")
        found = getattr(import_module(module), attribute)
        if isinstance(found, typer.Typer):
            return get_group(found)
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command(self.name)(found)
        command = get_command(alone)
        assert isinstance(command, TyperCommand)  # noqa: S101  Alone, it is a command and no group.
        return command

    @override
    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Parse the arguments with the imported command, which the context then calls."""
        return self.load().make_context(*args, **extra)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"debrief {__version__}")
        raise typer.Exit


def _debrief(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Serve Debrief, look after it, and answer from a terminal."""


def commands() -> TyperGroup:
    """Return the command line."""
    cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    cli.callback()(_debrief)
    group = get_group(cli)
    for name, (where, summary) in COMMANDS.items():
        group.add_command(LazyCommand(name, where, summary))
    return group


def main() -> None:
    """Run the command line. An operator's mistake ends in one line, not in a traceback."""
    # Only the owner may read what we write: the database, its log, keys, secrets, mails.
    os.umask(0o077)
    try:
        commands()()
    except CannotStart as error:
        typer.echo(str(error), err=True)
        raise SystemExit(2) from None
    except Exception as error:
        line = import_module("app.core.storage_faults").explain(error)
        if line is None:
            raise
        typer.echo(line, err=True)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
