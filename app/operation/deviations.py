"""Deviations: settings of databases, directories and clocks that break the promise, each with its remedy.

The service cannot set most of them itself: on PostgreSQL, the superuser decides what is logged.
"""

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.postgres import is_read_only
from app.core.settings import Settings

# More than the delay of a busy machine; small enough that an answer or a tick rarely gets the wrong day.
_CLOCK_TOLERANCE = timedelta(seconds=60)
# Beyond these limits nothing is released or erased until the operator has confirmed the day.
LARGEST_DIFFERENCE = timedelta(minutes=2)
_LONGEST_GAP = timedelta(days=2)


@dataclass(frozen=True)
class Deviation:
    """A fault, and its remedy: a statement for psql, or a command."""

    text: str
    remedy: str


@dataclass(frozen=True)
class Wanted:
    """The required value of a setting, and the reason."""

    value: str
    why: str
    # The server reads it at its start, for all databases. Other settings can be set for our role alone.
    server_wide: bool = False
    absent_is_fine: bool = False


MAIN = {
    "track_commit_timestamp": Wanted("off", "the server would know when each row was written", server_wide=True),
    "log_statement": Wanted("none", "the log would show when somebody answers"),
    "log_min_duration_statement": Wanted("-1", "the log would show when somebody answers"),
    "log_min_duration_sample": Wanted("-1", "the log would show when somebody answers"),
    "log_transaction_sample_rate": Wanted("0", "the log would show when somebody answers"),
    "log_duration": Wanted("off", "the log would show when somebody answers"),
    "log_parameter_max_length": Wanted("0", "the log would show what is stored"),
    "log_parameter_max_length_on_error": Wanted("0", "the log would show what is stored"),
    "log_error_verbosity": Wanted("terse", "the log would show rows in the details of an error"),
    "log_lock_waits": Wanted("off", "the log would show when two people answer at once"),
    "log_statement_stats": Wanted("off", "the log would show when somebody answers"),
    "log_parser_stats": Wanted("off", "the log would show when somebody answers"),
    "log_planner_stats": Wanted("off", "the log would show when somebody answers"),
    "log_executor_stats": Wanted("off", "the log would show when somebody answers"),
    "auto_explain.log_min_duration": Wanted("-1", "the log would show when somebody answers", absent_is_fine=True),
    "pgaudit.log": Wanted("none", "the log would show when somebody answers", absent_is_fine=True),
}
KEYS = {
    **MAIN,
    "archive_mode": Wanted("off", "the archive of the write-ahead log would keep destroyed keys", server_wide=True),
}
_SETTINGS = text("SELECT name, setting FROM pg_settings WHERE name = ANY(:names)")
# pg_settings does not have these before their module is loaded, perhaps only in this session.
_OF_MODULE = text("SELECT current_setting(:name, true)")
_SERVER = text("SELECT system_identifier::text FROM pg_control_system()")
_FILE = text("SELECT file FROM pragma_database_list WHERE name = 'main'")
_ROLE = text("SELECT quote_ident(current_user)")
# A slot keeps the log, and with it destroyed keys; a replica has a copy of them.
_SLOTS = text("SELECT quote_literal(slot_name) FROM pg_replication_slots ORDER BY slot_name")


def of_configuration(settings: Settings) -> list[Deviation]:
    """Return the settings that weaken a promise, although the service runs with them."""
    if not settings.is_production:
        if not settings.is_reachable:
            return []
        text = (
            f"This development server listens on {settings.host}: others can reach it, without limits and encryption."
        )
        return [Deviation(text, "DEBRIEF_HOST=127.0.0.1, or DEBRIEF_ENVIRONMENT=production")]
    wanted = {
        "OPERATOR_NAME": (settings.operator_name, "the statement does not say who runs this server"),
        "OPERATOR_CONTACT": (settings.operator_contact, "nobody can ask or report anything"),
        "PRIVACY_URL": (settings.privacy_url, "no page leads to a privacy notice"),
    }
    return [
        Deviation(f"DEBRIEF_{name} is missing: {why}.", f"DEBRIEF_{name}=…")
        for name, (value, why) in wanted.items()
        if not value.strip()
    ]


def of_main_database(session: Session) -> list[Deviation]:
    """Return the deviations of the main database."""
    if session.get_bind().dialect.name == "sqlite":
        return [*_of_pages(session), *of_pragmas(_pragmas(session))]
    return of_settings(_settings(session, MAIN), str(session.scalar(_ROLE)), MAIN)


def of_key_database(session: Session) -> list[Deviation]:
    """Return the deviations of the key database: it must keep nothing of a deleted key."""
    found = of_settings(_settings(session, KEYS), str(session.scalar(_ROLE)), KEYS)
    if is_read_only(session):
        found.append(
            Deviation(
                "The database of the keys takes no writes: no round can open.", "docs/operating.md, Several hosts"
            )
        )
    for slot in session.scalars(_SLOTS):
        found.append(
            Deviation(
                f"Replication slot {slot} keeps the log of the server that holds the keys, destroyed ones too.",
                f"SELECT pg_drop_replication_slot({slot});",
            )
        )
    return found


