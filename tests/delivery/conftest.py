"""Fixtures for the tests of delivery."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.core.db import Database, connect
from tests.delivery.post import Mailbox
from tests.support.app import FixedClock, Running, an_app


@pytest.fixture
async def app(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """The application on an empty database, at noon of 20 November 2026."""
    async with an_app(database_url, tmp_path) as running:
        yield running


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """An empty database."""
    opened = connect(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> FixedClock:
    """Noon, until somebody moves it."""
    return FixedClock()


@pytest.fixture
def mailbox() -> Mailbox:
    """Where all mail arrives."""
    return Mailbox()
