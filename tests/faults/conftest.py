"""Fixtures of the tests of faults."""

import os
from collections.abc import Iterator

import pytest

from tests.support import databases


@pytest.fixture
def postgresql_url(need_postgresql: str) -> Iterator[str]:
    """A PostgreSQL database for one test alone: these copy it, cut its connections and read its files."""
    with databases.fresh_postgresql(need_postgresql, os.environ["DEBRIEF_TEST_TEMPLATES"]) as url:
        yield url
