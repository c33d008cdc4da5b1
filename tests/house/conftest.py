"""Fixtures for the tests of the house."""

from pathlib import Path

import pytest

from tests.house.ground import Ground, copy_to


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    """A copy of the application, to plant a breach in."""
    return copy_to(tmp_path)
