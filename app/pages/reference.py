"""A reference of the API for people, made by the server from the same document that machines read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from app.accounts.audiences import anyone
from app.pages.rendering import page
from app.pages.site import Here

router = APIRouter(include_in_schema=False)

_BY_CODE = {"answering", "manager"}


@dataclass(frozen=True)
class Member:
    """A field or a parameter. `shapes` are the names of the shapes that it refers to."""

    name: str
    kind: str
    required: bool
    about: str
    shapes: Sequence[str]


@dataclass(frozen=True)
class Answered:
    """What may come back."""

    status: str
    about: str
    shapes: Sequence[str]


@dataclass(frozen=True)
class Operation:
    """One thing that can be done."""

    id: str
    method: str
    path: str
    summary: str
    about: str
    needs: str
    parameters: Sequence[Member]
    body: Sequence[str]
    answers: Sequence[Answered]


@dataclass(frozen=True)
class Shape:
    """An object that travels, or a closed list of codes."""

    name: str
    about: str
    members: Sequence[Member]
    codes: Sequence[str]


@router.api_route("/docs", methods=["GET", "HEAD"], dependencies=[Depends(anyone)], operation_id="page_reference")
async def show(request: Request, here: Here) -> Response:
    """Return the page."""
    document = request.app.openapi()
    groups: dict[str, list[Operation]] = {}
    for tag, operation in _operations(document):
        groups.setdefault(tag, []).append(operation)
    return page(
        here.site,
        "reference.html",
        about=document["info"]["description"].strip().replace("**", "").replace("`", "").split("\n\n"),
        groups=groups,
        shapes=list(_shapes(document)),
    )


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, Operation]]:
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            tag = one["tags"][0]
            yield (
                tag,
                Operation(
                    id=one["operationId"],
                    method=method.upper(),
                    path=path,
                    summary=one["summary"],
                    about=one.get("description", ""),
                    needs=_needs(one, tag),
                    parameters=[_parameter(parameter) for parameter in one.get("parameters", [])],
                    body=_referred(one.get("requestBody", {})),
                    answers=[
                        Answered(status, answer["description"], _referred(answer.get("content", {})))
                        for status, answer in one["responses"].items()
                    ],
                ),
            )


def _needs(operation: dict[str, Any], tag: str) -> str:
    if operation.get("security"):
        return "The manage token: Authorization: Bearer dm_…"
    return "The code of the link, in the body." if tag in _BY_CODE else "Nothing."


def _parameter(parameter: dict[str, Any]) -> Member:
    schema = parameter.get("schema", {})
    about = parameter.get("description", schema.get("description", ""))
    name = f"{parameter['name']} ({parameter['in']})"
    return Member(name, _kind(schema), parameter.get("required", False), about, _referred(schema))


def _shapes(document: dict[str, Any]) -> Iterator[Shape]:
    for name, schema in sorted(document["components"]["schemas"].items()):
        required = schema.get("required", [])
        yield Shape(
            name=name,
            about=schema.get("description", ""),
            members=[
                Member(field, _kind(inner), field in required, inner.get("description", ""), _referred(inner))
                for field, inner in schema.get("properties", {}).items()
            ],
            codes=schema.get("enum", []),
        )


def _kind(schema: dict[str, Any]) -> str:
    """Say in a few words what may stand in a field."""
    if "$ref" in schema:
        return ""
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(kind for inner in schema[several] if (kind := _kind(inner)))
    if "const" in schema:
        return f"“{schema['const']}”" if isinstance(schema["const"], str) else str(schema["const"]).lower()
    if "enum" in schema:
        return ", ".join(str(code) for code in schema["enum"])
    kind = schema.get("type", "")
    if kind == "array":
        inner = _kind(schema.get("items", {}))
        return f"list of {inner}" if inner else "list of"
    limits = f", at most {schema['maxLength']} characters" if "maxLength" in schema else ""
    return f"{schema.get('format', kind)}{limits}"


def _referred(value: Any) -> list[str]:
    """Return the names of all shapes that a part of the document refers to, each once."""
    found: dict[str, None] = {}
    waiting = [value]
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, dict):
            reference = part.get("$ref")
            if isinstance(reference, str):
                found[reference.rpartition("/")[2]] = None
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return list(found)
