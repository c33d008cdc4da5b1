"""CLI commands for connections and vendors."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.accounts import connections, keys
from app.accounts.rules import ConnectionSettings, KeyOwner, Provider, Scope
from app.ats import connection_state
from app.ats.connection_check import check
from app.ats.webhook_setup import set_up
from app.composition import bring_up_to_date, build_context, close
from app.context import Context
from app.core.errors import ConfigurationError, DomainError
from app.core.settings import load_settings

T = TypeVar("T")

connection_commands = typer.Typer(no_args_is_help=True, help="Create and manage connections to employers' systems.")
vendor_commands = typer.Typer(no_args_is_help=True, help="Manage vendors, who connect their own customers.")

ConnectionId = Annotated[UUID, typer.Argument(help="The connection's id, as `debrief connection list` shows it.")]


@connection_commands.command("add")
def add_connection(
    company: Annotated[str, typer.Option(help="The company's name, as candidates know it.")],
    domain: Annotated[str | None, typer.Option(help="The domain of its work addresses, such as acme.example.")] = None,
    provider: Annotated[Provider, typer.Option(help="The system that the company uses.")] = Provider.NEUTRAL,
    hold_hours: Annotated[int, typer.Option(help="Hours between a rejection and the offer.")] = 72,
    test: Annotated[
        bool, typer.Option("--test", help="Create a test connection: no hold, and no mail is sent.")
    ] = False,
) -> None:
    """Create a connection. Its key and its webhook secret are shown only now."""
    try:
        settings = ConnectionSettings(company=company, company_domain=domain, hold_hours=0 if test else hold_hours)
    except ValidationError as error:
        fields = ", ".join(".".join(str(part) for part in fault["loc"]) for fault in error.errors(include_input=False))
        raise ConfigurationError([f"these values are invalid: {fields}"]) from None

    def act(session: Session, ctx: Context) -> connections.NewConnection:
        return connections.make_connection(
            session,
            provider=provider,
            settings=settings,
            is_test=test,
            vendor_id=None,
            credentials=None,
            vault_key=ctx.vault_key,
            now=ctx.clock.now(),
        )

    made, base_url = _write(lambda session, ctx: (act(session, ctx), ctx.base_url))
    typer.echo(f"connection   {made.row.id}")
    typer.echo(f"key          {made.key}")
    typer.echo(f"hook         {base_url}/v1/hooks/{provider.value}/{made.row.id}")
    typer.echo(f"hook secret  {made.hook_secret}")
    typer.echo("The key and the secret are shown only now: keep them.")


@connection_commands.command("list")
def list_connections() -> None:
    """List all connections with the last day of each event."""
    for row in _write(lambda session, _ctx: connections.listed(session)):
        wired = " ".join(f"{name}={day}" for name, day in sorted(row.wired.items())) or "no event yet"
        test = " test" if row.is_test else ""
        company = connections.settings_of(row).company
        typer.echo(f"{row.id} {row.provider:<10} {row.state:<15} {company}{test} ({wired})")


@connection_commands.command("rotate")
def rotate_key(
    connection_id: ConnectionId,
    now: Annotated[bool, typer.Option("--now", help="Expire older keys at once instead of in a day.")] = False,
) -> None:
    """Create a new key and show it once. Older keys stay valid for a day; keys that were replaced before expire at
    once.
    """

    def act(session: Session, ctx: Context) -> str:
        row = connections.find(session, connection_id, lock=True)
        moment = ctx.clock.now()
        key_row, key = keys.add(session, connections.kind_of(row), KeyOwner.CONNECTION, row.id, tuple(Scope), moment)
        keys.retire(session, row.id, moment, keep=key_row.id, at_once=now)
        return key

    typer.echo(f"key          {_write(act)}")


@connection_commands.command("disable")
def disable_connection(connection_id: ConnectionId) -> None:
    """Disable a connection: it accepts no messages and makes no offers."""

    def act(session: Session, _ctx: Context) -> None:
        connection_state.switch_off(session, connections.find(session, connection_id, lock=True))

    _write(act)
    typer.echo("The connection is disabled.")


@connection_commands.command("wire")
def wire_connection(connection_id: ConnectionId) -> None:
    """Create the webhooks in Ashby or Lever. Exits with 1 if some could not be created."""
    ctx = _context()

    async def run() -> Sequence[str]:
        try:
            return await set_up(ctx, connection_id, None)
        finally:
            await close(ctx)

    failed = _exit_on_error(lambda: asyncio.run(run()))
    for name in failed:
        typer.echo(f"not created: {name}")
    if failed:
        raise SystemExit(1)
    typer.echo("All webhooks are created.")


@connection_commands.command("test")
def test_connection(connection_id: ConnectionId) -> None:
    """Check a connection. Exits with 1 if a setting, key or permission is missing or excessive."""
    ctx = _context()

    async def run() -> bool:
        try:
            found = await check(ctx, connection_id, None)
        finally:
            await close(ctx)
        for one in found.missing:
            typer.echo(f"missing   {one.code}: {one.message}")
        for one in found.too_much:
            typer.echo(f"too much  {one.code}: {one.message}")
        return found.ok

    if not _exit_on_error(lambda: asyncio.run(run())):
        raise SystemExit(1)
    typer.echo("The connection is ready.")


@vendor_commands.command("add")
def add_vendor(name: Annotated[str, typer.Argument(help="The vendor's name.")]) -> None:
    """Register a vendor, who creates connections for its own customers. Its key is shown only now."""
    row, key = _write(lambda session, ctx: connections.make_vendor(session, name, ctx.clock.now()))
    typer.echo(f"vendor       {row.id}")
    typer.echo(f"key          {key}")


@vendor_commands.command("list")
def list_vendors() -> None:
    """List all vendors."""
    for row in _write(lambda session, _ctx: connections.vendors(session)):
        typer.echo(f"{row.id} {row.name}")


def _context() -> Context:
    settings = load_settings()
    bring_up_to_date(settings)
    return build_context(settings)


def _write(act: Callable[[Session, Context], T]) -> T:
    ctx = _context()

    async def run() -> T:
        try:
            return await ctx.db.write(act, ctx)
        finally:
            await close(ctx)

    return _exit_on_error(lambda: asyncio.run(run()))


def _exit_on_error(run: Callable[[], T]) -> T:
    try:
        return run()
    except DomainError as error:
        typer.echo(error.detail, err=True)
        raise SystemExit(2) from None
