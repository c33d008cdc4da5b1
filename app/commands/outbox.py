"""Mail that waits or has failed, for its operator."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Concatenate, ParamSpec, TypeVar
from uuid import UUID

import typer
from sqlalchemy.orm import Session

from app.composition import build_context, close
from app.core.settings import load_settings
from app.delivery import outbox
from app.delivery.models import OutboxState

P = ParamSpec("P")
T = TypeVar("T")

outbox_commands = typer.Typer(no_args_is_help=True, help="List mail that waits or has failed; try again.")


@outbox_commands.command("list")
def list_outbox(
    everything: Annotated[bool, typer.Option("--all", help="Also what was sent or cancelled.")] = False,
) -> None:
    """List the mail that waits or has failed: which kind, since when, why; never to whom, or what it says."""
    states = list(OutboxState) if everything else [OutboxState.WAITING, OutboxState.DEAD]
    for row in asyncio.run(_through(outbox.listed, states)):
        held = f" held for {row.held_for.value}" if row.held_for else ""
        why = f" ({row.last_error})" if row.last_error else ""
        typer.echo(f"{row.id} {row.state.value:<9} {row.kind:<18} {row.send_on} tries {row.attempts}{held}{why}")


@outbox_commands.command("requeue")
def requeue_outbox(
    ids: Annotated[list[UUID] | None, typer.Argument(help="Which rows; all dead ones if none is named.")] = None,
) -> None:
    """Try again what was given up."""
    count = asyncio.run(_through(outbox.requeue, ids or None))
    typer.echo(f"{count} will be tried again.")


async def _through(act: Callable[Concatenate[Session, P], T], *args: P.args, **kw: P.kwargs) -> T:
    context = build_context(load_settings())
    try:
        return await context.db.write(act, *args, **kw)
    finally:
        await close(context)
