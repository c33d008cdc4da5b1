"""`python -m app.terminal`: the same as `debrief answer`, without loading anything of the server."""

import typer

from app.terminal.command import answer

# What fails is not shown with its values: among them are a code, and what somebody answers.
terminal = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
terminal.command()(answer)

if __name__ == "__main__":
    terminal()
