"""How a JSON body is read: strictly, within limits, and without ever repeating it."""

from collections.abc import Callable, Coroutine
from math import isfinite
from typing import Annotated, Any

from fastapi import Header, Request, Response
from fastapi.params import Form
from fastapi.routing import APIRoute
from pydantic import StringConstraints
from pydantic_core import from_json
from typing_extensions import override

from app.core import problems
from app.core.errors import Malformed

MAX_DEPTH = 16
IdempotencyKey = Annotated[
    str | None,
    Header(description="22 or more random characters: a repetition within a day gets the same answer."),
    StringConstraints(pattern=r"^[!-~]{22,128}$"),
]
_JSON_TYPES = frozenset({"application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"})


class JsonRoute(APIRoute):
    """A route whose body is JSON as RFC 8259 has it: `APIRouter(route_class=JsonRoute)`.

    The framework's own reader takes NaN, lone surrogates and any depth, and looks at every byte in Python's `json`.
    """

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        if self.body_field is None or isinstance(self.body_field.field_info, Form):
            return handle

        async def read_and_handle(request: Request) -> Response:
            raw = await request.body()
            if raw and not is_json(request.headers.get("content-type", "")):
                return unsupported_media_type()
            return await handle(_Read(request, raw, read_json(raw) if raw else None))

        return read_and_handle


class _Read(Request):
    """A request whose body was read: the framework asks for the bytes and the value, and gets what we made of them."""

    def __init__(self, request: Request, raw: bytes, value: Any) -> None:
        super().__init__(request.scope, request.receive)
        self._raw = raw
        self._value = value

    @override
    async def body(self) -> bytes:
        return self._raw

    @override
    async def json(self) -> Any:
        return self._value


def read_json(raw: bytes) -> Any:
    """Return the value of `raw`. Raises Malformed, `malformed_json` or `too_deep`, and quotes nothing."""
    try:
        # The parser's cache of strings would hold codes and words for as long as the process runs.
        value = from_json(raw, allow_inf_nan=False, cache_strings="keys")
    except ValueError as error:
        if "recursion limit" in str(error):
            raise _too_deep() from None
        raise _malformed() from None
    _check(value)
    return value


def unsupported_media_type() -> Response:
    """Return the answer to a body that does not say it is JSON."""
    return problems.problem(
        415,
        "unsupported_media_type",
        "This format is not read here",
        "Send the body as JSON, with the header Content-Type: application/json.",
    )


def is_json(content_type: str) -> bool:
    """Tell whether a body says that it is JSON in UTF-8."""
    if content_type in _JSON_TYPES:
        return True
    parts = [part.strip().lower().replace('"', "") for part in content_type.split(";")]
    return parts[0] == "application/json" and set(parts[1:]) <= {"", "charset=utf-8", "charset=utf8"}


def _check(value: Any) -> None:
    """Refuse what the parser lets through: depth (it stops at 200), and 1e999, which it reads as infinity."""
    level = [value]
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inner += item.values()
            elif isinstance(item, list):
                inner += item
            elif isinstance(item, float) and not isfinite(item):
                raise _malformed()
        if not inner:
            return
        level = inner
    for item in level:
        if isinstance(item, dict | list):
            raise _too_deep()
        if isinstance(item, float) and not isfinite(item):
            raise _malformed()


def _malformed() -> Malformed:
    return Malformed("malformed_json", "The body is not valid JSON in UTF-8. Nothing was stored.")


def _too_deep() -> Malformed:
    return Malformed("too_deep", f"The body is nested more than {MAX_DEPTH} deep. Nothing was stored.")
