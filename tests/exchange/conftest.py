"""Fixtures of the tests of the exchange."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.delivery.post import Mailbox
from tests.support.app import Running, an_app


@pytest.fixture
async def app(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """The application on an empty database, at noon of 20 November 2026."""
    async with an_app(database_url, tmp_path) as running:
        yield running


@pytest.fixture
def mailbox() -> Mailbox:
    """What Debrief mailed."""
    return Mailbox()
