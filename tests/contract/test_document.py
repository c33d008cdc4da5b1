"""What generators of clients stumble over is not in the contract."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from app.core import problems
from app.core.schemas import Input, Output

CONTRACT = Path(__file__).parents[2] / "openapi/openapi.json"


class Twice:
    """Two schemas of one name, in two places."""

    class Asked(Output):
        one: int

    class Again:
        class Asked(Output):
            two: int


def clumsy_names(document: dict[str, Any]) -> list[str]:
    """Return names that the framework has made longer, for two classes with one name or one class with two shapes: they
    change when a module moves, and some generators drop what they can't name.
    """
    return [name for name in document["components"]["schemas"] if "__" in name or not name.isalnum()]


def undescribed_fields(document: dict[str, Any]) -> list[str]:
    """Return the fields that a reader of the contract would have to guess."""
    return [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        for field, inner in schema.get("properties", {}).items()
        if not inner.get("description")
    ]


def without_security(document: dict[str, Any]) -> list[str]:
    """Return the operations that don't say whether a key is needed."""
    operations = [one for methods in document["paths"].values() for one in methods.values()]
    return [one["operationId"] for one in operations if "security" not in one]


@pytest.fixture
def small() -> FastAPI:
    app = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False})
    problems.install(app)
    return app


def add(app: FastAPI, path: str, answered: type[BaseModel], sent: type[BaseModel] | None = None) -> None:
    async def without_body() -> Any: ...

    async def with_body(body: sent) -> Any: ...  # type: ignore[valid-type]

    app.post(path, response_model=answered, operation_id=path)(without_body if sent is None else with_body)


def test_the_contract_has_names_of_its_own_and_says_who_needs_a_key() -> None:
    document = json.loads(CONTRACT.read_text())
    assert len(document["components"]["schemas"]) > 100
    assert clumsy_names(document) == []
    assert without_security(document) == []
    assert undescribed_fields(document) == []


def test_a_field_without_a_description_is_caught(small: FastAPI) -> None:
    add(small, "/one", Twice.Asked)
    assert undescribed_fields(small.openapi()) == ["Asked.one"]


def test_two_schemas_of_one_name_are_caught(small: FastAPI) -> None:
    add(small, "/one", Twice.Asked)
    add(small, "/two", Twice.Again.Asked)
    assert len(clumsy_names(small.openapi())) == 2


def test_an_operation_without_a_word_about_keys_gets_one(small: FastAPI) -> None:
    class Sent(Input):
        a: int

    add(small, "/one", Twice.Asked, Sent)
    document = small.openapi()
    assert without_security(document) == []
    del document["paths"]["/one"]["post"]["security"]
    assert without_security(document) == ["/one"]


def test_the_lock_of_what_generates_clients_names_versions_and_hashes_and_no_place() -> None:
    lock = json.loads((CONTRACT.parents[1] / "client/contract/package-lock.json").read_text())
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert len(packages) > 20
    assert all(one["integrity"].startswith("sha512-") and "resolved" not in one for one in packages.values())
