"""`python -m app.terminal`: `debrief answer` without importing the server's modules."""

import typer

from app.terminal.command import answer

# Tracebacks must not show values: a code or an answer may be among them.
terminal = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
terminal.command()(answer)

if __name__ == "__main__":
    terminal()
