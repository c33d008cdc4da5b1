"""Made-up calls of every operation get a declared answer, and never a 5xx; what would not is found."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.catalogue import entries
from tests.contract.fuzzing import Target, a_target, fuzz

# The short run. `make fuzz` makes 10,000 calls, with a new seed each time.
CASES, SEED = 4, 20261120


@pytest.fixture
def target(sqlite_url: str, tmp_path: Path) -> Iterator[Target]:
    with a_target(sqlite_url, tmp_path) as it:
        yield it


@pytest.mark.timeout(300)  # Seconds, where nothing else runs; a minute beside much else.
def test_no_call_of_any_operation_is_answered_as_was_not_declared(target: Target) -> None:
    found = fuzz(target, cases=CASES, seed=SEED)
    assert not found.faults, "\n\n".join(found.faults.values())
    declared = [one["operationId"] for methods in target.document["paths"].values() for one in methods.values()]
    assert sorted(found.statuses) == sorted(declared)
    # What is said is in the catalogue, docs/errors.md.
    assert found.codes - {(one.code, one.status) for one in entries()} == set()
    assert len(found.codes) > 20
    # Most calls get past the door: a run in which all are refused would show nothing.
    told = sum(found.statuses.values(), Counter[int]())
    assert told[401] < found.cases / 4
    assert sum(times for status, times in told.items() if status < 300) > found.cases / 4


def test_a_status_that_was_not_declared_is_found(target: Target) -> None:
    show = target.document["paths"]["/v1/feedback-requests/{request_id}"]["get"]
    del show["responses"]["200"]
    target.document["paths"] = {"/v1/feedback-requests/{request_id}": {"get": show}}
    assert set(fuzz(target, cases=8, seed=SEED).faults) == {"show_request 200 UndefinedStatusCode"}


def test_an_answer_of_another_shape_is_found(target: Target) -> None:
    path = "/v1/feedback-requests/{request_id}"
    target.document["components"]["schemas"]["FeedbackRequest"]["required"].append("shoe_size")
    target.document["paths"] = {path: {"get": target.document["paths"][path]["get"]}}
    assert set(fuzz(target, cases=8, seed=SEED).faults) == {"show_request 200 JsonSchemaError"}
