"""What the tests of this package start from."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.serving import serving
from tests.support.app import Running


@pytest.fixture
async def site(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """The site on a real port, at noon of 20 November 2026. What a client sees does not depend on the database."""
    async with serving(sqlite_url, tmp_path) as running:
        yield running


@pytest.fixture
def port(site: Running) -> int:
    """The port of the site."""
    found = urlsplit(site.settings.base_url).port
    assert found is not None
    return found
