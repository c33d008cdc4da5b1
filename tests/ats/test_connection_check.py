"""Connection check: problems in our own database."""

import pytest
from sqlalchemy import update

from app.delivery.webhooks.models import EndpointRow, EndpointState
from tests.support.app import Running
from tests.support.ats import a_connection, find_problems


@pytest.mark.parametrize(
    ("state", "failing_since", "told"),
    [
        (EndpointState.ACTIVE, None, False),
        (EndpointState.ACTIVE, 1, True),
        (EndpointState.FAILING, 1, True),
        (EndpointState.GONE, None, True),
        (EndpointState.DISABLED, 1, False),
    ],
)
async def test_connection_check_reports_failing_endpoints(
    app: Running, state: EndpointState, failing_since: int | None, told: bool
) -> None:
    made, other = await a_connection(app), await a_connection(app)
    body = {"url": "https://ats.example/hooks", "event_types": ["feedback_request.offered"]}
    created = await app.client.post("/v1/webhook-endpoints", json=body, headers=made.headers)
    assert created.status_code == 201, created.text
    change = update(EndpointRow).values(state=state, failing_since=failing_since)
    await app.ctx.db.write(lambda session: session.execute(change))
    assert ("endpoint_failing" in await find_problems(app, made)) is told
    assert "endpoint_failing" not in await find_problems(app, other)
