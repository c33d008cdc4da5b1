"""`debrief check`: whether this installation can keep the promise. `serve` logs the same findings as warnings."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import structlog
import typer
from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from app.applications.models import ApplicationRow
from app.composition import build_context, close, refuse_lost_database
from app.context import Context
from app.core import migrations, storage_faults
from app.core.errors import ConfigurationError, Unavailable
from app.core.health import ask_database
from app.core.postgres import PostgresDatabase, is_read_only
from app.core.settings import Settings, load_settings
from app.delivery import outbox
from app.delivery.models import OutboxState
from app.operation import day, deviations
from app.operation.deviations import Deviation
from app.requests.models import RequestRow
from app.rounds.missing_keys import DIALOGUES, LINKS, ROUNDS, KeyReport, Records, check_keys
from app.rounds.models import RoundRow
from app.sealing.envelope import Kind
from app.sealing.keystore import Purpose
from app.sealing.sql_keystore import SharesMainDatabase, SqlKeyStore

log = structlog.get_logger(__name__)

_KEYS = "docs/operating.md, A key is missing"
_SEALED = (
    ROUNDS,
    LINKS,
    DIALOGUES,
    Records("applications", Purpose.APPLICATION, Kind.APPLICATION, ApplicationRow.id, ApplicationRow.dossier),
)


@dataclass(frozen=True)
class Finding:
    """The result of one check, and the remedy if it is bad."""

    good: bool
    text: str
    remedy: str = ""


def check() -> None:
    """Check settings, database, keys and mail; end with 1 if something is wrong."""
    findings = asyncio.run(diagnose(load_settings()))
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.good else 'BAD '} {finding.text}")
        if finding.remedy:
            typer.echo(f"     {finding.remedy}")
    if not all(finding.good for finding in findings):
        raise SystemExit(1)


async def diagnose(settings: Settings) -> list[Finding]:
    """Return the findings, the most important first. Raises ConfigurationError."""
    try:
        return await _look(settings)
    except ConfigurationError:
        raise
    except Exception as error:
        line = storage_faults.explain(error)
        if line is None:
            raise
        return [Finding(False, line)]


async def _look(settings: Settings) -> list[Finding]:
    context = build_context(settings)
    try:
        try:
            await context.db.look(ask_database)
        except Unavailable:
            if (found := await _standby(context)) is None:
                raise
            return [found]
        await _refuse_shared_keys(context, settings)
        await refuse_lost_database(settings)
        if not migrations.is_current(settings.database_url.get_secret_value()):
            return [Finding(False, "The database has an old schema.", "debrief migrate")]
        return [
            *_findings(deviations.of_configuration(settings), f"Settings for {settings.environment} are complete."),
            Finding(True, "The database answers, and its schema is current."),
            *_pooler(context),
            *await _database(context),
            *await _clock(context),
            *_directories(settings),
            await _mail(context),
            *await _keys(context, settings),
        ]
    finally:
        await close(context)


async def warn(settings: Settings) -> None:
    """Log bad findings, for operators who do not run `debrief check`.

    Raises ConfigurationError, and any error that makes the database unusable: then the service must not start.
    """
    for finding in await _look(settings):
        if not finding.good:
            log.warning("check_failed", finding=finding.text, remedy=finding.remedy)


async def refuse_shared_keys(settings: Settings) -> None:
    """Raise ConfigurationError if keys are stored with the database that they open: a backup would contain both."""
    context = build_context(settings)
    try:
        # If the database does not answer, skip this: the store itself refuses, too, at each use.
        with suppress(Unavailable):
            await _refuse_shared_keys(context, settings)
    finally:
        await close(context)


async def _refuse_shared_keys(context: Context, settings: Settings) -> None:
    if isinstance(context.keys, SqlKeyStore):
        with suppress(Unavailable):
            await _prepare(context.keys)
        return
    place = Path(settings.keystore_url.get_secret_value().partition(":")[2])
    if deviations.lies_below(await context.db.look(deviations.file_of_database), place):
        raise ConfigurationError(
            ["DEBRIEF_DATABASE_URL: lies in the directory of the keys; a backup of one would have the other"]
        )


async def _prepare(keys: SqlKeyStore) -> None:
    try:
        await keys.prepare()
    except SharesMainDatabase:
        raise ConfigurationError(
            ["DEBRIEF_KEYSTORE_URL: is the main database; a backup of it would keep keys that must die"]
        ) from None


async def _standby(context: Context) -> Finding | None:
    with suppress(Unavailable):
        if await context.db.look(is_read_only):
            text = "The database takes no writes: it is a standby, or default_transaction_read_only is on."
            return Finding(False, text, "docs/operating.md, When the primary changes")
    return None


def _pooler(context: Context) -> list[Finding]:
    if isinstance(context.db, PostgresDatabase) and context.db.is_pooled:
        return [Finding(True, "A pooler stands before the database: no statement is prepared under a name.")]
    return []


async def _database(context: Context) -> list[Finding]:
    # Through the writing door: pragmas belong to a connection, and that one has to be right.
    found = await context.db.write(deviations.of_main_database)
    return _findings(found, "The database logs and keeps nothing that it should not.")


async def _clock(context: Context) -> list[Finding]:
    now = context.clock.now()
    if (doubtful := await day.why_day_is_doubtful(context, now)) is not None:
        return _findings([doubtful], "")
    theirs = await context.db.look(deviations.time_of_database)
    return _findings(deviations.of_clock(now, theirs), "The clock is plausible.")


def _directories(settings: Settings) -> list[Finding]:
    return _findings(
        deviations.of_directory(settings.data_dir), f"Nobody else on this machine may look into {settings.data_dir}."
    )


async def _keys(context: Context, settings: Settings) -> list[Finding]:
    try:
        kept = [(one, await check_keys(context.db, context.keys, one)) for one in _SEALED]
    except Unavailable as error:
        return [Finding(False, "The key store does not answer.", storage_faults.explain(error) or "")]
    findings = [finding for records, keeping in kept for finding in _kept(records.what, keeping)]
    if orphans := await _orphans(context):
        text = f"{orphans} keys open nothing: a crash left them, or something is being made right now. They do no harm."
        findings.append(Finding(True, text))
    if isinstance(context.keys, SqlKeyStore):
        found = await context.keys.inspect(deviations.of_key_database)
        main = await context.db.look(deviations.server_of_database)
        found += deviations.of_servers(
            main, *await context.keys.inspect(lambda session: [deviations.server_of_database(session)])
        )
        return findings + _findings(
            found, "The database of the keys keeps nothing of destroyed ones. Never back it up."
        )
    place = settings.keystore_url.get_secret_value().partition(":")[2]
    return [*findings, Finding(True, f"Leave {place} out of every backup and snapshot: keys have to be able to die.")]


def _kept(what: str, keeping: KeyReport) -> list[Finding]:
    found = [
        Finding(False, f"{len(owners)} of {keeping.count} {what} {fault}: {_listed(owners)}.", _KEYS)
        for owners, fault in (
            (keeping.keyless, "have no key"),
            (keeping.locked, "cannot be decrypted: the key is damaged, exchanged or unreadable"),
        )
        if owners
    ]
    return found or [Finding(True, f"Each of {keeping.count} {what} has its key.")]


def _listed(owners: Sequence[UUID]) -> str:
    return ", ".join(map(str, owners[:5])) + (", …" if len(owners) > 5 else "")


async def _orphans(context: Context) -> int:
    """Return the number of keys without a row. A store does not record a key's age, so none may be deleted for that."""
    # Names before rows: something that is made in between has both.
    living = await context.keys.names()
    owners = await context.db.look(_owners)
    return sum(name.owner not in owners for name in living)


def _owners(session: Session) -> set[UUID]:
    owners = union_all(select(RequestRow.id), select(RoundRow.id), select(ApplicationRow.id))
    return set(session.scalars(owners))


async def _mail(context: Context) -> Finding:
    dead = (await context.db.look(outbox.counts))[OutboxState.DEAD]
    if not dead:
        return Finding(True, "No mail was given up.")
    mails = "1 mail was" if dead == 1 else f"{dead} mails were"
    return Finding(False, f"{mails} given up after many tries.", "debrief outbox list, then debrief outbox requeue")


def _findings(found: Iterable[Deviation], else_good: str) -> list[Finding]:
    return [Finding(False, one.text, one.remedy) for one in found] or [Finding(True, else_good)]
