"""Whatever breaks a client is told, and what does not, is not: planted in the real contract, one by one."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contract.comparing import breaking
from tests.contract.released import CONTRACT, ROOT, main

ANSWERS = "/v1/rounds/{round_id}/answers"
REQUESTS = "/v1/feedback-requests"
ONE = f"{REQUESTS}/{{request_id}}"
Edit = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / CONTRACT).read_text())
    return found


def schema(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][name]
    return found


def raised(document: dict[str, Any]) -> dict[str, Any]:
    """What is sent to raise a request."""
    return schema(document, "FeedbackRequestCreate")


def shown(document: dict[str, Any]) -> dict[str, Any]:
    """What is answered when a request is looked at."""
    return schema(document, "FeedbackRequest")


def operation(document: dict[str, Any], path: str, method: str) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][path][method]
    return found


def _require(body: dict[str, Any], name: str) -> None:
    body["properties"][name] = {"type": "string"}
    body["required"].append(name)


def _swap_names(document: dict[str, Any]) -> None:
    """Give a schema another name; clients in languages with classes see it, but nothing on the wire changes."""
    text = json.dumps(document).replace('"#/components/schemas/FeedbackRequest"', '"#/components/schemas/Shown"')
    document.clear()
    document.update(json.loads(text))
    document["components"]["schemas"]["Shown"] = document["components"]["schemas"]["FeedbackRequest"]


BREAKING: dict[str, tuple[Edit, str]] = {
    "a path is removed": (lambda d: d["paths"].pop(ANSWERS), f"POST {ANSWERS}: is gone"),
    "an operation is removed": (lambda d: d["paths"][ONE].pop("delete"), f"DELETE {ONE}: is gone"),
    "an operation is renamed": (
        lambda d: operation(d, ONE, "get").update(operationId="see_request"),
        f"GET {ONE}: operationId changed",
    ),
    "a status is removed": (lambda d: operation(d, ANSWERS, "post")["responses"].pop("409"), "status 409 is gone"),
    "a media type is removed": (
        lambda d: operation(d, ONE, "get")["responses"]["200"]["content"].clear(),
        f"GET {ONE} 200: application/json is gone",
    ),
    "a field is taken no more": (lambda d: raised(d)["properties"].pop("role_title"), "body.role_title: is gone"),
    "a field is answered no more": (lambda d: shown(d)["properties"].pop("state"), f"GET {ONE} 200.state: is gone"),
    "a new field is required": (lambda d: _require(raised(d), "seniority"), "body.seniority: is required now"),
    "an old field is required": (
        lambda d: raised(d)["required"].append("worries"),
        "body.worries: is required now",
    ),
    "a field may be missing": (lambda d: shown(d)["required"].remove("state"), "200.state: may be missing now"),
    "a value is taken no more": (
        lambda d: schema(d, "DeclineReason")["enum"].pop(),
        "is taken no more",
    ),
    "a type sent is another": (
        lambda d: raised(d)["properties"].update(company={"type": "integer"}),
        "body.company: type changed from string to integer",
    ),
    "a type answered is another": (
        lambda d: shown(d)["properties"].update(id={"type": "integer"}),
        "200.id: type changed from string to integer",
    ),
    "an answer may be null": (
        lambda d: shown(d)["properties"].update(id={"anyOf": [{"type": "string"}, {"type": "null"}]}),
        "200.id: null is a new kind of answer",
    ),
    "a text is shorter": (
        lambda d: raised(d)["properties"].update(company={"type": "string", "maxLength": 3}),
        "body.company: maxLength is 3 now",
    ),
    "a pattern is asked": (
        lambda d: raised(d)["properties"]["company"].update(pattern="^A"),
        "body.company: pattern is another now",
    ),
    "a parameter is removed": (
        lambda d: operation(d, REQUESTS, "post")["parameters"].clear(),
        "parameter idempotency-key in the header is gone",
    ),
    "a parameter is required": (
        lambda d: operation(d, REQUESTS, "post")["parameters"][0].update(required=True),
        "parameter idempotency-key is required now",
    ),
    "a new parameter is required": (
        lambda d: operation(d, ONE, "get")["parameters"].append(
            {"in": "query", "name": "as", "required": True, "schema": {"type": "string"}}
        ),
        "new required parameter as in the query",
    ),
    "a key is needed": (
        lambda d: operation(d, REQUESTS, "post").update(security=[{"manage_token": []}]),
        f"POST {REQUESTS}: needs a key now",
    ),
    "another key is needed": (
        lambda d: operation(d, ONE, "get").update(security=[{"operator_key": []}]),
        "manage_token opens it no more",
    ),
    "no body is taken": (lambda d: operation(d, ANSWERS, "post").pop("requestBody"), "takes no body any more"),
}
HARMLESS: dict[str, Edit] = {
    "nothing": lambda d: None,
    "a new path": lambda d: d["paths"].update({"/v1/new": d["paths"][ONE]}),
    "a new status": lambda d: operation(d, ONE, "get")["responses"].update({"418": {"description": "A teapot"}}),
    "a new field may be sent": lambda d: raised(d)["properties"].update(seniority={"type": "string"}),
    "a new field is answered": lambda d: _require(shown(d), "seniority"),
    "a field need not be sent": lambda d: raised(d)["required"].remove("company"),
    "a new value may be sent": lambda d: schema(d, "DeclineReason")["enum"].append("on_holiday"),
    "a longer text may be sent": lambda d: raised(d)["properties"]["company"].update(maxLength=100_000),
    "null may be sent": lambda d: raised(d)["properties"].update(
        company={"anyOf": [raised(d)["properties"]["company"], {"type": "null"}]}
    ),
    "a new parameter may be sent": lambda d: operation(d, ONE, "get")["parameters"].append(
        {"in": "query", "name": "as", "required": False, "schema": {"type": "string"}}
    ),
    "no key is needed": lambda d: operation(d, ONE, "get").update(security=[]),
    "a second key opens": lambda d: operation(d, ONE, "get")["security"].append({"operator_key": []}),
    "texts for people": lambda d: operation(d, ONE, "get").update(summary="Look", description="Look at it."),
    "a schema has another name": _swap_names,
}


def planted(document: dict[str, Any], edit: Edit) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    edit(changed)
    return changed


@pytest.mark.parametrize(("edit", "told"), BREAKING.values(), ids=BREAKING)
def test_what_breaks_a_client_is_told(kept: dict[str, Any], edit: Edit, told: str) -> None:
    changed = planted(kept, edit)
    assert changed != kept
    found = breaking(kept, changed)
    assert any(told in one for one in found), found


@pytest.mark.parametrize("edit", HARMLESS.values(), ids=HARMLESS)
def test_what_breaks_nobody_is_not_told(kept: dict[str, Any], edit: Edit) -> None:
    assert breaking(kept, planted(kept, edit)) == []


@pytest.mark.parametrize("name", ["a status is removed", "an answer may be null", "a value is taken no more"])
def test_each_change_has_a_way_back_that_is_told_or_harmless(kept: dict[str, Any], name: str) -> None:
    """Taken back, what broke clients does not: the comparison has a direction."""
    assert breaking(planted(kept, BREAKING[name][0]), kept) == []


def test_it_is_compared_with_the_newest_release(
    kept: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contract = tmp_path / CONTRACT
    contract.parent.mkdir()
    contract.write_text(json.dumps(planted(kept, BREAKING["a status is removed"][0])))
    assert main(["--keep"], tmp_path, "0.9.0") == 0
    contract.write_text(json.dumps(kept))
    assert main(["--keep"], tmp_path, "0.10.0") == 0
    assert main([], tmp_path) == 0

    contract.write_text(json.dumps(planted(kept, BREAKING["a path is removed"][0])))
    capsys.readouterr()
    assert main([], tmp_path) == 1
    assert f"POST {ANSWERS}: is gone" in capsys.readouterr().out

    contract.write_text(json.dumps(planted(kept, HARMLESS["a new path"])))
    assert main([], tmp_path) == 0
    assert "0 changes since 0.10.0" in capsys.readouterr().out