def of_settings(given: Mapping[str, str], role: str, wanted: Mapping[str, Wanted] = MAIN) -> list[Deviation]:
    """Return the PostgreSQL settings that differ from `wanted`; `role` is our role, quoted."""
    found = []
    for name, want in wanted.items():
        value = given.get(name)
        if value == want.value or (value is None and want.absent_is_fine):
            continue
        if value is None:
            found.append(Deviation(f"{name} can't be read: {want.why} unless it is {want.value}.", f"SHOW {name};"))
            continue
        whom, then = ("SYSTEM", " -- then restart the server") if want.server_wide else (f"ROLE {role}", "")
        found.append(
            Deviation(
                f"{name} is {value}, not {want.value}: {want.why}.",
                f"ALTER {whom} SET {name} = '{want.value}';{then}",
            )
        )
    return found


def of_pragmas(given: Mapping[str, str]) -> list[Deviation]:
    """Return the SQLite pragmas that are not in force on the writing connection, though we set them all."""
    wanted = {
        "secure_delete": ("1", "deleted rows stay readable in the file"),
        "journal_mode": ("wal", "this file system can't do without; use a local disk"),
        "foreign_keys": ("1", "rows may be left without what they belong to"),
        "synchronous": ("2", "an accepted answer may be lost with the power"),
    }
    return [
        Deviation(f"SQLite's {name} is {given.get(name)}, not {value}: {why}.", f"PRAGMA {name};")
        for name, (value, why) in wanted.items()
        if given.get(name) != value
    ]


def of_clock(ours: datetime, theirs: datetime | None) -> list[Deviation]:
    """Return how our clock differs from the database's (None: the same machine)."""
    if theirs is None or abs(ours - theirs) <= _CLOCK_TOLERANCE:
        return []
    seconds = round(abs((ours - theirs).total_seconds()))
    text = f"The clocks of this machine and of the database differ by {seconds} s."
    return [Deviation(text, "timedatectl set-ntp true")]


def of_day(
    ours: datetime, theirs: datetime | None, last_tick_on: date | None, later_tick_on: date | None = None
) -> Deviation | None:
    """Return why the day is doubtful, or None. A clock that is ahead would release and erase too early.

    Args:
        last_tick_on: the latest day of a tick that is not after `ours`.
        later_tick_on: the latest day of a tick that is still to come, if that is a fault.
    """
    if theirs is not None and abs(ours - theirs) > LARGEST_DIFFERENCE:
        minutes = round(abs(ours - theirs) / timedelta(minutes=1))
        return Deviation(
            f"The clocks here and at the database differ by {minutes} minutes: nothing is released or erased.",
            "Set both clocks right (timedatectl set-ntp true).",
        )
    if later_tick_on is not None:
        return Deviation(
            f"A tick ran on {later_tick_on}, which is still to come: nothing is released or erased.",
            "If this clock is wrong, set it right. If it was wrong at that tick: debrief tick --confirm-date",
        )
    today = ours.astimezone(UTC).date()
    if last_tick_on is not None and today - last_tick_on > _LONGEST_GAP:
        return Deviation(
            f"The last daily run was on {last_tick_on}, and this clock says {today}: nothing is released or erased.",
            "If the clock is wrong, set it right. If the service was off, or restored: debrief tick --confirm-date",
        )
    return None


def lies_below(file: Path | None, directory: Path) -> bool:
    """Tell whether a file is in a directory or below it, after resolving symbolic links."""
    return file is not None and directory.resolve() in file.parents


def of_directory(path: Path) -> list[Deviation]:
    """Return whether other users of this machine may read a directory."""
    if not path.exists() or not stat.S_IMODE(path.stat().st_mode) & 0o077:
        return []
    return [Deviation(f"Others on this machine may look into {path}.", f"chmod 700 {path}")]


def file_of_database(session: Session) -> Path | None:
    """Return the resolved file of an SQLite database; None for a server."""
    if session.get_bind().dialect.name != "sqlite":
        return None
    return Path(str(session.scalar(_FILE))).resolve()


def server_of_database(session: Session) -> str | None:
    """Return the system identifier of a PostgreSQL server; None for a file."""
    if session.get_bind().dialect.name == "sqlite":
        return None
    return str(session.scalar(_SERVER))


def _of_pages(session: Session) -> list[Deviation]:
    if session.scalar(text("PRAGMA quick_check(1)")) == "ok":
        return []
    return [Deviation("The database is damaged.", "restore a backup: docs/operating.md, Backups")]


def of_servers(main: str | None, keys: str | None) -> list[Deviation]:
    """Return whether main database and keys are on one server, whose backups and log contain both."""
    if main is None or main != keys:
        return []
    return [
        Deviation(
            "The keys are on the server of the main database: each base backup, replica and log of it has both.",
            "docs/operating.md, Several hosts",
        )
    ]


def time_of_database(session: Session) -> datetime | None:
    """Return the time of the database server; None for a file."""
    if session.get_bind().dialect.name == "sqlite":
        return None
    found = session.scalar(text("SELECT clock_timestamp()"))
    return found if isinstance(found, datetime) else None


def _settings(session: Session, wanted: Mapping[str, Wanted]) -> dict[str, str]:
    found = {row.name: row.setting for row in session.execute(_SETTINGS, {"names": list(wanted)})}
    for name in wanted:
        if "." in name and (value := session.scalar(_OF_MODULE, {"name": name})):
            found[name] = str(value)
    return found


def _pragmas(session: Session) -> dict[str, str]:
    names = ("secure_delete", "journal_mode", "foreign_keys", "synchronous")
    return {name: str(session.scalar(text(f"PRAGMA {name}"))) for name in names}
