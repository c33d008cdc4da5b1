"""`debrief bounce`: read a returned mail, or write to a bounced address again."""

import asyncio
import os
import sys
from collections.abc import Callable
from typing import Annotated, Concatenate, ParamSpec, TypeVar

import typer
from sqlalchemy.orm import Session

from app.composition import build_context, close
from app.core import storage_faults
from app.core.addresses import read_address
from app.core.errors import ConfigurationError
from app.core.settings import Settings, load_settings
from app.delivery import bounces, suppression
from app.delivery.mail.dsn import read_dsn

P = ParamSpec("P")
T = TypeVar("T")

# More than enough: the largest notification, with a whole mail in it, needs a hundredth.
_LONGEST = 1024 * 1024


def bounce(
    lift: Annotated[
        str | None, typer.Option(help="Write to this address again, instead of reading a mail.", metavar="ADDRESS")
    ] = None,
) -> None:
    """Read a returned mail from standard input, for a mail server's pipe."""
    try:
        settings = load_settings()
        if lift is not None:
            _lift(settings, lift)
            return
        raw = sys.stdin.buffer.read(_LONGEST)
        # Read to the end: a mail server counts an early stop as a failure.
        while sys.stdin.buffer.read(_LONGEST):
            pass
        _take(settings, raw)
    except Exception as error:
        if lift is not None:
            raise
        typer.echo(storage_faults.explain(error) or str(error) or type(error).__name__, err=True)
        # Any other code makes a mail server return the mail once more.
        raise SystemExit(os.EX_TEMPFAIL) from None


def _take(settings: Settings, raw: bytes) -> None:
    key = settings.subkey("suppression")
    returned = read_dsn(raw, key)
    if returned is None:
        typer.echo("ignored: this tells of no mail of ours that can't arrive")
        return
    hard = _through(settings, bounces.record, key, returned.digest, returned.status, returned.row_id)
    typer.echo(f"{'suppressed' if hard else 'noted'} ({returned.status or 'no status'})")


def _lift(settings: Settings, typed: str) -> None:
    address = read_address(typed)
    if address is None:
        raise ConfigurationError(["--lift: this is not an address"])
    key = settings.subkey("suppression")
    _through(settings, suppression.lift_bounced, key, suppression.digest_of(key, address))
    typer.echo("Debrief writes to this address again, unless its reader wants no mail.")


def _through(settings: Settings, act: Callable[Concatenate[Session, P], T], *args: P.args, **kw: P.kwargs) -> T:
    async def write() -> T:
        context = build_context(settings)
        try:
            return await context.db.write(act, *args, **kw)
        finally:
            await close(context)

    return asyncio.run(write())
