"""Questions and output in the terminal, with control characters removed from all text of the server."""

import re
import shutil
import sys
import textwrap
from collections.abc import Sequence
from datetime import date, datetime

import typer

Choices = Sequence[tuple[str, str]]

# Control characters begin the escape sequences of terminals; the others change the direction of writing.
_STEERING = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_WIDEST = 88


def plain(text: str) -> str:
    """Return `text` without characters that control a terminal."""
    return _STEERING.sub("", text)


def day(value: date) -> str:
    """Format a day, such as 9 December 2026."""
    return f"{value.day} {value:%B %Y}"


def moment(value: datetime) -> str:
    """Format a moment, such as 9 December 2026, 12:00 UTC."""
    return f"{day(value)}, {value:%H:%M} UTC"


def say(*paragraphs: str) -> None:
    """Print wrapped paragraphs."""
    for paragraph in paragraphs:
        for line in plain(paragraph).split("\n"):
            typer.echo(_wrapped(line))


def title(text: str) -> None:
    """Print a heading."""
    typer.echo()
    typer.secho(_wrapped(plain(text)), bold=True)


def quoted(*lines: str) -> None:
    """Print quoted lines."""
    for line in lines:
        typer.echo(_wrapped(plain(line), "  | "))


def whole(text: str) -> None:
    """Print text to copy, on a line of its own that is never wrapped."""
    typer.echo(f"\n    {plain(text)}\n")


def warn(text: str) -> None:
    """Print a warning to standard error."""
    typer.echo(_wrapped(plain(text)), err=True)


def secret(prompt: str) -> str:
    """Read a secret line without showing it. Raises Abort at the end of the input."""
    if sys.stdin.isatty():
        typed: str = typer.prompt(f"{prompt} (not shown)", hide_input=True)
        return typed
    line = sys.stdin.readline()
    if not line:
        raise typer.Abort
    return line.strip()


def ask(question: str, before: str = "") -> str:
    """Read one line; Enter keeps `before`."""
    typed: str = typer.prompt(plain(question), default=before, show_default=bool(before))
    return typed.strip()


def agrees(question: str) -> bool:
    """Ask for a yes or no; Enter means no."""
    return typer.confirm(_wrapped(plain(question)), default=False)


def choose(question: str, choices: Choices, before: str = "", *, needed: bool = False) -> str:
    """Return the code of the chosen option; empty if none was chosen and none is `needed`."""
    found = choose_some(question, choices, [before] if before else [], needed=needed, most=1)
    return found[0] if found else ""


def choose_some(
    question: str, choices: Choices, before: Sequence[str] = (), *, needed: bool = False, most: int = 3
) -> list[str]:
    """Return the codes of up to `most` options, which are typed as numbers."""
    title(question)
    for number, (_, label) in enumerate(choices, 1):
        typer.echo(f"  {number:>2}  {plain(label)}")
    codes = [code for code, _ in choices]
    kept = " ".join(str(codes.index(code) + 1) for code in before if code in codes)
    how = "Number" if most == 1 else f"Up to {most} numbers, with spaces between"
    while True:
        typed = ask(how if needed else f"{how}, or Enter to leave it open", kept)
        numbers = typed.replace(",", " ").split()
        chosen = [codes[int(one) - 1] for one in numbers if one.isdecimal() and 0 < int(one) <= len(codes)]
        if len(chosen) == len(numbers) <= most and len(set(chosen)) == len(chosen) and (chosen or not needed):
            return chosen
        say("Please choose by the numbers in front.")


def _wrapped(text: str, indent: str = "") -> str:
    width = max(40, min(_WIDEST, shutil.get_terminal_size((_WIDEST, 24)).columns))
    return textwrap.fill(
        text, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
