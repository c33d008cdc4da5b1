"""Cursors: anybody can make one up, so a malformed one is refused and breaks nothing."""

import base64
import json

import pytest

from app.core import pagination
from app.core.errors import Invalid

FILTERS = {"connection": "acme"}


def made_up(key: object) -> str:
    """Return a cursor with the right mark and any key."""
    real = pagination.cut(["a", "b"], 1, FILTERS, str).next_cursor
    assert real is not None
    mark, _ = json.loads(base64.urlsafe_b64decode(real))
    return base64.urlsafe_b64encode(json.dumps([mark, key]).encode()).decode()


def test_cursor_returns_the_next_page() -> None:
    assert pagination.read(made_up("a\N{NO-BREAK SPACE}é"), FILTERS) == "a\N{NO-BREAK SPACE}é"
    assert pagination.read(None, FILTERS) is None
    assert pagination.read_id(None, FILTERS) is None


@pytest.mark.parametrize("key", ["a\0", "a\ud800", 1, None, ["a"]])
def test_unstorable_key_is_refused(key: object) -> None:
    with pytest.raises(Invalid):
        pagination.read(made_up(key), FILTERS)


@pytest.mark.parametrize("key", ["", "a", "0" * 31])
def test_malformed_id_is_refused(key: str) -> None:
    with pytest.raises(Invalid):
        pagination.read_id(made_up(key), FILTERS)


@pytest.mark.parametrize("text", ["", "[]", "{}", "1", '["a"]', "[" * 700])
def test_malformed_cursor_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        pagination.read(base64.urlsafe_b64encode(text.encode()).decode(), FILTERS)
