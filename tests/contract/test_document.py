"""What generators of clients stumble over is not in the contract."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from app.contract.document import ENUM_NAMES
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


def untold_unions(document: dict[str, Any]) -> list[str]:
    """Return the unions of objects whose members no field tells apart: generators guess, or refuse them."""
    found = []

    def look(part: Any, where: str) -> None:
        if isinstance(part, dict):
            for key in ("anyOf", "oneOf"):
                named = [one["$ref"] for one in part.get(key, ()) if "$ref" in one]
                objects = [one for one in named if "properties" in document["components"]["schemas"][one[21:]]]
                if len(objects) > 1 and "discriminator" not in part:
                    found.append(where)
            for key, inner in part.items():
                look(inner, f"{where}/{key}")
        elif isinstance(part, list):
            for index, inner in enumerate(part):
                look(inner, f"{where}/{index}")

    look(document, "")
    return found


def crashing_types(document: dict[str, Any]) -> list[str]:
    """Return the fields whose type is null alone, or a tuple without `items`: some generators crash at them."""
    return [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        for field, inner in schema.get("properties", {}).items()
        if inner.get("type") == "null" or (inner.get("type") == "array" and "items" not in inner)
    ]


def without_example(document: dict[str, Any]) -> list[str]:
    """Return the operations whose body has no example. The linter looks at whether an example fits its schema."""
    return [
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
        if any("example" not in content for content in operation.get("requestBody", {}).get("content", {}).values())
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
    assert clumsy_names(document) == []
    assert without_security(document) == []
    assert undescribed_fields(document) == []
    assert untold_unions(document) == []
    assert crashing_types(document) == []
    assert without_example(document) == []
    used = {tag for methods in document["paths"].values() for one in methods.values() for tag in one["tags"]}
    assert used == {tag["name"] for tag in document["tags"] if tag["description"]}


def test_each_operation_names_its_credential() -> None:
    operations = {
        one["operationId"]: one
        for methods in json.loads(CONTRACT.read_text())["paths"].values()
        for one in methods.values()
    }
    assert all("**Credential:** " in one["description"] for one in operations.values())
    assert operations["put_application"]["security"] == [
        {"connection_key": []},
        {"connection_basic": []},
        {"connection_oauth": ["requests:write"]},
    ]
    assert operations["show_request"]["security"] == [{"manage_token": []}]
    assert operations["show_form"]["description"].endswith("**Credential:** the code of the link, in the body.")


def test_names_of_enums_are_those_of_enums_that_travel() -> None:
    schemas = json.loads(CONTRACT.read_text())["components"]["schemas"]
    assert set(ENUM_NAMES.values()) <= set(schemas)
    assert not set(ENUM_NAMES) & set(schemas)


def test_what_generators_crash_at_is_caught(small: FastAPI) -> None:
    class Crashing(Output):
        nothing: None
        pair: tuple[int, str]

    class Either(Output):
        one: Crashing | Twice.Asked

    add(small, "/one", Crashing, Crashing)
    add(small, "/two", Either)
    document = small.openapi()
    assert crashing_types(document) == ["Crashing.nothing", "Crashing.pair"]
    assert untold_unions(document) == ["/components/schemas/Either/properties/one"]
    assert without_example(document) == ["/one"]


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
