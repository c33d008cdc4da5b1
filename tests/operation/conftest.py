"""Fixtures for the tests of operation."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support import databases
from tests.support.app import Running, an_app


@pytest.fixture
async def app(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """The application on an empty database, at noon of 20 November 2026."""
    async with an_app(database_url, tmp_path) as running:
        yield running


@pytest.fixture
def keys_url(postgresql_url: str) -> Iterator[str]:
    """An empty PostgreSQL database beside the migrated one: the place of a key store."""
    name = f"keys_{uuid4().hex}"
    databases.execute(postgresql_url, f"CREATE DATABASE {name}")
    try:
        yield databases.named(postgresql_url, name)
    finally:
        databases.execute(postgresql_url, f"DROP DATABASE {name} WITH (FORCE)")
