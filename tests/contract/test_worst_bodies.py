"""The worst body of every route costs little: counted in faults and bytes, never in time."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts

from app.core.field_errors import MOST_FAULTS
from app.core.http import MOST_VALUES, JsonRoute, drops_unknown
from app.core.settings import load_settings
from app.main import create_app
from tests.support.app import an_app

# What the service may answer beyond the bytes that it was sent.
GROWTH = 32 * 1024
LARGEST = 64 * 1024


def places(schema: Any, defs: dict[str, Any], path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path to each list and object of a body; -1 stands for an item of a list."""
    if len(path) > 8:
        return
    if "$ref" in schema:
        yield from places(defs[schema["$ref"].rpartition("/")[2]], defs, path)
    for one in [*schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])]:
        yield from places(one, defs, path)
    if schema.get("type") == "object":
        yield path
        for name, inner in schema.get("properties", {}).items():
            yield from places(inner, defs, (*path, name))
    if schema.get("type") == "array":
        yield path
        yield from places(schema["items"], defs, (*path, -1))


def at(path: tuple[Any, ...], value: Any) -> Any:
    for step in reversed(path):
        value = [value] if step == -1 else {step: value}
    return value


def floods(path: tuple[Any, ...], small: bool) -> Iterator[bytes]:
    """Yield bodies that are as full as a body may be, or as its number of values may be."""
    many = MOST_VALUES // 2 - 20 if small else 20_000
    for value, size in (([{}], 3), ([0], 2), ({"k": 0}, 11)):
        full = min(many, (LARGEST - len(repr(path)) - 200) // size)
        flood: Any = value * full if isinstance(value, list) else {f"k{number:05}": 0 for number in range(full)}
        yield json.dumps(at(path, flood), separators=(",", ":")).encode()


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    settings = load_settings(_env_file=None, data_dir=tmp_path_factory.mktemp("contract"))
    return create_app(settings).openapi()


def json_bodies(document: dict[str, Any]) -> Iterator[tuple[str, str, list[tuple[Any, ...]]]]:
    defs = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            if schema is not None:
                yield method.upper(), path, sorted(set(places(schema, defs)), key=repr)


async def test_no_refusal_is_larger_than_its_request(sqlite_url: str, tmp_path: Path, document: dict[str, Any]) -> None:
    """Whoever knows no secret gets no more out of any route than they put in, and at most 20 faults."""
    routes = list(json_bodies(document))
    assert len(routes) > 25
    async with an_app(sqlite_url, tmp_path) as app:
        for method, path, found in routes:
            url = path.replace("{", "").replace("}", "")
            for name in ("round_id", "request_id", "offer_id", "connection_id"):
                url = url.replace(f"/{name}", "/6c1e9a52-6f0c-4f0e-9c54-5f3f6cbb3b5e")
            raw = max(floods(found[-1], small=True), key=len)
            answer = await app.client.request(method, url, content=raw, headers={"content-type": "application/json"})
            assert 400 <= answer.status_code < 500, (method, url)
            assert len(answer.content) <= len(raw) + GROWTH
            assert len(answer.json()["errors"]) <= MOST_FAULTS


def test_no_body_makes_more_faults_than_it_may_have_values(tmp_path: Path, document: dict[str, Any]) -> None:
    """The validator of each route runs over the worst that its reader lets through."""
    found = {(method, path): places_ for method, path, places_ in json_bodies(document)}
    most = 0
    app = create_app(load_settings(_env_file=None, data_dir=tmp_path))
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if not isinstance(route, JsonRoute) or route.body_field is None:
            continue
        for method in route.methods or ():
            for place in found.get((method, str(context.path)), []):
                for raw in floods(place, small=not drops_unknown(route.body_field.field_info.annotation)):
                    _, errors = route.body_field.validate(json.loads(raw), {}, loc=("body",))
                    most = max(most, len(errors or []))
                    assert len(errors or []) <= MOST_VALUES, (method, context.path, place)
    assert most > MOST_FAULTS
