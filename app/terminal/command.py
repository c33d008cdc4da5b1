"""The command `debrief answer` and its options."""

from pathlib import Path
from typing import Annotated

import typer

from app.terminal.answer_flow import STANDARD_INPUT, Options
from app.terminal.answer_flow import answer as answer_link


def answer(
    link: Annotated[
        str,
        typer.Argument(help="The link that you were given. It is a secret, so better -: it is asked for, or read."),
    ] = STANDARD_INPUT,
    receipt: Annotated[
        str | None, typer.Option(metavar="-", help="In a blind round: read your receipt from standard input.")
    ] = None,
    answer: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Send this JSON instead of asking the questions.")
    ] = None,
    claim: Annotated[bool, typer.Option("--claim", help="In a blind round: take part, and nothing else.")] = False,
    later: Annotated[
        bool,
        typer.Option("--later", help="In a blind round: wait for a random moment in the days of answers, then send."),
    ] = False,
    understood: Annotated[
        bool, typer.Option("--understood", help="You know the promise of this round: send, and ask nothing more.")
    ] = False,
) -> None:
    """Answer a one-time link without a browser.

    Arguments can be seen by other users of this machine, and links and receipts are secrets.

    With - they are asked for; from a pipe they are read, a line each, first the link, then the receipt.
    """
    raise SystemExit(answer_link(link, Options(receipt, answer, claim, understood, later)))
