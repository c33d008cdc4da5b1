"""One running application for each test of the pages."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.app import Running, an_app


@pytest.fixture
async def app(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """The application. What the pages show does not depend on the kind of database: one is enough."""
    async with an_app(
        sqlite_url, tmp_path, operator_name="Example Careers", operator_contact="help@debrief.test"
    ) as it:
        yield it
