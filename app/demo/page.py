"""Output of the story: numbered steps, wrapped text, and a bar beside what a person sees."""

import shutil
import textwrap
from collections.abc import Iterable, Sequence

import typer

_WIDEST = 92
_INDENT = "   "
_BAR = "   │ "


class Page:
    """Prints to standard output; bold and dim only where that is a terminal."""

    def __init__(self) -> None:
        self.width = max(60, min(_WIDEST, shutil.get_terminal_size((_WIDEST, 24)).columns))
        self._steps = 0

    def title(self, text: str) -> None:
        """Print a bold line."""
        typer.echo()
        typer.secho(text, bold=True)

    def step(self, text: str) -> None:
        """Print the heading of the next step."""
        self._steps += 1
        typer.echo()
        typer.secho(f"{self._steps}  {text}", bold=True)

    def say(self, text: str, indent: str = _INDENT) -> None:
        """Print a paragraph of the story."""
        typer.echo(self._wrapped(text, indent, indent))

    def did(self, request: str, outcome: object) -> None:
        """Print a request and its outcome."""
        typer.secho(self._wrapped(f"{request}  ->  {outcome}", f"{_INDENT}> ", f"{_INDENT}  "), dim=True)

    def shown(self, paragraphs: Iterable[str]) -> None:
        """Print what a person sees, beside a bar. A paragraph that begins with spaces stays indented."""
        for paragraph in paragraphs:
            inner = " " * (len(paragraph) - len(paragraph.lstrip()))
            typer.echo(self._wrapped(paragraph.strip(), _BAR + inner, _BAR + inner) or _BAR.rstrip())

    def pairs(self, rows: Sequence[tuple[str, str]]) -> None:
        """Print pairs of a word and its explanation in two columns."""
        widest = max(len(word) for word, _ in rows)
        for word, text in rows:
            typer.echo(self._wrapped(text, f"{_BAR}{word:<{widest}}  ", f"{_BAR}{'':<{widest}}  "))

    def addresses(self, rows: Sequence[tuple[str, str]]) -> None:
        """Print addresses for the browser, each on an unwrapped line of its own."""
        for title, address in rows:
            typer.echo()
            typer.echo(f"{_INDENT}{title}")
            typer.echo(f"{_INDENT}{address}")

    def command(self, title: str, command: str) -> None:
        """Print a command to copy, not indented and never wrapped."""
        typer.echo()
        typer.echo(f"# {title}")
        typer.echo(command)

    def _wrapped(self, text: str, first: str, further: str) -> str:
        # A link must stay in one piece, however narrow the terminal is.
        return textwrap.fill(
            text,
            self.width,
            initial_indent=first,
            subsequent_indent=further,
            break_long_words=False,
            break_on_hyphens=False,
        )
