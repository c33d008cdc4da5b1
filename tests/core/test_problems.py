"""Problems: each error has its status, code and pointer, and quotes nothing of the request."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Annotated, Any, Literal

import httpx
import pytest
from fastapi import FastAPI, Query
from pydantic import Field, HttpUrl

from app.core import errors, problems
from app.core.schemas import Input
from app.core.text import Name

CANARY = "canary-7f3e"


class Band(StrEnum):
    MET = "met"


class Detail(Input):
    text: Annotated[str, Field(min_length=2, max_length=5)]
    count: Annotated[int, Field(ge=1, le=3)] = 1


class Signed(Input):
    mode: Literal["signed"]
    name: Name


class Sealed(Input):
    mode: Literal["sealed"]


class Body(Input):
    details: Annotated[list[Detail], Field(min_length=1, max_length=2)]
    band: Band | None = None
    bands: dict[Band, Band] | None = None
    on: dt.date | None = None
    at: dt.datetime | None = None
    id: uuid.UUID | None = None
    link: HttpUrl | None = None
    name: Name = "Ben Ode"
    lane: Annotated[Signed | Sealed, Field(discriminator="mode")] | None = None


def make() -> FastAPI:
    app = FastAPI()
    problems.install(app)

    @app.post("/bodies/{number}", responses=problems.responses(401, 409, 422, 429))
    async def read(number: uuid.UUID, body: Body, limit: Annotated[int, Query(le=100)] = 10) -> None:
        return None

    @app.get("/plain")
    async def plain() -> None:
        return None

    return app


def client(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://debrief.example")


async def post(body: object, path: str = f"/bodies/{uuid.UUID(int=1)}") -> httpx.Response:
    async with client(make()) as http:
        return await http.post(path, json=body)


OK: dict[str, Any] = {"details": [{"text": "abc"}]}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("/details", "required")]),
        ([], [("", "wrong_type")]),
        ({"details": []}, [("/details", "too_few")]),
        ({"details": [{"text": "abc"}] * 3}, [("/details", "too_many")]),
        ({"details": [{"text": "abc"}, {"text": "a"}]}, [("/details/1/text", "too_short")]),
        ({"details": [{"text": CANARY}]}, [("/details/0/text", "too_long")]),
        ({"details": [{"text": 1}]}, [("/details/0/text", "wrong_type")]),
        ({"details": [{"text": "abc", "count": 9}]}, [("/details/0/count", "out_of_range")]),
        ({"details": [{"text": "abc", "count": CANARY}]}, [("/details/0/count", "wrong_type")]),
        ({"details": [{"text": "abc", CANARY: 1, "b": 2}]}, [("/details/0", "unknown_field")]),
        ({**OK, "band": CANARY}, [("/band", "unknown_code")]),
        ({**OK, "bands": {CANARY: CANARY}}, [("/bands", "unknown_code")]),
        ({**OK, "bands": {"zebra": "zebra"}}, [("/bands", "unknown_code")]),
        ({**OK, "bands": {"met": CANARY}}, [("/bands/met", "unknown_code")]),
        ({**OK, "on": CANARY}, [("/on", "invalid_date")]),
        ({**OK, "at": CANARY}, [("/at", "invalid_date")]),
        ({**OK, "id": CANARY}, [("/id", "invalid_id")]),
        ({**OK, "link": CANARY}, [("/link", "invalid_link")]),
        ({**OK, "name": "a\x00b"}, [("/name", "forbidden_character")]),
        ({**OK, "name": "a\nb"}, [("/name", "one_line")]),
        ({**OK, "lane": {"mode": CANARY}}, [("/lane", "unknown_code")]),
        ({**OK, "lane": {}}, [("/lane", "required")]),
        ({**OK, "lane": {"mode": "signed"}}, [("/lane/name", "required")]),
        ({**OK, "lane": {"mode": "signed", "name": "a\nb"}}, [("/lane/name", "one_line")]),
        ({"details": [{"text": "a"}], "band": CANARY}, [("/details/0/text", "too_short"), ("/band", "unknown_code")]),
    ],
)
async def test_each_fault_of_a_body_has_pointer_and_code(body: object, expected: list[tuple[str, str]]) -> None:
    answer = await post(body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert said["code"] == "invalid_request"
    assert [(fault["pointer"], fault["code"]) for fault in said["errors"]] == expected
    assert all(fault["message"] for fault in said["errors"])
    assert CANARY not in answer.text
    assert "zebra" not in answer.text


async def test_messages_name_the_limits() -> None:
    answer = await post({"details": [{"text": "a"}]})
    assert answer.json()["errors"][0]["message"] == "At least 2 characters."


async def test_malformed_id_is_unknown() -> None:
    answer = await post(OK, f"/bodies/{CANARY}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert CANARY not in answer.text
    # The body is looked at first, exactly as it is for an id that nobody has.
    assert (await post({}, "/bodies/x")).json() == (await post({})).json()


async def test_wrong_query_parameter_has_a_pointer() -> None:
    answer = await post(OK, f"/bodies/{uuid.UUID(int=1)}?limit={CANARY}")
    assert [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]] == [("/query/limit", "wrong_type")]
    assert CANARY not in answer.text


CASES: list[tuple[errors.DomainError, int, dict[str, str]]] = [
    (errors.Malformed("malformed_json", "…"), 400, {}),
    (errors.Unauthenticated("unauthenticated", "…"), 401, {"www-authenticate": "Bearer"}),
    (errors.Forbidden("bad_token", "…"), 403, {}),
    (errors.Unknown("not_found", "…"), 404, {}),
    (errors.Conflict("already_answered", "…"), 409, {}),
    (errors.Gone("round_closed", "…"), 410, {}),
    (errors.TooLarge("too_large", "…"), 413, {}),
    (errors.one("/closes_on", "too_early", "…"), 422, {}),
    (errors.TooManyRequests("too_many_requests", "…", 7), 429, {"retry-after": "7"}),
    (errors.Unavailable("database_unavailable", "…"), 503, {"retry-after": "2"}),
]


@pytest.mark.parametrize(("error", "status", "headers"), CASES)
async def test_domain_error_becomes_a_problem(error: errors.DomainError, status: int, headers: dict[str, str]) -> None:
    app = make()

    @app.get("/refuses")
    async def refuse() -> None:
        raise error

    async with client(app) as http:
        answer = await http.get("/refuses")
    assert answer.status_code == status
    said = problems.Problem.model_validate_json(answer.content, strict=True)
    assert (said.status, said.code, said.type) == (status, error.code, f"/problems/{error.code}")
    assert said.detail == error.detail
    assert [fault.code for fault in said.errors] == [fault.code for fault in error.errors]
    for name in ("www-authenticate", "retry-after"):
        assert answer.headers.get(name) == headers.get(name)


def test_every_domain_error_has_a_status() -> None:
    assert {type(error) for error, _, _ in CASES} == set(errors.DomainError.__subclasses__())


async def test_errors_of_the_framework_become_problems() -> None:
    async with client(make()) as http:
        unknown = await http.get(f"/{CANARY}?{CANARY}={CANARY}")
        wrong_method = await http.delete("/plain")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    assert (wrong_method.status_code, wrong_method.json()["code"]) == (405, "method_not_allowed")
    assert wrong_method.headers["allow"] == "GET"
    for answer in (unknown, wrong_method):
        assert answer.headers["content-type"] == "application/problem+json"
        assert CANARY not in answer.text


def test_the_openapi_document_describes_problems_only() -> None:
    app = make()

    @app.post("/undeclared")
    async def undeclared(body: Body) -> None:
        return None

    for _ in range(2):  # FastAPI keeps the document; extending it twice must change nothing.
        document = app.openapi()
        assert {"Problem", "FieldProblem"} <= set(document["components"]["schemas"])
        assert "HTTPValidationError" not in str(document)
        declared = document["paths"]["/bodies/{number}"]["post"]["responses"]
        assert set(declared) == {"200", "401", "409", "422", "429"}
        for status in ("401", "409", "422", "429"):
            assert declared[status]["content"] == {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            }
        assert "Retry-After" in declared["429"]["headers"]
        assert "application/problem+json" in document["paths"]["/undeclared"]["post"]["responses"]["422"]["content"]
