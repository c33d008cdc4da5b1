"""Requests from before there was mail: their candidates handed the links over, and get no mail."""

from typing import Any

from sqlalchemy import Connection, text

from app.core import migrations

_INSERT = text(
    "INSERT INTO feedback_requests (id, manage_digest, state, candidate_name, candidate_email, company, role_title,"
    " worries, has_manager, created_on) VALUES ('5b6ccf1e9d3c4a0c9a623f1d1c0a7e11', :digest, 'open', 'Ben Ode',"
    " 'ben@example.test', 'Acme', 'Technical writer', '[]', false, '2026-11-20')"
)


def test_old_requests_stay_as_they_were(database_url: str) -> None:
    migrations.downgrade(database_url, "0001")
    migrations.connected(database_url, lambda connection: connection.execute(_INSERT, {"digest": b"d"}))
    migrations.upgrade(database_url)
    assert [tuple(row) for row in migrations.connected(database_url, _read)] == [
        ("Ben Ode", "ben@example.test", "candidate", False, None)
    ]
    migrations.downgrade(database_url, "0001")
    assert migrations.connected(database_url, _count) == 1


def _read(connection: Connection) -> list[Any]:
    columns = "candidate_name, candidate_email, delivery, address_confirmed, confirmation_hash"
    return list(connection.execute(text(f"SELECT {columns} FROM feedback_requests")))


def _count(connection: Connection) -> Any:
    return connection.execute(text("SELECT count(*) FROM feedback_requests")).scalar()
