"""A link is read as it was meant, however it was mangled, and nothing of a wrong one is repeated."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.terminal.link import Link, NotALink, read_link

ROUND = UUID("6f1d3a52-7c0e-4e0b-9c56-0a4d8f3b2e17")
CODE = "7M2X9QKD4TW8R0VHBN3YE5GJ6C"
KEY = "Yw3NKWbEM2aRElRIu7JbTw"


@pytest.mark.parametrize(
    ("typed", "link"),
    [
        (f"https://debrief.test/r/{ROUND}#c={CODE}", Link("https://debrief.test", ROUND, CODE)),
        (f"  https://debrief.test/r/{ROUND}#c={CODE}\n", Link("https://debrief.test", ROUND, CODE)),
        (f"https://debrief.test/r/{ROUND}%23c={CODE}", Link("https://debrief.test", ROUND, CODE)),
        (f"https://debrief.test/r/{ROUND}%252523c={CODE}", Link("https://debrief.test", ROUND, CODE)),
        (f"https://debrief.test:8443/a/b/r/{ROUND}/#c={CODE}", Link("https://debrief.test:8443/a/b", ROUND, CODE)),
        (f"https://debrief.test/r/{str(ROUND).upper()}#c={CODE.lower()}", Link("https://debrief.test", ROUND, CODE)),
        (f"https://debrief.test/r/{ROUND}#c={CODE}&k={KEY}", Link("https://debrief.test", ROUND, CODE, KEY)),
        (f"https://debrief.test/r/{ROUND}#k={KEY}", Link("https://debrief.test", ROUND, None, KEY)),
        (f"http://127.0.0.1:8000/r/{ROUND}#c={CODE}", Link("http://127.0.0.1:8000", ROUND, CODE)),
        (f"http://localhost:8000/r/{ROUND}#c={CODE}", Link("http://localhost:8000", ROUND, CODE)),
    ],
)
def test_a_link_is_read_as_it_was_meant(typed: str, link: Link) -> None:
    assert read_link(typed) == link


@pytest.mark.parametrize(
    "typed",
    [
        "",
        CODE,
        f"https://debrief.test/r/{ROUND}",
        f"https://debrief.test/r/{ROUND}#",
        f"https://debrief.test/r/{ROUND}#c=",
        f"https://debrief.test/r/{ROUND}#c={CODE[:25]}",
        f"https://debrief.test/r/{ROUND}#c={CODE[:25]}&k={KEY}",
        f"https://debrief.test/r/{ROUND}#c={CODE}&k={KEY[:21]}",
        f"https://debrief.test/r/{ROUND}#c={CODE}&k={KEY[:21]}x",
        f"https://debrief.test/r/{str(ROUND)[:35]}#c={CODE}",
        f"https://debrief.test/r/{'-' * 36}#c={CODE}",
        f"https://debrief.test/q/{ROUND}#c={CODE}",
        f"https://debrief.test@evil.test/r/{ROUND}#c={CODE}",
        f"http://debrief.test/r/{ROUND}#c={CODE}",
        f"http://localhost.evil.test/r/{ROUND}#c={CODE}",
        f"ftp://debrief.test/r/{ROUND}#c={CODE}",
        f"https:///r/{ROUND}#c={CODE}",
        f"https://[::1/r/{ROUND}#c={CODE}",
    ],
)
def test_what_is_no_link_is_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(NotALink) as refused:
        read_link(typed)

    assert CODE[:20] not in str(refused.value)


@given(st.text(max_size=120))
def test_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(NotALink):
        read_link(typed)


def test_a_code_is_not_printed_by_accident() -> None:
    link = read_link(f"https://debrief.test/r/{ROUND}#c={CODE}&k={KEY}")

    assert CODE not in repr(link)
    assert link.for_all == f"https://debrief.test/r/{ROUND}#k={KEY}"
