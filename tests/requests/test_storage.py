"""A failing database: a 2xx response means that the change is stored, an error that it is not."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.support.app import (
    Running,
    a_request,
    an_app,
    as_candidate,
    codes,
    dump,
    nonce,
    raise_request,
    round_id,
    send,
)
from tests.support.databases import free_port
from tests.vocabulary.builders import a_sealed_answer

_TABLES = (
    "CREATE TABLE things (id INTEGER PRIMARY KEY)",
    "CREATE TABLE parts (thing INTEGER REFERENCES things (id) DEFERRABLE INITIALLY DEFERRED)",
)
_SQLITE = "CREATE TRIGGER spoil AFTER {event} ON {table} BEGIN INSERT INTO parts VALUES (999); END"
_POSTGRESQL = (
    (
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql "
        "AS $$BEGIN INSERT INTO parts VALUES (999); RETURN NULL; END$$"
    ),
    "CREATE TRIGGER spoil AFTER {event} ON {table} FOR EACH ROW EXECUTE FUNCTION spoil()",
)


async def spoil_commits(app: Running, event: str, table: str) -> None:
    """Let every transaction with `event` on `table` go well until its very end: a constraint checked at commit."""

    def create(session: Session) -> None:
        sqlite = session.get_bind().dialect.name == "sqlite"
        for statement in (*_TABLES, *((_SQLITE,) if sqlite else _POSTGRESQL)):
            session.execute(text(statement.format(event=event, table=table)))

    await app.ctx.db.write(create)


async def heal(app: Running, table: str) -> None:
    def drop(session: Session) -> None:
        on = "" if session.get_bind().dialect.name == "sqlite" else f" ON {table}"
        session.execute(text(f"DROP TRIGGER spoil{on}"))

    await app.ctx.db.write(drop)


async def test_an_answer_whose_commit_fails_was_not_accepted(app: Running) -> None:
    raised = await raise_request(app.client)
    mine, answer = nonce(), a_sealed_answer(advice="a canary")
    await spoil_commits(app, "UPDATE", "boxes")
    before = await dump(app)

    failed = await send(app.client, round_id(raised), codes(raised)[0], answer, mine)

    assert (failed.status_code, failed.json()["code"]) == (500, "internal_error")
    assert "canary" not in failed.text
    assert failed.headers["cache-control"] == "no-store"
    assert await dump(app) == before
    await heal(app, "boxes")
    assert (await send(app.client, round_id(raised), codes(raised)[0], answer, mine)).status_code == 201


async def test_a_request_whose_commit_fails_was_not_raised(app: Running) -> None:
    await spoil_commits(app, "INSERT", "boxes")
    before = await dump(app)

    for headers in ({}, {"Idempotency-Key": "k" * 22}):
        failed = await app.client.post("/v1/feedback-requests", json=a_request(), headers=headers)
        assert (failed.status_code, failed.json()["code"]) == (500, "internal_error")
    assert await dump(app) == before


async def test_an_erasure_whose_commit_fails_destroyed_no_key(app: Running) -> None:
    raised = await raise_request(app.client)
    await spoil_commits(app, "DELETE", "boxes")
    before, keys = await dump(app), await app.ctx.keys.names()

    failed = await app.client.delete(f"/v1/feedback-requests/{raised['id']}", headers=as_candidate(raised))

    assert failed.status_code == 500
    assert await dump(app) == before
    assert await app.ctx.keys.names() == keys


@pytest.mark.parametrize("path", ["/v1/rounds/{id}/form", "/v1/rounds/{id}/answers", "/v1/manager/{id}/view"])
async def test_without_a_database_every_route_answers_503(path: str, tmp_path: Path) -> None:
    async with an_app(f"postgresql://debrief@127.0.0.1:{free_port()}/debrief", tmp_path) as app:
        body = {"code": "x", "nonce": nonce(), "answer": {}} if path.endswith("answers") else {"code": "x"}

        response = await app.client.post(path.format(id="6f1f2f0e-1111-4222-8333-444455556666"), json=body)

    assert (response.status_code, response.json()["code"]) == (503, "database_unavailable")
    assert response.headers["retry-after"] == "2"


async def test_without_a_database_nothing_is_raised_and_the_process_lives(tmp_path: Path) -> None:
    async with an_app(f"postgresql://debrief@127.0.0.1:{free_port()}/debrief", tmp_path) as app:
        raised = await app.client.post("/v1/feedback-requests", json=a_request())
        alive, ready = await app.client.get("/livez"), await app.client.get("/readyz")

    assert raised.status_code == 503
    assert (alive.status_code, ready.status_code) == (200, 503)
