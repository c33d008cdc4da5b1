"""Build the parts that the server and the commands share: context, key store, mailer, workers, schema checks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx

from app.applications import notices
from app.applications.letters import OfferOpener
from app.ats.registry import CONNECTORS
from app.ats.sync import AtsGateway
from app.blinding import ristretto
from app.context import Context, Operator
from app.core import migrations
from app.core.clock import Clock, SystemClock
from app.core.db import Database, connect
from app.core.errors import ConfigurationError
from app.core.settings import Settings
from app.core.storage_faults import OWNERSHIP
from app.delivery.backoff import STANDARD, Pace
from app.delivery.mail.letter import Sender
from app.delivery.mail.mailers import FileMailer, Mailer, SmtpMailer, read_smtp_url
from app.delivery.webhooks.rules import STANDARD as RHYTHM
from app.delivery.webhooks.rules import Pace as Rhythm
from app.delivery.webhooks.transport import Outward, Resolve, look_up
from app.delivery.webhooks.worker import Courier
from app.delivery.worker import Post
from app.exchange.mail import ReplyOpener
from app.requests.letters import LetterOpener
from app.sealing.keystore import FileKeyStore, KeyStore
from app.sealing.sql_keystore import SqlKeyStore


def open_key_store(settings: Settings) -> KeyStore:
    """Return the key store that the settings name. Raises ConfigurationError."""
    url = settings.keystore_url.get_secret_value()
    kind, _, place = url.partition(":")
    if kind == "file" and place:
        try:
            return FileKeyStore(Path(place))
        except OSError as error:
            raise _unusable("DEBRIEF_KEYSTORE_URL", Path(place), error) from error
    if kind.partition("+")[0] in {"postgresql", "postgres"} and place:
        return SqlKeyStore(url.replace(kind, "postgresql", 1))
    raise ConfigurationError(
        ["DEBRIEF_KEYSTORE_URL: must be file: and a directory, or, for several hosts, postgresql:// and a database"]
    )


def make_data_dir(settings: Settings) -> None:
    """Create the data directory, readable by its owner only. Raises ConfigurationError."""
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable("DEBRIEF_DATA_DIR", settings.data_dir, error) from error


def _unusable(variable: str, place: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError([f"{variable}: {place} can't be used ({error.strerror}). {OWNERSHIP}"])


async def refuse_lost_database(settings: Settings) -> None:
    """Raise ConfigurationError if there are keys but no database: with a new one, the old rounds would be lost."""
    if not migrations.is_empty(settings.database_url.get_secret_value()):
        return
    keys = open_key_store(settings)
    try:
        count = len(await keys.names())
    finally:
        if isinstance(keys, SqlKeyStore):
            await keys.close()
    if count:
        fault = f"DEBRIEF_DATABASE_URL: this database is empty, but {count} keys of an older one are kept."
        remedy = "Set it right, or restore a backup (docs/operating.md). To start over, move the keys away first."
        raise ConfigurationError([f"{fault} {remedy}"])


def bring_up_to_date(settings: Settings) -> None:
    """Migrate the schema in development; in production raise ConfigurationError if it is old."""
    make_data_dir(settings)
    url = settings.database_url.get_secret_value()
    if migrations.is_current(url):
        return
    asyncio.run(refuse_lost_database(settings))
    if settings.is_production:
        raise ConfigurationError(["The database has an old schema. Run `debrief migrate` first."])
    migrations.upgrade(url)


async def close(context: Context) -> None:
    """Close all connections."""
    await context.db.close()
    if isinstance(context.keys, SqlKeyStore):
        await context.keys.close()


def build_context(
    settings: Settings, *, clock: Clock | None = None, db: Database | None = None, keys: KeyStore | None = None
) -> Context:
    """Return the context of the use cases."""
    make_data_dir(settings)
    return Context(
        db=db or connect(settings.database_url.get_secret_value()),
        keys=keys or open_key_store(settings),
        clock=clock or SystemClock(),
        pepper=settings.subkey("pepper"),
        vault_key=settings.subkey("vault"),
        operator=Operator(settings.operator_name or None, settings.operator_contact or None),
        base_url=settings.base_url,
        blind_seed=settings.subkey("blind") if ristretto.available() else None,
        vouched_domains=settings.vouched_domains,
        sends_mail=open_mailer(settings) is not None,
        is_production=settings.is_production,
        webhooks_to_loopback=settings.webhooks_to_loopback,
    )


def open_mailer(settings: Settings) -> Mailer | None:
    """Return the mailer: SMTP if it is set up, else files in development, else None."""
    if settings.smtp_url is not None:
        url = settings.smtp_url.get_secret_value()
        server = read_smtp_url(url, development=not settings.is_production)
        return SmtpMailer(server, hello=Sender(settings.mail_from, settings.base_url).host)
    return None if settings.is_production else FileMailer(settings.data_dir / "mail")


def build_post(settings: Settings, context: Context, *, pace: Pace | None = None) -> Post | None:
    """Return the dependencies of the mail worker, or None if there is no mailer."""
    mailer = open_mailer(settings)
    if pace is None:
        # Each mail has a connection of its own, so the batch is the number of connections.
        pace = replace(STANDARD, batch=settings.smtp_connections) if settings.smtp_url else STANDARD
    if mailer is None:
        return None
    return Post(
        db=context.db,
        clock=context.clock,
        opener=ReplyOpener(context, OfferOpener(context, LetterOpener(context))),
        mailer=mailer,
        sender=Sender(settings.mail_from, settings.base_url, settings.operator_name, settings.reply_to),
        suppression_key=settings.subkey("suppression"),
        pace=pace,
        recipient_limit=settings.recipient_rate,
    )


def build_courier(context: Context, *, resolve: Resolve = look_up, pace: Rhythm = RHYTHM) -> Courier:
    """Return the dependencies of the webhook worker."""
    return Courier(
        db=context.db,
        clock=context.clock,
        vault_key=context.vault_key,
        open_way=lambda: Outward(resolve, to_loopback=context.webhooks_to_loopback),
        notify=lambda session, connection_id, code, today: notices.add(session, connection_id, code, None, today),
        pace=pace,
    )


@asynccontextmanager
async def open_gateway() -> AsyncIterator[AtsGateway]:
    """Open the HTTP client for ATSs: without proxies from the environment, and without redirects."""
    async with httpx.AsyncClient(trust_env=False, follow_redirects=False) as http:
        yield AtsGateway(CONNECTORS, http)
