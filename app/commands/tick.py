"""`debrief tick`: one tick, started by a person or a timer."""

import asyncio
from datetime import UTC, date, datetime, time
from typing import Annotated

import typer

from app.commands.check import refuse_shared_keys
from app.composition import bring_up_to_date, build_context, close
from app.context import Context
from app.core.errors import ConfigurationError
from app.core.logging import configure_logging
from app.core.settings import Settings, load_settings
from app.jobs import count_expired, erase_again, run_tick
from app.operation import day


def tick(
    at: Annotated[
        str | None,
        typer.Option(help="A date or an RFC 3339 time to use as now; in development also a future one."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="With --at: also erase what will be due for erasure by then.")
    ] = False,
    confirm_date: Annotated[
        bool,
        typer.Option(
            "--confirm-date",
            help="Confirm that the day is right, though the last run is far from it.",
        ),
    ] = False,
) -> None:
    """Close and release the rounds that are due, and erase what is due for erasure."""
    settings = load_settings()
    configure_logging(settings)
    bring_up_to_date(settings)
    asyncio.run(refuse_shared_keys(settings))
    asyncio.run(_tick(settings, at, yes=yes, confirmed=confirm_date))


def moment(text: str) -> datetime:
    """Read a date (as its noon, UTC) or an RFC 3339 time. Raises ValueError."""
    if len(text) == len("2026-12-09"):
        return datetime.combine(date.fromisoformat(text), time(12), UTC)
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("the time zone is missing")
    return at.astimezone(UTC)


async def _tick(settings: Settings, at: str | None, *, yes: bool, confirmed: bool) -> None:
    context = build_context(settings)
    try:
        now = await _time_of_tick(context, settings, at, yes=yes, confirmed=confirmed)
        if confirmed:
            await context.db.write(day.forget_later, max(now, context.clock.now()))
        report = await run_tick(context, now)
    finally:
        await close(context)
    for state, count in sorted(report.ended.items()):
        typer.echo(f"{count} {state.value}")
    erased = {what: count for what, count in report.erased.items() if count}
    for what, count in erased.items():
        typer.echo(f"{count} {what} erased")
    if report.unreadable:
        typer.echo(f"{len(report.unreadable)} can't be opened: run `debrief check`.", err=True)
        raise SystemExit(1)
    if not report.ended and not erased:
        typer.echo("Nothing was due.")


async def _time_of_tick(
    context: Context, settings: Settings, at: str | None, *, yes: bool, confirmed: bool
) -> datetime:
    """Return the time of a tick. Raises ConfigurationError, or SystemExit for a doubtful day without --confirm-date."""
    now = context.clock.now()
    if at is not None:
        try:
            wished = moment(at)
        except ValueError as error:
            raise ConfigurationError([f"--at: {error}"]) from None
        if wished > now and settings.is_production:
            raise ConfigurationError(["--at: the future is for development only"])
        if wished > now and not yes and (count := await count_expired(context, wished.date())):
            raise ConfigurationError(
                [f"--at: {count} requests or applications would be erased then. If so, add --yes."]
            )
        now = wished
    # In development --at is a choice, not a wrong clock.
    if not confirmed and (at is None or settings.is_production):
        doubtful = await day.why_day_is_doubtful(context, now, by_hand=at is not None)
        if doubtful is not None:
            await erase_again(context)
            typer.echo(f"{doubtful.text}\n{doubtful.remedy}", err=True)
            raise SystemExit(1)
    return now
