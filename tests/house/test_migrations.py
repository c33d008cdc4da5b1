"""Migrations: one history that ends at the models, can be reversed, and is the same on both databases."""

import re
import shutil
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Column, Connection, Integer, MetaData, inspect, text

from app.core import migrations
from app.tables import metadata
from tests.house.ground import ROOT, Ground
from tests.house.schemas import checks

SCRIPTS = ScriptDirectory.from_config(migrations.configuration())
# From the first to the last.
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]


def differences(url: str, models: MetaData) -> list[Any]:
    """Return what `alembic check` would report."""

    def compare(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        found: list[Any] = compare_metadata(context, models)
        return found

    compared: list[Any] = migrations.connected(url, compare)
    return compared


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def _checks_of(url: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = migrations.connected(url, checks)
    return found


def checks_by_models(url: str, models: MetaData) -> dict[str, dict[str, str]]:
    """Return the CHECK constraints that the models would make, in the words of this database, which is emptied."""
    migrations.downgrade(url, "base")

    def make(connection: Connection) -> dict[str, dict[str, str]]:
        models.create_all(connection)
        return checks(connection)

    made: dict[str, dict[str, str]] = migrations.connected(url, make)
    return made


def changed_models() -> MetaData:
    """Return a copy of the models, to be changed."""
    copy = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        table.to_metadata(copy)
    return copy


def test_there_is_one_head() -> None:
    assert len(SCRIPTS.get_heads()) == 1
    assert REVISIONS


def test_each_version_is_dated_and_explained() -> None:
    for script in SCRIPTS.walk_revisions():
        assert re.fullmatch(r"\d{4}_\d{2}_\d{2}_[a-z0-9_]+\.py", script.path.rpartition("/")[2])
        assert (script.doc or "").strip().endswith(".")


def test_migrations_end_at_the_models(database_url: str) -> None:
    assert migrations.is_current(database_url)
    assert differences(database_url, metadata) == []


def test_checks_are_those_of_the_models(database_url: str) -> None:
    migrated = _checks_of(database_url)
    assert sum(len(found) for found in migrated.values()) >= len(
        [one for table in metadata.tables.values() for one in table.constraints if isinstance(one, CheckConstraint)]
    )
    assert migrated == checks_by_models(database_url, metadata)


def test_every_step_can_be_walked_back_and_again(database_url: str) -> None:
    migrations.downgrade(database_url, "base")
    assert migrations.connected(database_url, _tables) == set()
    for before, revision in zip(["base", *REVISIONS], REVISIONS, strict=False):
        migrations.upgrade(database_url, revision)
        migrations.downgrade(database_url, before)
        assert not migrations.is_current(database_url)
        migrations.upgrade(database_url, revision)
    assert migrations.is_current(database_url)
    assert differences(database_url, metadata) == []


def test_a_repeated_migration_changes_nothing(database_url: str) -> None:
    migrations.upgrade(database_url)
    assert differences(database_url, metadata) == []


def test_new_column_without_migration_is_caught(database_url: str) -> None:
    models = changed_models()
    models.tables["rounds"].append_column(Column("rank", Integer))
    assert [found[0] for found in differences(database_url, models)] == ["add_column"]


def test_removed_column_without_migration_is_caught(database_url: str) -> None:
    migrations.connected(
        database_url, lambda connection: connection.execute(text("ALTER TABLE rounds ADD rank INTEGER"))
    )
    assert [found[0] for found in differences(database_url, metadata)] == ["remove_column"]


@pytest.mark.parametrize("condition", ["k >= 2", "k >= 1 AND k <= people"])
def test_changed_check_without_migration_is_caught(database_url: str, condition: str) -> None:
    models = changed_models()
    rounds = models.tables["rounds"]
    (known,) = (one for one in rounds.constraints if isinstance(one, CheckConstraint) and one.name == "ck_rounds_k")
    rounds.constraints.remove(known)
    rounds.append_constraint(CheckConstraint(condition, name="k"))
    migrated = _checks_of(database_url)
    assert (migrated == checks_by_models(database_url, models)) == (condition != "k >= 2")


def test_dangling_reference_stops_a_migration(sqlite_url: str) -> None:
    def orphan(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE children (parent INTEGER REFERENCES ticks (day))"))
        connection.execute(text("INSERT INTO children VALUES ('2026-11-20')"))

    migrations.connected(sqlite_url, orphan)
    with pytest.raises(RuntimeError, match="1 rows that point nowhere"):
        migrations.upgrade(sqlite_url)


def test_a_new_version_is_dated_and_teaches(ground: Ground) -> None:
    shutil.copytree(ROOT / "migrations", ground.path / "migrations")
    before = set((ground.path / "migrations" / "versions").glob("*.py"))
    outcome = ground.run("alembic", "revision", "--rev-id", "9999", "-m", "what changes")
    assert outcome.good, outcome.text
    (made,) = set((ground.path / "migrations" / "versions").glob("*.py")) - before
    assert re.fullmatch(r"\d{4}_\d{2}_\d{2}_what_changes\.py", made.name)
    assert f'down_revision: str | Sequence[str] | None = "{REVISIONS[-1]}"' in made.read_text().replace("'", '"')
    assert "CHECK constraints: write them by hand" in made.read_text()
