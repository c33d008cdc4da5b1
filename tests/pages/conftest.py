"""Fixture: a running application for each test of the pages."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.app import Running, an_app


@pytest.fixture
async def app(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """Return the application on SQLite; pages do not depend on the kind of database."""
    async with an_app(
        sqlite_url, tmp_path, operator_name="Example Careers", operator_contact="help@debrief.test"
    ) as it:
        yield it
