"""`debrief demo`: a story over HTTP, on a service of its own."""

from typing import Annotated

import typer

from app.demo.run import play


def demo(
    leave: Annotated[bool, typer.Option("--exit", help="End after the story, with 1 if anything differed.")] = False,
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8000,
    database: Annotated[
        str | None, typer.Option(help="The URL of an empty database to play on; else a fresh SQLite file.")
    ] = None,
) -> None:
    """Start the service on fresh data and play a story over HTTP."""
    raise SystemExit(play(port=port, leave=leave, database=database))
