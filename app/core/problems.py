"""Error responses: RFC 9457 problem details with a stable `code`, which never repeat what was sent."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from itertools import islice
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.core import errors
from app.core.errors import FieldError
from app.core.field_errors import MOST_FAULTS, field_errors

MEDIA_TYPE = "application/problem+json"
NOT_FOUND = errors.Unknown("not_found", "There is nothing here, or it is not yours to see.")

_TITLES = {
    400: "This request can't be read",
    401: "A key is needed",
    403: "This is not allowed",
    404: "Not found",
    405: "This can't be done here",
    408: "This took too long",
    409: "This is not possible now",
    410: "This is over",
    413: "Too large",
    415: "This format is not read here",
    422: "Some fields need another look",
    429: "Too many requests",
    431: "Too large",
    500: "Something went wrong on our side",
    503: "Not available right now",
}
# Codes for which the general title of the status would mislead.
_OWN_TITLES = {"bad_signature": "The signature is not right"}
_STATUSES: dict[type[errors.DomainError], int] = {
    errors.Malformed: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.Unknown: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.TooLarge: 413,
    errors.Invalid: 422,
    errors.TooManyRequests: 429,
    errors.Unavailable: 503,
}
# Errors that the framework raises itself. Its own texts may quote the request, so these replace them.
_HTTP_ERRORS = {
    400: ("malformed_request", "The request can't be read. Nothing was stored."),
    404: (NOT_FOUND.code, NOT_FOUND.detail),
    405: ("method_not_allowed", "This address does not know that method."),
}
_UNAVAILABLE_FOR = 2


class FieldProblem(BaseModel):
    """One fault in the body."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)
    pointer: str = Field(description="JSON pointer (RFC 6901) to the field; empty for the whole body.")
    code: str = Field(description="Stable, for machines.")
    message: str = Field(description="For people; may change.")


class Problem(BaseModel):
    """An error (RFC 9457)."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)
    type: str = Field(description="`/problems/` and the code, relative to this service: a GET explains it.")
    title: str
    """A short text for people; it may change."""
    status: int
    """The status of the response."""
    code: str = Field(description="Stable, for machines.")
    detail: str = Field(description="For people; may change.")
    errors: list[FieldProblem] = Field(description=f"The first {MOST_FAULTS} faults at most.")


def problem(
    status: int,
    code: str,
    title: str,
    detail: str,
    errors: Iterable[FieldError] = (),
    *,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem response."""
    content = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        "errors": [
            {"pointer": one.pointer, "code": one.code, "message": one.message} for one in islice(errors, MOST_FAULTS)
        ],
    }
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status, dict(headers or {}), MEDIA_TYPE)


def title_of(code: str, status: int) -> str:
    """Return the title of a problem: always the same for a code and status, as RFC 9457 asks."""
    return _OWN_TITLES.get(code) or _TITLES.get(status) or HTTPStatus(status).phrase


def from_error(error: errors.DomainError) -> Response:
    """Return the response for a domain error."""
    status = next((_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES), 400)
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    elif isinstance(error, errors.TooManyRequests):
        seconds = str(max(1, math.ceil(error.retry_after)))
        headers["Retry-After"] = seconds
        if error.limit is not None:
            headers["X-RateLimit-Limit"] = str(error.limit)
            headers["X-RateLimit-Remaining"] = "0"
            headers["X-RateLimit-Reset"] = seconds
    elif status == 503:
        headers["Retry-After"] = str(_UNAVAILABLE_FOR)
    return problem(status, error.code, title_of(error.code, status), error.detail, error.errors, headers=headers)


def internal_error() -> Response:
    """Return the response for an unforeseen error. It says nothing about the cause."""
    detail = "This is our fault, not yours. Please try again; if it stays so, tell the operator."
    return problem(500, "internal_error", _TITLES[500], detail)


def unreadable_request(status: int) -> Response:
    """Return the response to bytes that never became a complete request: 400, 408 or 431."""
    match status:
        case 408:
            return problem(
                408, "request_timeout", _TITLES[408], "The request did not arrive in time. Please send it again."
            )
        case 431:
            return problem(431, "headers_too_large", _TITLES[431], "At most 32 KiB of headers. Nothing was stored.")
        case _:
            code, detail = _HTTP_ERRORS[status]
            return problem(status, code, _TITLES[status], detail)


def phrase_of(status: int) -> str:
    """Return the reason phrase of a status."""
    return HTTPStatus(status).phrase


def install(app: FastAPI) -> None:
    """Make `app` answer every error with a problem, and declare that in its OpenAPI document."""
    app.add_exception_handler(errors.DomainError, _on_domain_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        document = describe()
        _declare(document)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document.


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the declaration of a route's errors: `responses=responses(404, 410, 422)`."""
    return {status: _response(status) for status in statuses}


def _response(status: int) -> dict[str, Any]:
    described: dict[str, Any] = {
        "description": _TITLES[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in {429, 503}:
        described["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    if status == 401:
        described["headers"] = {"WWW-Authenticate": {"description": "Always Bearer.", "schema": {"type": "string"}}}
    return described


def _declare(document: dict[str, Any]) -> None:
    """Replace FastAPI's description of a 422, add the schemas of problems, and mark operations without a credential."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    if "Problem" in schemas:
        return
    for path in document.get("paths", {}).values():
        for operation in path.values():
            declared = operation.get("responses", {}) if isinstance(operation, dict) else {}
            if "HTTPValidationError" in json.dumps(declared.get("422", "")):
                declared["422"] = _response(422)
                if "requestBody" not in operation:
                    # Only its path can be invalid, and a malformed id gets a 404.
                    del declared["422"]
            if isinstance(operation, dict):
                # Explicit, so that a reader need not guess whether a key was forgotten.
                operation.setdefault("security", [])
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    own = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    schemas.update(own.pop("$defs"))
    schemas["Problem"] = own


async def _on_domain_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.DomainError)
    return from_error(error)


async def _on_validation_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults: Sequence[FieldError] = field_errors(error.errors(), error.body)
    # A malformed id gets the same answer as an unknown one.
    return from_error(errors.Invalid(faults) if faults else NOT_FOUND)


async def _on_http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = error.status_code
    phrase = HTTPStatus(status)
    code, detail = _HTTP_ERRORS.get(status, (phrase.name.lower(), f"{phrase.phrase}."))
    return problem(status, code, title_of(code, status), detail, headers=error.headers)
