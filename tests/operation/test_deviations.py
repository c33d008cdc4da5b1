"""Deviations: each is found and reported with its remedy; serving continues with a warning."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import structlog
from sqlalchemy.engine import make_url

from app.commands.check import Finding, diagnose, warn
from app.core import migrations
from app.core.db import connect
from app.core.errors import ConfigurationError
from app.core.settings import Settings, load_settings
from app.operation import deviations
from tests.support import databases

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SOUND = {
    "track_commit_timestamp": "off",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_duration": "off",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_lock_waits": "off",
    "log_statement_stats": "off",
    "log_parser_stats": "off",
    "log_planner_stats": "off",
    "log_executor_stats": "off",
}
# Those that a database can be given for itself, so that a test disturbs nobody else on the server.
SETTABLE = [
    ("log_statement", "mod"),
    ("log_min_duration_statement", "0"),
    ("log_min_duration_sample", "100"),
    ("log_transaction_sample_rate", "0.5"),
    ("log_duration", "on"),
    ("log_parameter_max_length", "-1"),
    ("log_parameter_max_length_on_error", "64"),
    ("log_error_verbosity", "default"),
    ("log_lock_waits", "on"),
    ("log_statement_stats", "on"),
    ("log_parser_stats", "on"),
    ("log_planner_stats", "on"),
    ("log_executor_stats", "on"),
]


@pytest.fixture
def log() -> Any:
    captured = structlog.testing.LogCapture()
    structlog.configure(processors=[captured])
    yield captured
    structlog.reset_defaults()


@pytest.fixture
async def on_postgresql(postgresql_url: str) -> AsyncIterator[Any]:
    """A connection on which the database can be set up wrongly; new connections see it."""
    connection = await asyncpg.connect(postgresql_url)
    yield connection
    await connection.close()


def settings(tmp_path: Path, url: str, **given: Any) -> Settings:
    return load_settings(_env_file=None, data_dir=tmp_path / "data", database_url=url, **given)


def test_correct_server_has_no_deviation() -> None:
    assert deviations.of_settings(SOUND, "debrief") == []
    assert deviations.of_settings({**SOUND, "auto_explain.log_min_duration": "-1"}, "debrief") == []


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("track_commit_timestamp", "on", "ALTER SYSTEM SET track_commit_timestamp = 'off'; -- then restart the server"),
        ("log_statement", "all", "ALTER ROLE debrief SET log_statement = 'none';"),
        ("log_min_duration_statement", "0", "ALTER ROLE debrief SET log_min_duration_statement = '-1';"),
        ("log_min_duration_sample", "0", "ALTER ROLE debrief SET log_min_duration_sample = '-1';"),
        ("log_transaction_sample_rate", "1", "ALTER ROLE debrief SET log_transaction_sample_rate = '0';"),
        ("log_duration", "on", "ALTER ROLE debrief SET log_duration = 'off';"),
        ("log_parameter_max_length", "-1", "ALTER ROLE debrief SET log_parameter_max_length = '0';"),
        ("log_parameter_max_length_on_error", "9", "ALTER ROLE debrief SET log_parameter_max_length_on_error = '0';"),
        ("log_error_verbosity", "verbose", "ALTER ROLE debrief SET log_error_verbosity = 'terse';"),
        ("auto_explain.log_min_duration", "0", "ALTER ROLE debrief SET auto_explain.log_min_duration = '-1';"),
        ("pgaudit.log", "write", "ALTER ROLE debrief SET pgaudit.log = 'none';"),
    ],
)
def test_each_deviation_has_its_remedy(name: str, value: str, remedy: str) -> None:
    (found,) = deviations.of_settings({**SOUND, name: value}, "debrief")
    assert found.text.startswith(f"{name} is {value}, not ")
    assert found.remedy == remedy


def test_unreadable_setting_is_a_deviation() -> None:
    assert len(deviations.of_settings({}, "debrief")) == len(SOUND)


@pytest.mark.parametrize(("name", "value"), SETTABLE)
async def test_each_is_seen_on_a_server(
    on_postgresql: Any, postgresql_url: str, tmp_path: Path, log: structlog.testing.LogCapture, name: str, value: str
) -> None:
    given = settings(tmp_path, postgresql_url)
    assert [finding.text for finding in await diagnose(given) if not finding.good] == []
    database = make_url(postgresql_url).database
    await on_postgresql.execute(f"ALTER DATABASE \"{database}\" SET {name} = '{value}'")

    await warn(given)

    (line,) = log.entries
    assert (line["event"], line["log_level"]) == ("check_failed", "warning")
    assert line["finding"].startswith(f"{name} is {value}, not ")
    # What it says is what helps. The test's role is everybody's, so that the database is set right instead.
    assert line["remedy"].startswith("ALTER ROLE debrief SET ")
    await on_postgresql.execute(line["remedy"].replace("ROLE debrief", f'DATABASE "{database}"'))
    assert all(finding.good for finding in await diagnose(given))


@pytest.mark.parametrize(("name", "value"), [("auto_explain.log_min_duration", "0"), ("pgaudit.log", "write")])
async def test_a_module_that_logs_is_seen(
    on_postgresql: Any, postgresql_url: str, tmp_path: Path, name: str, value: str
) -> None:
    database = make_url(postgresql_url).database
    await on_postgresql.execute(f"ALTER DATABASE \"{database}\" SET {name} = '{value}'")
    bad = [finding for finding in await diagnose(settings(tmp_path, postgresql_url)) if not finding.good]
    assert [finding.text.split()[0] for finding in bad] == [name]


def test_remedies_correct_a_wrong_server(tmp_path: Path) -> None:
    """A whole server of our own, all settings wrong, those that take a restart too; then every remedy as it is said."""
    # With its parts on, this one can't be.
    excluded = {"log_statement_stats"}
    loud = {name: value for name, value in SETTABLE if name not in excluded} | {
        "track_commit_timestamp": "on",
        "archive_mode": "on",
        "wal_level": "replica",  # Archiving needs it.
        "archive_command": "true",
        "shared_preload_libraries": "auto_explain",
        "auto_explain.log_min_duration": "0",
    }
    with databases.postgresql_server(over=loud) as server:
        if server is None:
            pytest.skip("no PostgreSQL found")
        databases.execute(server, "CREATE DATABASE main", "CREATE DATABASE keys")
        main = databases.named(server, "main")
        migrations.upgrade(main)
        given = settings(tmp_path, main, keystore_url=databases.named(server, "keys"))
        restart = {"track_commit_timestamp", "archive_mode"}
        bad = _bad(given)
        assert {finding.text.split()[0] for finding in bad} == {
            *(name for name, want in deviations.KEYS.items() if not want.absent_is_fine and name not in excluded),
            "auto_explain.log_min_duration",
            "The",  # keys are on the server of the main database
        }
        databases.execute(server, *(one.remedy.partition(" --")[0] for one in bad if one.remedy.startswith("ALTER")))
        assert {finding.text.split()[0] for finding in _bad(given)} == {*restart, "The"}


def _bad(given: Settings) -> list[Finding]:
    return [finding for finding in asyncio.run(diagnose(given)) if not finding.good]


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("secure_delete", "0"), ("journal_mode", "delete"), ("foreign_keys", "0"), ("synchronous", "1")],
)
def test_each_pragma_is_looked_at(pragma: str, value: str) -> None:
    sound = {"secure_delete": "1", "journal_mode": "wal", "foreign_keys": "1", "synchronous": "2"}
    assert deviations.of_pragmas(sound) == []
    (found,) = deviations.of_pragmas({**sound, pragma: value})
    assert f"{pragma} is {value}" in found.text


async def test_writing_connection_has_no_deviation(sqlite_url: str) -> None:
    db = connect(sqlite_url)
    assert await db.write(deviations.of_main_database) == []
    await db.close()


@pytest.mark.parametrize(
    ("theirs", "good"),
    [
        (None, True),
        (NOON + timedelta(seconds=59), True),
        (NOON + timedelta(seconds=61), False),
        (NOON - timedelta(days=1), False),
    ],
)
def test_wrong_clock_is_found(theirs: datetime | None, good: bool) -> None:
    assert (deviations.of_clock(NOON, theirs) == []) is good


@pytest.mark.parametrize(
    ("theirs", "last_tick_on", "said"),
    [
        (None, None, None),
        (NOON + timedelta(minutes=2), date(2026, 11, 18), None),
        (NOON - timedelta(minutes=3), date(2026, 11, 20), "The clocks here and at the database differ by 3 minutes"),
        (NOON + timedelta(days=450), None, "The clocks here and at the database differ by 648000 minutes"),
        (NOON, date(2026, 11, 17), "The last daily run was on 2026-11-17, and this clock says 2026-11-20"),
    ],
)
def test_doubtful_day_is_found(theirs: datetime | None, last_tick_on: date | None, said: str | None) -> None:
    found = deviations.of_day(NOON, theirs, last_tick_on)
    assert (found and found.text.partition(":")[0]) == said


async def test_directory_readable_by_others_is_found(sqlite_url: str, tmp_path: Path) -> None:
    given = settings(tmp_path, sqlite_url)
    assert all(finding.good for finding in await diagnose(given))
    given.data_dir.chmod(0o750)
    (bad,) = [finding for finding in await diagnose(given) if not finding.good]
    assert bad.remedy == f"chmod 700 {given.data_dir}"


async def test_a_directory_of_keys_is_to_be_left_out_of_backups(sqlite_url: str, tmp_path: Path) -> None:
    texts = [finding.text for finding in await diagnose(settings(tmp_path, sqlite_url))]
    assert texts[-1] == f"Leave {tmp_path}/data/keys out of every backup and snapshot: keys have to be able to die."


async def test_a_server_of_keys_that_keeps_copies_is_seen(
    keys_url: str, postgresql_url: str, on_postgresql: Any, tmp_path: Path
) -> None:
    given = settings(tmp_path, postgresql_url, keystore_url=keys_url)
    # A server of its own is another test's; here it is the main one.
    assert len([finding for finding in await diagnose(given) if not finding.good]) == 1
    database = make_url(keys_url).database
    await on_postgresql.execute(f"ALTER DATABASE \"{database}\" SET log_statement = 'all'")
    bad, _ = [finding for finding in await diagnose(given) if not finding.good]
    assert bad.text.startswith("log_statement is all")
    archiving = deviations.of_settings({**SOUND, "archive_mode": "on"}, "debrief", deviations.KEYS)
    assert [one.remedy for one in archiving] == ["ALTER SYSTEM SET archive_mode = 'off'; -- then restart the server"]


async def test_unreachable_key_store_is_reported(sqlite_url: str, tmp_path: Path) -> None:
    nowhere = f"postgresql://debrief@127.0.0.1:{databases.free_port()}/keys"
    found = await diagnose(settings(tmp_path, sqlite_url, keystore_url=nowhere))
    assert [finding.text for finding in found if not finding.good] == ["The key store does not answer."]


async def test_keys_in_the_main_database_under_another_name_are_refused(postgresql_url: str, tmp_path: Path) -> None:
    other_name = postgresql_url.replace("127.0.0.1", "localhost")
    with pytest.raises(ConfigurationError, match="DEBRIEF_KEYSTORE_URL: is the main database"):
        await diagnose(settings(tmp_path, postgresql_url, keystore_url=other_name))


@pytest.mark.parametrize("url", ["sqlite:///keys.sqlite3", "redis://keys", "file:", "keys", "postgresql:"])
async def test_other_key_stores_are_refused(sqlite_url: str, tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"DEBRIEF_KEYSTORE_URL: must be file: .* or, for several hosts"):
        await diagnose(settings(tmp_path, sqlite_url, keystore_url=url))


SOUND_PRODUCTION = {
    "environment": "production",
    "base_url": "https://debrief.example",
    "secret_key": "k3V9xQ2mZ7bT5wR8nL1yC6pD4sF0gHjA",
    "operator_key": "Zt6Yv1Wm8Qx3Ub5Na0Ke7Rd2Lo9Pj4Ci",
    "operator_name": "Example Association",
    "operator_contact": "feedback@debrief.example",
    "privacy_url": "https://debrief.example/privacy",
}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (SOUND_PRODUCTION, None),
        (SOUND_PRODUCTION | {"operator_name": " "}, "DEBRIEF_OPERATOR_NAME is missing"),
        (SOUND_PRODUCTION | {"operator_contact": ""}, "DEBRIEF_OPERATOR_CONTACT is missing"),
        (SOUND_PRODUCTION | {"privacy_url": ""}, "DEBRIEF_PRIVACY_URL is missing"),
        (SOUND_PRODUCTION | {"host": "0.0.0.0"}, None),
        ({"host": "::1"}, None),
        ({"host": "0.0.0.0"}, "This development server listens on 0.0.0.0"),
    ],
)
async def test_settings_that_weaken_a_promise_are_reported(
    sqlite_url: str, tmp_path: Path, given: dict[str, Any], text: str | None
) -> None:
    bad = [finding.text for finding in await diagnose(settings(tmp_path, sqlite_url, **given)) if not finding.good]
    assert [one.startswith(str(text)) for one in bad] == ([] if text is None else [True])
