"""One tick, by hand or by a timer."""

import asyncio
from datetime import UTC, date, datetime, time
from typing import Annotated

import typer

from app.composition import build_context, close, run_tick
from app.core.errors import ConfigurationError
from app.core.logging import configure_logging
from app.core.settings import Settings, load_settings
from app.diagnosis import refuse_shared_keys


def tick(
    at: Annotated[
        str | None,
        typer.Option(help="A date or an RFC 3339 time to take for now; the future in development only."),
    ] = None,
) -> None:
    """Close and release the rounds that are due."""
    settings = load_settings()
    configure_logging(settings)
    asyncio.run(refuse_shared_keys(settings))
    asyncio.run(_tick(settings, at))


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
