"""Bad bodies: the response names code and pointer; nothing is stored, echoed or logged."""

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from app.core.logging import configure_logging
from app.core.settings import load_settings
from tests.requests.bad_bodies import ANSWER, ANSWERS, BARE, CANARY, MANAGER, NONCE, RAISE, UNREADABLE
from tests.support.app import ADA, Running, a_request, codes, dump, manager_code, raise_request, round_id
from tests.vocabulary.builders import a_full_answer


@pytest.fixture
def said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """Log as the service does, at its most talkative; return what was written since the last look."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, logging.raiseExceptions, threading.excepthook
    listening = False

    def written() -> str:
        nonlocal listening
        if not listening:  # Not sooner: pytest changes the streams between setting a test up and calling it.
            configure_logging(load_settings(_env_file=None, data_dir=tmp_path / "log", log_level="DEBUG"))
            logging.getLogger("anything").debug("this is heard")
        captured = capfd.readouterr()
        assert listening or "this is heard" in captured.err
        listening = True
        return captured.out + captured.err

    yield written
    root.handlers, logging.raiseExceptions, threading.excepthook = before[0], before[2], before[3]
    root.setLevel(before[1])
    structlog.reset_defaults()


def is_problem(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert set(problem) == {"type", "title", "status", "code", "detail", "errors"}
    assert problem["status"] == status
    assert problem["type"] == f"/problems/{problem['code']}"
    assert all(set(error) == {"pointer", "code", "message"} for error in problem["errors"])
    return problem


async def unharmed(app: Running, before: dict[str, list[str]], keys: list[Any], said: str) -> None:
    assert await dump(app) == before
    assert await app.ctx.keys.names() == keys
    assert CANARY not in said.lower()


@pytest.mark.parametrize(("over", "pointer", "code"), [case[1:] for case in RAISE], ids=[case[0] for case in RAISE])
async def test_bad_requests_are_refused(
    app: Running, over: dict[str, Any], pointer: str, code: str, said: Callable[[], str]
) -> None:
    before, keys = await dump(app), await app.ctx.keys.names()
    said()

    response = await app.client.post(
        "/v1/feedback-requests", json=a_request(**over), headers={"Idempotency-Key": "k" * 22}
    )

    problem = is_problem(response, 422)
    assert problem["code"] == "invalid_request"
    log = said()
    assert "/v1/feedback-requests" in log
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [(pointer, code)]
    await unharmed(app, before, keys, response.text + log)


@pytest.mark.parametrize(("over", "pointer", "code"), [case[1:] for case in ANSWERS], ids=[case[0] for case in ANSWERS])
async def test_bad_answers_are_refused(
    app: Running, over: dict[str, Any], pointer: str, code: str, said: Callable[[], str]
) -> None:
    raised = await raise_request(app.client)
    before, keys = await dump(app), await app.ctx.keys.names()
    body = {"code": codes(raised)[0], "nonce": NONCE, "answer": ANSWER, **over}
    said()

    response = await app.client.post(f"/v1/rounds/{round_id(raised)}/answers", json=body)

    problem = is_problem(response, 422)
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [(pointer, code)]
    assert said() == ""
    await unharmed(app, before, keys, response.text)


async def test_an_answer_of_more_than_sixteen_kib_is_refused(app: Running) -> None:
    raised = await raise_request(app.client, worries=[{"text": f"worry {index}"} for index in range(3)])
    answer = a_full_answer("語").model_dump(mode="json", exclude_none=True)
    before = await dump(app)

    response = await app.client.post(
        f"/v1/rounds/{round_id(raised)}/answers", json={"code": codes(raised)[0], "nonce": NONCE, "answer": answer}
    )

    assert [error["code"] for error in is_problem(response, 422)["errors"]] == ["too_large"]
    assert await dump(app) == before


@pytest.mark.parametrize(("route", "over", "pointer", "code"), MANAGER)
async def test_bad_bodies_of_the_manager_are_refused(
    app: Running, route: str, over: dict[str, Any], pointer: str, code: str, said: Callable[[], str]
) -> None:
    raised = await raise_request(app.client, invitees=None, manager=ADA)
    before, keys = await dump(app), await app.ctx.keys.names()
    said()

    response = await app.client.post(
        f"/v1/manager/{raised['id']}/{route}", json={"code": manager_code(raised), **BARE[route], **over}
    )

    problem = is_problem(response, 422)
    errors = [(error["pointer"], error["code"]) for error in problem["errors"]]
    assert (pointer, code) in errors
    assert said() == ""
    await unharmed(app, before, keys, response.text)


PATHS = ["/v1/feedback-requests", "/v1/rounds/{round}/answers", "/v1/rounds/{round}/form", "/v1/manager/{id}/panels"]


@pytest.mark.parametrize("path", PATHS)
async def test_bodies_that_cannot_be_read(app: Running, path: str, said: Callable[[], str]) -> None:
    raised = await raise_request(app.client, manager=ADA)
    before, keys = await dump(app), await app.ctx.keys.names()
    where = path.format(round=round_id(raised), id=raised["id"])
    said()

    for name, content, headers, status, code in UNREADABLE:
        response = await app.client.post(where, content=content, headers=headers)

        assert is_problem(response, status)["code"] == code, name
        await unharmed(app, before, keys, response.text + said())
        assert {error["pointer"] for error in response.json()["errors"]} <= {""}


async def test_names_of_unknown_fields_are_not_echoed(app: Running) -> None:
    response = await app.client.post(
        "/v1/feedback-requests", json=a_request(invitees=[{"name": "Omar", CANARY: 1}], **{CANARY: {"x": CANARY}})
    )

    problem = is_problem(response, 422)
    assert sorted(error["pointer"] for error in problem["errors"]) == ["", "/invitees/0"]
    assert CANARY not in response.text


async def test_all_errors_are_returned_at_once(app: Running) -> None:
    response = await app.client.post(
        "/v1/feedback-requests",
        json=a_request(closes_on="2026-11-01", interviewed_on="2026-12-01", anonymity={"mode": "sealed", "k": 9}),
    )

    assert {error["pointer"] for error in is_problem(response, 422)["errors"]} == {
        "/closes_on",
        "/interviewed_on",
        "/anonymity/k",
    }


@pytest.mark.parametrize(
    "value", ["' OR 1=1 --", "<script>alert(1)</script>", "{{7*7}}", "%s %(x)s {0}", "../../etc", "Łódź" + "🦄" * 36]
)
async def test_text_is_only_text(app: Running, value: str) -> None:
    raised = await raise_request(app.client, company=value, manager={"name": value}, own_question=value)

    assert raised["company"] == raised["own_question"] == value
    view = await app.client.post(f"/v1/manager/{raised['id']}/view", json={"code": manager_code(raised)})
    assert view.json()["company"] == value
    assert view.json()["signature"] == f"The hiring team at {value}"
