"""Fixtures of matches: a fresh database for each batch of rounds, of both kinds."""

import os

import pytest

from tests.reidentification.match import FreshDatabase
from tests.support import databases


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of database. Every match is played on both."""
    return str(request.param)


@pytest.fixture
def fresh(kind: str) -> FreshDatabase:
    """A factory of fresh databases of this kind."""
    server, templates = os.environ["DEBRIEF_TEST_SERVER"], os.environ["DEBRIEF_TEST_TEMPLATES"]
    if kind == "sqlite":
        return lambda place: databases.fresh_sqlite(templates, place)
    need_server()
    return lambda _place: databases.fresh_postgresql(server, templates)


def need_server() -> str:
    """Return the server of this run; skip, or fail where it is required, if there is none."""
    server = os.environ["DEBRIEF_TEST_SERVER"]
    if not server:
        if os.environ.get("DEBRIEF_REQUIRE_POSTGRESQL"):
            pytest.fail("no PostgreSQL found")
        pytest.skip("no PostgreSQL found")
    return server
