"""Fixtures of the tests of sealing."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
import structlog

from tests.support import databases


@pytest.fixture
def keys_url(postgresql_url: str) -> Iterator[str]:
    """An empty PostgreSQL database beside the migrated one: the place of a key store."""
    name = f"keys_{uuid4().hex}"
    databases.execute(postgresql_url, f"CREATE DATABASE {name}")
    try:
        yield databases.named(postgresql_url, name)
    finally:
        databases.execute(postgresql_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def log() -> Iterator[structlog.testing.LogCapture]:
    """Return what is handed to the log."""
    captured = structlog.testing.LogCapture()
    structlog.configure(processors=[captured])
    yield captured
    structlog.reset_defaults()
