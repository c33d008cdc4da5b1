"""`debrief outbox`: list waiting and failed mail, and try it again."""

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

outbox_commands = typer.Typer(no_args_is_help=True, help="List waiting and failed mail; try it again.")


@outbox_commands.command("list")
def list_outbox(
    everything: Annotated[bool, typer.Option("--all", help="Also sent and cancelled mail.")] = False,
) -> None:
    """List waiting and failed mail: kind, day and reason, never recipient or text."""
    states = list(OutboxState) if everything else [OutboxState.WAITING, OutboxState.DEAD]
    for row in asyncio.run(_through(outbox.listed, states)):
        held = f" held for {row.held_for.value}" if row.held_for else ""
        why = f" ({row.last_error})" if row.last_error else ""
        typer.echo(f"{row.id} {row.state.value:<9} {row.kind:<18} {row.send_on} tries {row.attempts}{held}{why}")


@outbox_commands.command("requeue")
def requeue_outbox(
    ids: Annotated[list[UUID] | None, typer.Argument(help="Ids of rows; without any, all dead rows.")] = None,
) -> None:
    """Try mail again that was given up."""
    count = asyncio.run(_through(outbox.requeue, ids or None))
    typer.echo(f"{count} will be tried again.")


async def _through(act: Callable[Concatenate[Session, P], T], *args: P.args, **kw: P.kwargs) -> T:
    context = build_context(load_settings())
    try:
        return await context.db.write(act, *args, **kw)
    finally:
        await close(context)
