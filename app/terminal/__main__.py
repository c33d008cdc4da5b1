"""`python -m app.terminal`: the same as `debrief answer`, without loading anything of the server."""

import typer

from app.terminal.command import answer

if __name__ == "__main__":
    typer.run(answer)
