"""The audience of every route, pinned in one table, and the errors that each operation has to declare."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from app.accounts.auth import (
    Anyone,
    Audience,
    Candidate,
    CodeHolder,
    ConnectionCaller,
    ConnectionMaker,
    Operator,
    Raiser,
    ReceiptHolder,
    TokenHolder,
)
from app.core.settings import Settings, load_settings
from app.main import create_app
from tests.house.ground import Ground

# A route that is added has to be put here as well: nobody opens one to the world in passing.
OPERATIONS: dict[type[Audience], set[str]] = {
    Raiser: {"raise_request"},
    Anyone: {
        "confirm_address",
        "unsubscribe",
        "get_vocabulary",
        "livez",
        "readyz",
        "show_round_key",
        "list_evaluations",
        "list_published_keys",
        "post_signed_event",
        "receive_hook",
        "explain_problem",
        "create_access_token",
        "send_offer_code",
    },
    Candidate: {
        "show_request",
        "extend_request",
        "withdraw_request",
        "erase_request",
        "open_round",
        "show_links",
        "read_feedback",
        "read_feedback_csv",
        "add_own_note",
        "send_reply",
        "delete_own_note",
    },
    CodeHolder: {
        "show_form",
        "read_replies",
        "record_effect",
        "record_effect_as_manager",
        "preview_answer",
        "send_answer",
        "decline",
        "take_answer_back",
        "show_manager_link",
        "answer_for_team",
        "take_team_answer_back",
        "open_panel",
        "show_panel_messages",
        "decline_as_manager",
        "close_panel",
        "claim_token",
        "show_offer",
        "accept_offer",
        "decline_offer",
    },
    ReceiptHolder: {"open_mailbox", "react_by_receipt", "withdraw_answer"},
    Operator: {"metrics", "report_bounce"},
    ConnectionMaker: {
        "create_connection",
        "list_connections",
        "show_connection",
        "change_connection",
        "disable_connection",
        "enable_connection",
        "rotate_hook_secret",
        "create_key",
        "delete_key",
        "set_connection_up",
        "test_connection",
        "list_inbound",
        "replay_inbound",
        "list_notices",
    },
    ConnectionCaller: {
        "show_feedback_status",
        "show_feedback_summary",
        "list_test_mails",
        "move_test_clock",
        "create_webhook_endpoint",
        "list_webhook_endpoints",
        "show_webhook_endpoint",
        "change_webhook_endpoint",
        "delete_webhook_endpoint",
        "rotate_webhook_secret",
        "send_test_event",
        "enable_webhook_endpoint",
        "list_webhook_deliveries",
        "redeliver_webhook",
        "redeliver_failed_webhooks",
        "put_application",
        "list_applications",
        "release_application",
        "put_interview",
        "cancel_interview",
        "post_event",
        "erase_candidate",
        "merge_candidates",
    },
}
# What people open is not in the document, but has its audiences all the same. Whatever shows a page is open to all.
PAGES: dict[type[Audience], set[str]] = {
    Anyone: {
        "page_raise",
        "page_raise_act",
        "page_answer",
        "page_manager",
        "page_request",
        "page_requests",
        "page_offer",
        "page_for_employers",
        "page_reference",
        "page_guide",
        "page_static_file",
        "show_confirmation",
        "confirm_address_by_form",
        "show_unsubscribe",
        "show_development_mailbox",
        "show_development_mail",
    },
    CodeHolder: {"page_answer_act", "page_manager_act", "page_offer_act"},
    TokenHolder: {"page_request_act", "page_requests_act"},
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(_env_file=None, data_dir=tmp_path)


@pytest.fixture
def document(settings: Settings) -> dict[str, Any]:
    return create_app(settings).openapi()


@pytest.mark.parametrize(("in_document", "pinned"), [(True, OPERATIONS), (False, PAGES)], ids=["operations", "pages"])
def test_each_route_has_the_audience_that_was_decided(
    settings: Settings, in_document: bool, pinned: dict[type[Audience], set[str]]
) -> None:
    found: dict[type[Audience], set[str]] = {}
    for route in iter_route_contexts(create_app(settings).routes):
        for audience in _audiences(getattr(route, "dependant", None)):
            if route.include_in_schema is in_document:
                found.setdefault(type(audience), set()).add(str(route.operation_id))
    assert found == pinned


def test_the_document_has_these_operations_and_no_other(document: dict[str, Any]) -> None:
    pinned = [name for names in OPERATIONS.values() for name in names]
    assert sorted(operation["operationId"] for operation in _operations(document)) == sorted(pinned)


# It answers from what the process has read at its start.
WITHOUT_DATABASE = {"explain_problem": {"503"}}


def silences(document: dict[str, Any]) -> set[str]:
    """Return which errors an operation can give without saying so."""
    found = set()
    for operation in _operations(document):
        must = set()
        if "application/json" in operation.get("requestBody", {}).get("content", {}):
            # Unreadable, too large, not JSON, against the schema. (To a form RFC 6749 says 400, whatever is wrong.)
            must |= {"400", "413", "415", "422"}
        if operation.get("security"):
            must.add("401")
        if any(parameter["in"] == "path" for parameter in operation.get("parameters", [])):
            must |= {"404", "503"} - WITHOUT_DATABASE.get(operation["operationId"], set())
        found |= {f"{operation['operationId']} {status}" for status in must - set(operation["responses"])}
    return found


def shapeless(document: dict[str, Any]) -> set[str]:
    """Return which successes of an operation have no schema, though they have a body."""
    return {
        f"{operation['operationId']} {status}"
        for operation in _operations(document)
        for status, answer in operation["responses"].items()
        if int(status) < 300 and status != "204" and not all(_schemas(answer))
    }


def test_no_operation_hides_how_it_fails(document: dict[str, Any]) -> None:
    assert silences(document) == set()


def test_each_success_has_a_shape(document: dict[str, Any]) -> None:
    assert shapeless(document) == set()


@pytest.mark.parametrize("status", ["400", "413", "415", "422"])
def test_a_hidden_failure_is_caught(document: dict[str, Any], status: str) -> None:
    planted = copy.deepcopy(document)
    del planted["paths"]["/v1/rounds/{round_id}/answers"]["post"]["responses"][status]
    assert silences(planted) == {f"send_answer {status}"}


def test_a_hidden_401_and_404_are_caught(document: dict[str, Any]) -> None:
    planted = copy.deepcopy(document)
    responses = planted["paths"]["/v1/feedback-requests/{request_id}"]["get"]["responses"]
    del responses["401"], responses["404"]
    assert silences(planted) == {"show_request 401", "show_request 404"}


def test_a_shapeless_success_is_caught(document: dict[str, Any]) -> None:
    planted = copy.deepcopy(document)
    planted["paths"]["/v1/rounds/{round_id}/form"]["post"]["responses"]["200"]["content"] = {"application/json": {}}
    assert shapeless(planted) == {"show_form 200"}


def test_nobody_who_holds_a_code_carries_a_token(document: dict[str, Any]) -> None:
    """A code in a header would be logged by everything in between."""
    carrying = {operation["operationId"] for operation in _operations(document) if operation.get("security")}
    with_token = (Candidate, Operator, ConnectionCaller, ConnectionMaker, Raiser)
    # Open to anyone, who signs the message or names a client: neither is a code.
    by_themselves = {"create_access_token", "post_signed_event"}
    assert carrying == {name for audience in with_token for name in OPERATIONS[audience]} | by_themselves
    assert [name for name in _parameters(document) if "code" in name.lower() or "nonce" in name.lower()] == []


def test_writing_the_contract_leaves_nothing_else_behind(ground: Ground) -> None:
    before = set(ground.path.iterdir())
    outcome = ground.run("debrief", "openapi")
    assert outcome.good, outcome.text
    assert {path.name for path in set(ground.path.iterdir()) - before} == {"openapi"}


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in document["paths"].values():
        yield from methods.values()


def _parameters(document: dict[str, Any]) -> Iterator[str]:
    for operation in _operations(document):
        yield from (parameter["name"] for parameter in operation.get("parameters", []))


def _schemas(answer: dict[str, Any]) -> list[Any]:
    return [media.get("schema") for media in answer.get("content", {"": {}}).values()]


def _audiences(dependant: Dependant | None) -> Iterator[Audience]:
    if dependant is None:
        return
    call: object = dependant.call
    if isinstance(call, Audience):
        yield call
    for below in dependant.dependencies:
        yield from _audiences(below)
