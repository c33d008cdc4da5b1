"""The SQL statements of the two hot routes, counted at the driver."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import Pool

from tests.support.app import LIN, OMAR, Running, an_app, nonce

ANSWER = {"reasons": [{"code": "not_about_you"}], "if_too_few": "withhold"}


@pytest.fixture
def sent() -> Iterator[list[str]]:
    """The first words of all that any driver sends, transaction control too."""
    words: list[str] = []

    def note(statement: str) -> None:
        found = re.match(r"\s*(\w+)", statement)
        words.append(found[1].upper() if found else statement)

    def listen(connection: Any, _record: Any) -> None:
        if hasattr(connection, "set_trace_callback"):
            connection.set_trace_callback(note)
        else:
            # asyncpg tells of what it sends as text: of transaction control, and of no prepared statement.
            connection.driver_connection.add_query_logger(lambda query: note(query.query))

    def listen_further(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if connection.dialect.name == "postgresql":
            note(statement)

    event.listen(Pool, "connect", listen)
    event.listen(Engine, "before_cursor_execute", listen_further)
    yield words
    event.remove(Pool, "connect", listen)
    event.remove(Engine, "before_cursor_execute", listen_further)


async def test_a_form_is_one_select_and_an_answer_two_with_an_update(
    database_url: str, tmp_path: Path, sent: list[str]
) -> None:
    async with an_app(database_url, tmp_path) as app:
        path, codes = await _raise(app)
        # The first of each opens connections, and drivers ask for types then.
        await _form(app, path, codes[0])
        await _submit(app, path, codes[0])

        await _forget(sent)
        await _form(app, path, codes[1])
        await asyncio.sleep(0)
        assert sent == ["SELECT"]

        await _forget(sent)
        await _submit(app, path, codes[1])
        await asyncio.sleep(0)
        control = ["BEGIN", "COMMIT"] + (["SAVEPOINT", "RELEASE"] if database_url.startswith("sqlite") else [])
        assert Counter(sent) == Counter(["SELECT", "SELECT", "UPDATE", *control])


async def _forget(sent: list[str]) -> None:
    # asyncpg tells a turn of the loop later.
    await asyncio.sleep(0)
    sent.clear()


async def _raise(app: Running) -> tuple[str, list[str]]:
    response = await app.client.post(
        "/v1/feedback-requests",
        json={
            "candidate": {"name": "Ben Ode"},
            "company": "Acme",
            "role_title": "Technical writer",
            "invitees": [OMAR, LIN],
        },
    )
    assert response.status_code == 201, response.text
    body = response.json()
    return f"/v1/rounds/{body['rounds'][0]['id']}", [link["code"] for link in body["links"]]


async def _form(app: Running, path: str, code: str) -> None:
    response = await app.client.post(f"{path}/form", json={"code": code})
    assert response.status_code == 200, response.text


async def _submit(app: Running, path: str, code: str) -> None:
    response = await app.client.post(f"{path}/answers", json={"code": code, "nonce": nonce(), "answer": ANSWER})
    assert response.status_code == 201, response.text
