"""Disabling and enabling a connection: its state afterwards."""

import pytest
from sqlalchemy import update

from app.accounts.models import ConnectionRow
from app.accounts.rules import ConnectionState
from tests.support.app import Running
from tests.support.ats import a_connection, as_operator, find_problems


@pytest.mark.parametrize(("provider", "state"), [("ashby", "pending_setup"), ("neutral", "active")])
async def test_enabled_connection_has_its_former_state(app: Running, provider: str, state: str) -> None:
    made = await a_connection(app, provider=provider)
    for switch in ("enable", "disable", "enable"):
        shown = await app.client.post(f"/v1/connections/{made.id}/{switch}", headers=as_operator(app))
        assert shown.json()["state"] == ("disabled" if switch == "disable" else state)


async def test_enabling_does_not_clear_needs_reconnect(app: Running) -> None:
    made = await a_connection(app, provider="ashby")
    change = update(ConnectionRow).values(state=ConnectionState.NEEDS_RECONNECT)
    await app.ctx.db.write(lambda session: session.execute(change))
    shown = await app.client.post(f"/v1/connections/{made.id}/enable", headers=as_operator(app))
    assert shown.json()["state"] == "needs_reconnect"
    assert "needs_reconnect" in await find_problems(app, made)
