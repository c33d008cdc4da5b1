"""Fixtures for the tests of the core."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from app.core.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Settings]:
    def build(**given: Any) -> Settings:
        bare: dict[str, Any] = {"anonymous_rate": 0, "raise_rate": 0}
        return load_settings(_env_file=None, data_dir=tmp_path, **{**bare, **given})

    return build


@pytest.fixture
def log() -> Iterator[structlog.testing.LogCapture]:
    """Return what the edge hands to the log. What the log makes of an exception is tested there."""
    captured = structlog.testing.LogCapture()
    structlog.configure(processors=[captured])
    yield captured
    structlog.reset_defaults()
