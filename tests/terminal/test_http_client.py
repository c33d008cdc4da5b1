"""Every request has the same length, and nothing that answers can steer the client."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.terminal.http_client import PADDED, Declined, HttpClient, TooLarge, Unreachable, padded
from app.terminal.prompts import plain
from app.terminal.schemas import Done
from tests.terminal.servers import Asked, Told, serving

DONE = b'{"status": "declined", "more": 1}'


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=300) | st.integers() | st.booleans(), max_size=8))
def test_every_body_has_32_kib(fields: dict[str, Any]) -> None:
    body = padded(fields)

    assert len(body) == PADDED == 32 * 1024
    assert json.loads(body) | {"pad": ""} == fields | {"pad": ""}


def test_the_largest_answer_fits_and_more_does_not() -> None:
    assert len(padded({"code": "0" * 26, "answer": "ä" * 8 * 1024, "x": "0" * 300})) == PADDED
    assert len(padded({"answer": "0" * (PADDED - 22)})) == PADDED
    with pytest.raises(TooLarge):
        padded({"answer": "0" * PADDED})


@contextmanager
def _serving(*answers: Told) -> Iterator[tuple[str, list[Asked]]]:
    left, seen = list(answers), []

    def serve(asked: Asked) -> Told:
        seen.append(asked)
        return left.pop(0)

    with serving(serve) as url:
        yield url, seen


def test_no_cookie_comes_back() -> None:
    cookie = {"Set-Cookie": "who=1; Path=/", "Content-Type": "application/json"}
    with (
        _serving(Told(200, DONE, cookie), Told(200, DONE, cookie)) as (url, seen),
        HttpClient(url, local=True) as client,
    ):
        for _ in range(2):
            assert client.post("/v1/x", Done, code="0").status == "declined"

    assert len(seen) == 2
    assert all("cookie" not in asked.headers for asked in seen)


def test_all_requests_look_alike() -> None:
    with _serving(Told(200, DONE), Told(200, DONE)) as (url, seen), HttpClient(url, local=True) as client:
        client.post("/v1/x", Done, code="0")
        client.post("/v1/x", Done, answer={"advice": "word " * 500})

    assert seen[0].headers == seen[1].headers
    assert seen[0].headers["user-agent"] == "debrief"
    assert seen[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "served",
    [
        Told(302, b"", {"Location": "http://127.0.0.1:9/elsewhere"}),
        Told(307, DONE, {"Location": "/elsewhere"}),
        Told(200, b"<html>"),
        Told(200, b"[]"),
        Told(200, b'{"status": 1}'),
        Told(200, b""),
        Told(502, b"<html>Bad gateway"),
        Told(404, b"{}"),
        Told(404, b'{"code": "x", "detail": null}'),
    ],
)
def test_what_is_not_this_service_is_not_believed(served: Told) -> None:
    with _serving(served) as (url, seen), HttpClient(url, local=True) as client, pytest.raises(Unreachable):
        client.post("/v1/x", Done, code="0")

    assert len(seen) == 1


def test_a_no_is_told_with_its_reasons() -> None:
    problem = {
        "type": "about:blank",
        "title": "…",
        "status": 422,
        "code": "invalid_request",
        "detail": "Please look again.",
        "errors": [{"pointer": "/answer", "code": "x", "message": "Wrong."}],
    }
    with (
        _serving(Told(422, json.dumps(problem).encode())) as (url, _),
        HttpClient(url, local=True) as client,
        pytest.raises(Declined) as said,
    ):
        client.post("/v1/x", Done, code="0")

    assert (said.value.status, said.value.code, said.value.detail) == (422, "invalid_request", "Please look again.")
    assert said.value.faults == [("/answer", "Wrong.")]


def test_nobody_there_is_told() -> None:
    with _serving() as (url, _):
        pass
    with HttpClient(url, local=True) as client, pytest.raises(Unreachable):
        client.post("/v1/x", Done, code="0")


@given(st.text())
def test_nothing_that_a_terminal_obeys_is_shown(text: str) -> None:
    assert not any(ord(one) < 32 and one != "\n" for one in plain(text))


def test_escapes_and_turned_writing_are_taken_out() -> None:
    assert plain("\x1b[2J\x9b2JBen\u202e Ode\x07\n\r\tA\u00e9 \U0001f600") == "[2J2JBen Ode\nA\u00e9 \U0001f600"
