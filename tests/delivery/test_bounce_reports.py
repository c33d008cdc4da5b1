"""What counts as a bounce, and who may report one."""

from typing import Any
from uuid import uuid4

import pytest

from app.delivery.bounces import is_hard, row_of
from tests.delivery.post import BEN
from tests.support.app import Running, dump
from tests.support.ats import as_operator


@pytest.mark.parametrize("status", ["5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10"])
def test_hard_statuses(status: str) -> None:
    assert is_hard(status)


@pytest.mark.parametrize(
    "status", ["", "4.1.1", "5.1.0", "5.1.7", "5.1.8", "5.1.11", "5.2.1", "5.2.2", "5.7.1", "2.1.5", "5.1"]
)
def test_statuses_that_tell_nothing_lasting_of_the_address(status: str) -> None:
    assert not is_hard(status)


def test_a_message_id_names_its_row() -> None:
    row = uuid4()
    assert row_of(f"<{row}@debrief.example>") == row
    assert row_of(f"{row}") == row
    assert row_of("") is row_of("<somebody@else.example>") is row_of(f"<{row}x@a>") is None


async def test_only_the_operator_reports_bounces(app: Running) -> None:
    before = await dump(app)
    body = {"recipient": BEN, "status": "5.1.1"}
    for headers in ({}, {"Authorization": "Bearer do_x"}):
        response = await app.client.post("/v1/bounces", json=body, headers=headers)
        assert (response.status_code, response.json()["code"]) == (401, "operator_key_needed")
    assert await dump(app) == before


@pytest.mark.parametrize(
    "body",
    [
        {"recipient": "nobody", "status": "5.1.1"},
        {"recipient": BEN, "status": "550"},
        {"recipient": BEN, "status": "5.1.1\n"},
        {"recipient": BEN},
        {"recipient": BEN, "status": "5.1.1", "reason": "x"},
    ],
)
async def test_a_report_that_says_nothing_clear_is_refused(app: Running, body: dict[str, Any]) -> None:
    response = await app.client.post("/v1/bounces", json=body, headers=as_operator(app))
    assert response.status_code == 422
