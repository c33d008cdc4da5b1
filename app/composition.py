"""Putting the parts together: what the serving process and the commands have in common."""

from datetime import datetime
from pathlib import Path

from app.core import idempotency
from app.core.clock import Clock, SystemClock
from app.core.db import Database, connect
from app.core.settings import ConfigurationError, Settings
from app.requests import ending
from app.rounds import tick as rounds
from app.rounds.context import Context
from app.rounds.promise import Voice
from app.sealing.keystore import FileKeyStore, KeyStore
from app.sealing.sql_keystore import SqlKeyStore


def open_key_store(settings: Settings) -> KeyStore:
    """Return the key store that the settings name. Raises ConfigurationError."""
    url = settings.keystore_url.get_secret_value()
    kind, _, place = url.partition(":")
    if kind == "file" and place:
        return FileKeyStore(Path(place))
    if kind.partition("+")[0] in {"postgresql", "postgres"} and place:
        return SqlKeyStore(url.replace(kind, "postgresql", 1))
    raise ConfigurationError(
        ["DEBRIEF_KEYSTORE_URL: must be file: and a directory, or, for several hosts, postgresql:// and a database"]
    )


def make_data_dir(settings: Settings) -> None:
    """Make the data directory if it is not there, for its owner only."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)


async def close(context: Context) -> None:
    """Close all connections."""
    await context.db.close()
    if isinstance(context.keys, SqlKeyStore):
        await context.keys.close()


def build_context(
    settings: Settings, *, clock: Clock | None = None, db: Database | None = None, keys: KeyStore | None = None
) -> Context:
    """Return what the use cases stand on."""
    make_data_dir(settings)
    return Context(
        db=db or connect(settings.database_url.get_secret_value()),
        keys=keys or open_key_store(settings),
        clock=clock or SystemClock(),
        pepper=settings.subkey("pepper"),
        voice=Voice(settings.operator_name or None, settings.operator_contact or None),
        base_url=settings.base_url,
    )


async def run_tick(context: Context, now: datetime, *, evaluate_early: bool = False) -> rounds.TickReport:
    """Do everything that time does: rounds close and release, and what a crash interrupted is finished."""
    await ending.sweep(context.db, context.keys)
    await context.db.write(idempotency.purge, now.date())
    return await rounds.tick(context.db, context.keys, now, evaluate_early=evaluate_early)
