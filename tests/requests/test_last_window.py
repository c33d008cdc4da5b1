"""The manager's link and its key end with the last clarification window."""

from typing import Any
from uuid import UUID

import pytest

from app.periods import CLARIFICATION
from app.sealing.keystore import KeyName, Purpose
from tests.support.app import (
    ADA,
    LIN,
    OMAR,
    Running,
    as_candidate,
    codes,
    dump,
    manager_code,
    raise_request,
    round_id,
    send,
    tick,
)
from tests.vocabulary.builders import a_sealed_answer

CLOSES_AFTER = 7


async def view(app: Running, raised: dict[str, Any]) -> tuple[int, str | None]:
    response = await app.client.post(f"/v1/manager/{raised['id']}/view", json={"code": manager_code(raised)})
    return response.status_code, response.json().get("code")


def key_of(raised: dict[str, Any]) -> KeyName:
    return KeyName(Purpose.REQUEST, UUID(raised["id"]))


@pytest.mark.parametrize("answers", [3, 0], ids=["released", "withheld"])
async def test_the_manager_s_link_ends_with_the_last_window(app: Running, answers: int) -> None:
    raised = await raise_request(app.client, manager=ADA)
    for code in codes(raised)[:answers]:
        await send(app.client, round_id(raised), code, a_sealed_answer())
    app.clock.advance(days=CLOSES_AFTER + 1)
    await tick(app)
    app.clock.advance(days=CLARIFICATION.days)
    await tick(app)
    assert await view(app, raised) == (200, None)

    app.clock.advance(days=1)
    for _ in range(2):
        await tick(app)
        assert await view(app, raised) == (410, "request_over")

    assert await app.ctx.keys.find(key_of(raised)) is None
    assert await app.ctx.keys.is_destroyed(key_of(raised))
    stored = await dump(app)
    assert stored["manager_boxes"] == []
    # The request itself is the candidate's, as before.
    shown = await app.client.get(f"/v1/feedback-requests/{raised['id']}", headers=as_candidate(raised))
    assert (shown.status_code, shown.json()["state"]) == (200, "open")


async def test_open_round_keeps_the_manager_s_link(app: Running) -> None:
    raised = await raise_request(app.client, manager=ADA)
    app.clock.advance(days=20)
    await tick(app)
    later = {"stage": "after_references", "invitees": [OMAR, LIN], "closes_on": "2027-02-01"}
    opened = await app.client.post(
        f"/v1/feedback-requests/{raised['id']}/rounds", json=later, headers=as_candidate(raised)
    )
    assert opened.status_code == 201, opened.text
    app.clock.advance(days=30)

    await tick(app)

    assert await view(app, raised) == (200, None)


async def test_manager_s_link_without_a_round_stays(app: Running) -> None:
    raised = await raise_request(app.client, manager=ADA, invitees=None)
    app.clock.advance(days=300)

    await tick(app)

    assert await view(app, raised) == (200, None)
