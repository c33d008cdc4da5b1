"""The contract: the stored document is what the code serves, and each route declares its audience and errors."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts

from app.accounts.auth import Audience, anyone, candidate, code_holder
from app.core import problems
from app.core.settings import Settings, load_settings
from app.main import create_app
from tests.house.ground import Ground, run

# The document itself is served by the framework, to anyone.
WITHOUT_AUDIENCE = {"/openapi.json"}
AT_LEAST = 20
# What refuses a token has a form of its own, in the standard that its clients follow.
OAUTH = {"#/components/schemas/AccessTokenRefused"}
CHECK = ("-c", "from app.cli import main; main()", "openapi", "--check")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(_env_file=None, data_dir=tmp_path)


def audiences(dependant: Dependant | None) -> set[Audience]:
    """Return the audiences in the tree of what a route depends on."""
    if dependant is None:
        return set()
    own: set[Audience] = {dependant.call} if isinstance(dependant.call, Audience) else set()
    return own.union(*(audiences(child) for child in dependant.dependencies))


def routes(app: FastAPI) -> list[RouteContext]:
    """Return all routes that need an audience."""
    return [route for route in iter_route_contexts(app.routes) if route.path not in WITHOUT_AUDIENCE]


def without_one_audience(app: FastAPI) -> list[str]:
    """Return the paths of the routes that have no audience, or several."""
    return [
        f"{route.methods} {route.path}"
        for route in routes(app)
        if len(audiences(getattr(route, "dependant", None))) != 1
    ]


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each operation with its method and path."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def _is_of_oauth(answer: dict[str, Any]) -> bool:
    return {one["schema"].get("$ref") for one in answer.get("content", {}).values()} == OAUTH


def undescribed_errors(document: dict[str, Any]) -> list[str]:
    """Return the errors that an operation declares without saying that they are problem details.

    One operation answers as RFC 6749 (5.2) has it, which all its clients read.
    """
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    found = [
        f"{name} {status}"
        for name, operation in operations(document)
        for status, answer in operation["responses"].items()
        if int(status) >= 400 and answer.get("content") != problem and not _is_of_oauth(answer)
    ]
    return found if "Problem" in document["components"]["schemas"] else [*found, "Problem itself"]


def repeated_ids(document: dict[str, Any]) -> list[str]:
    """Return the operation ids that are used twice, from which clients could not make functions."""
    counted = Counter(operation["operationId"] for _, operation in operations(document))
    return [name for name, count in counted.items() if count > 1]


def test_the_kept_contract_is_what_is_served() -> None:
    outcome = run("python", *CHECK)
    assert outcome.good, outcome.text


def test_a_contract_that_differs_is_caught(ground: Ground) -> None:
    missing = ground.run("python", *CHECK)
    ground.plant("openapi/openapi.json", "{}")
    different = ground.run("python", *CHECK)
    assert not missing.good
    assert not different.good
    assert "make openapi" in missing.text
    assert "make openapi" in different.text


def test_each_route_has_one_audience(settings: Settings) -> None:
    app = create_app(settings)
    # An empty walk would find no fault: the framework's list of routes is no longer flat.
    told = [route for route in routes(app) if route.include_in_schema]
    assert len(told) == len(list(operations(app.openapi()))) >= AT_LEAST
    assert without_one_audience(app) == []


def test_each_audience_is_seen(settings: Settings) -> None:
    seen = set().union(*(audiences(getattr(route, "dependant", None)) for route in routes(create_app(settings))))
    assert {anyone, candidate, code_holder} <= seen


def test_each_operation_has_its_own_id(settings: Settings) -> None:
    assert repeated_ids(create_app(settings).openapi()) == []


def test_each_error_is_described(settings: Settings) -> None:
    assert undescribed_errors(create_app(settings).openapi()) == []


def test_each_operation_says_what_it_is_for(settings: Settings) -> None:
    silent = [name for name, operation in operations(create_app(settings).openapi()) if not operation.get("summary")]
    assert silent == []


async def _nothing() -> None:
    """Stand for an endpoint."""


def _planted() -> FastAPI:
    """Return an application in which each route but `/good` breaks a rule."""
    app = FastAPI(openapi_url=None)
    problems.install(app)
    router = APIRouter(dependencies=[Depends(code_holder)])
    router.add_api_route("/good", _nothing, operation_id="good", responses=problems.responses(404))
    router.add_api_route("/two", _nothing, dependencies=[Depends(candidate)], operation_id="two")
    app.include_router(router)
    app.add_api_route("/none", _nothing, operation_id="two")
    app.add_api_route("/bare", _nothing, dependencies=[Depends(anyone)], responses={404: {"description": "Gone."}})
    return app


def test_missing_and_doubled_audiences_are_caught() -> None:
    assert without_one_audience(_planted()) == ["{'GET'} /two", "{'GET'} /none"]


def test_repeated_ids_are_caught() -> None:
    with pytest.warns(UserWarning, match="Duplicate Operation ID"):
        assert repeated_ids(_planted().openapi()) == ["two"]


def test_an_undescribed_error_is_caught() -> None:
    with pytest.warns(UserWarning, match="Duplicate Operation ID"):
        assert undescribed_errors(_planted().openapi()) == ["get /bare 404"]
