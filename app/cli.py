"""The command line, `debrief`: serving and working, and what operators, developers and those who answer need."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Concatenate, ParamSpec, TypeVar
from uuid import UUID

import typer
import uvicorn
from sqlalchemy.orm import Session

from app.background import work
from app.composition import bring_up_to_date, build_context, close, make_data_dir, run_tick
from app.connecting import connection_commands, vendor_commands
from app.core import schema
from app.core.logging import configure_logging
from app.core.server import uvicorn_options
from app.core.settings import ConfigurationError, Settings, load_settings
from app.delivery import outbox
from app.delivery.models import OutboxState
from app.demo.run import play
from app.diagnosis import diagnose, refuse_shared_keys, warn
from app.integrations.listening import webhook_commands
from app.main import create_app
from app.terminal.command import answer

P = ParamSpec("P")
T = TypeVar("T")

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

outbox_commands = typer.Typer(no_args_is_help=True, help="Look at mail that waits or has failed; try again.")
cli.add_typer(outbox_commands, name="outbox")
cli.add_typer(webhook_commands, name="webhook")
cli.add_typer(connection_commands, name="connection")
cli.add_typer(vendor_commands, name="vendor")

CONTRACT = Path("openapi/openapi.json")


def main() -> None:
    """Run the command line; a wrong setting is a sentence, not a traceback."""
    try:
        cli()
    except ConfigurationError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(2) from None


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on.")] = None,
    worker: Annotated[bool, typer.Option(help="Close and release rounds, and send mail, in this process.")] = True,
) -> None:
    """Serve the API."""
    settings = _settings(**{key: value for key, value in (("host", host), ("port", port)) if value is not None})
    configure_logging(settings)
    bring_up_to_date(settings)
    asyncio.run(warn(settings))
    app = create_app(settings, ticking=worker)
    uvicorn.run(app, **uvicorn_options(settings))


@cli.command()
def worker() -> None:
    """Close and release rounds, and send mail, without serving; beside `serve --no-worker`."""
    settings = _settings()
    configure_logging(settings)
    bring_up_to_date(settings)
    asyncio.run(refuse_shared_keys(settings))
    asyncio.run(work(settings))


@outbox_commands.command("list")
def list_outbox(
    everything: Annotated[bool, typer.Option("--all", help="Also what was sent or cancelled.")] = False,
) -> None:
    """List the mail that waits or has failed: which kind, since when, why; never to whom, or what it says."""
    states = list(OutboxState) if everything else [OutboxState.WAITING, OutboxState.DEAD]
    for row in asyncio.run(_through(_settings(), outbox.listed, states)):
        held = f" held for {row.held_for.value}" if row.held_for else ""
        why = f" ({row.last_error})" if row.last_error else ""
        typer.echo(f"{row.id} {row.state.value:<9} {row.kind:<18} {row.send_on} tries {row.attempts}{held}{why}")


@outbox_commands.command("requeue")
def requeue_outbox(
    ids: Annotated[list[UUID] | None, typer.Argument(help="Which rows; all dead ones if none is named.")] = None,
) -> None:
    """Try again what was given up."""
    count = asyncio.run(_through(_settings(), outbox.requeue, ids or None))
    typer.echo(f"{count} will be tried again.")


@cli.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    settings = _settings()
    make_data_dir(settings)
    schema.upgrade(settings.database_url.get_secret_value())
    typer.echo("The database is up to date.")


@cli.command()
def tick(
    at: Annotated[
        str | None,
        typer.Option(help="A date or an RFC 3339 time to take for now; the future in development only."),
    ] = None,
) -> None:
    """Close and release the rounds that are due."""
    settings = _settings()
    configure_logging(settings)
    asyncio.run(refuse_shared_keys(settings))
    asyncio.run(_tick(settings, at))


@cli.command()
def check() -> None:
    """Look at the configuration, the database and the keys; end with 1 if something is wrong."""
    settings = _settings()
    findings = asyncio.run(diagnose(settings))
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.good else 'BAD '} {finding.text}")
        if finding.remedy:
            typer.echo(f"     {finding.remedy}")
    if not all(finding.good for finding in findings):
        raise SystemExit(1)


@cli.command()
def openapi(
    check_only: Annotated[bool, typer.Option("--check", help="Compare, and end with 1 if it differs.")] = False,
) -> None:
    """Write openapi/openapi.json, the contract."""
    with TemporaryDirectory() as nowhere:
        # An application makes its directories; the contract needs none, and is the same with any settings.
        settings = load_settings(
            _env_file=None,
            environment="development",
            data_dir=Path(nowhere),
            database_url=f"sqlite:///{nowhere}/none.sqlite3",
            keystore_url=f"file:{nowhere}/keys",
        )
        written = contract(settings)
    if not check_only:
        CONTRACT.parent.mkdir(exist_ok=True)
        CONTRACT.write_text(written)
        typer.echo(f"Wrote {CONTRACT}.")
    elif not CONTRACT.exists() or CONTRACT.read_text() != written:
        typer.echo(f"{CONTRACT} is not what the code serves: run `make openapi` and look at the difference.", err=True)
        raise SystemExit(1)


@cli.command()
def demo(
    leave: Annotated[bool, typer.Option("--exit", help="End after the story, with 1 if anything differed.")] = False,
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8000,
) -> None:
    """Start the service on a fresh SQLite file and play a real story over HTTP."""
    raise SystemExit(play(port=port, leave=leave))


cli.command()(answer)


def contract(settings: Settings) -> str:
    """Return the OpenAPI document as it is kept in the repository."""
    document = create_app(settings).openapi()
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def moment(text: str) -> datetime:
    """Read a date (taken for its noon, UTC) or an RFC 3339 time. Raises ValueError."""
    if len(text) == len("2026-12-09"):
        return datetime.combine(date.fromisoformat(text), time(12), UTC)
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("the time zone is missing")
    return at.astimezone(UTC)


async def _tick(settings: Settings, at: str | None) -> None:
    context = build_context(settings)
    now = context.clock.now()
    if at is not None:
        try:
            wished = moment(at)
        except ValueError as error:
            raise ConfigurationError([f"--at: {error}"]) from None
        if wished > now and settings.is_production:
            raise ConfigurationError(["--at: the future is for development only"])
        now = wished
    try:
        # In production once a day at most, whatever is given: oftener would open a round at its last answer.
        report = await run_tick(context, now, evaluate_early=at is not None and not settings.is_production)
    finally:
        await close(context)
    for state, count in sorted(report.ended.items()):
        typer.echo(f"{count} {state.value}")
    if report.unreadable:
        typer.echo(f"{len(report.unreadable)} can't be opened: run `debrief check`.", err=True)
        raise SystemExit(1)
    if not report.ended:
        typer.echo("Nothing was due.")


async def _through(settings: Settings, act: Callable[Concatenate[Session, P], T], *args: P.args, **kw: P.kwargs) -> T:
    context = build_context(settings)
    try:
        return await context.db.write(act, *args, **kw)
    finally:
        await close(context)


def _settings(**overrides: str | int) -> Settings:
    return load_settings(**overrides)


if __name__ == "__main__":
    main()
