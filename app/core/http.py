"""Strict JSON bodies: limits on depth and size, no duplicate members, and errors that never quote the body."""

import json
from collections.abc import Callable, Coroutine
from math import isfinite
from typing import Annotated, Any

from fastapi import Header, Request, Response
from fastapi.params import Form
from fastapi.routing import APIRoute
from pydantic import BaseModel, StringConstraints
from pydantic_core import from_json
from typing_extensions import override

from app.core import problems
from app.core.errors import Malformed, TooLarge
from app.core.text import without_unstorable

MAX_DEPTH = 16
# Each value may cause a fault, and a fault costs a hundred times its bytes. The largest body that a person fills in has
# about 100 values. A snapshot of an application with all interviews has about 10,000.
MOST_VALUES = 1_000
MOST_VALUES_OF_A_SNAPSHOT = 30_000
IdempotencyKey = Annotated[
    str | None,
    Header(description="22 or more random characters: a repetition within a day gets the same answer."),
    StringConstraints(pattern=r"^[!-~]{22,128}$"),
]
_JSON_TYPES = frozenset({"application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"})


class JsonRoute(APIRoute):
    """A route whose body is strict JSON (RFC 8259): `APIRouter(route_class=JsonRoute)`.

    The framework's own reader accepts NaN, lone surrogates, any depth, and duplicate members, of which the last wins.
    """

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        if self.body_field is None or isinstance(self.body_field.field_info, Form):
            return handle
        # Models that drop unknown fields are for ATSs, which cut texts: half an emoji must not lose a whole message.
        lenient = drops_unknown(self.body_field.field_info.annotation)
        most = MOST_VALUES_OF_A_SNAPSHOT if lenient else MOST_VALUES

        async def read_and_handle(request: Request) -> Response:
            raw = await request.body()
            if raw and not is_json(request.headers.get("content-type", "")):
                return unsupported_media_type()
            storable = without_unstorable(raw) if lenient else raw
            return await handle(_Read(request, raw, read_json(storable, most) if raw else None))

        return read_and_handle


class _Read(Request):
    """A request with a parsed body: the framework gets our bytes and our value when it asks for them."""

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


def drops_unknown(body: object) -> bool:
    """Tell whether the body of a route is a model that drops unknown members instead of refusing them."""
    return isinstance(body, type) and issubclass(body, BaseModel) and body.model_config.get("extra") == "ignore"


def read_json(raw: bytes, most_values: int = MOST_VALUES_OF_A_SNAPSHOT) -> Any:
    """Return the value of `raw`. Errors quote nothing of it.

    Raises Malformed: `malformed_json`, `too_deep`, or `duplicate_member`, since two readers could pick different ones.
    Raises TooLarge for more than `most_values` values.
    """
    try:
        # A cache of all strings would keep codes and answers in memory for as long as the process runs.
        value = from_json(raw, allow_inf_nan=False, cache_strings="keys")
    except ValueError as error:
        if "recursion limit" in str(error):
            raise _too_deep() from None
        raise _malformed() from None
    _check(value, most_values)
    # Only this parser reports every member. The one above keeps the last of a name.
    json.loads(raw, object_pairs_hook=_check_members, parse_int=len, parse_float=len)
    return value


def unsupported_media_type() -> Response:
    """Return the response to a body whose content type is not JSON."""
    return problems.problem(
        415,
        "unsupported_media_type",
        "This format is not read here",
        "Send the body as JSON, with the header Content-Type: application/json.",
    )


def is_json(content_type: str) -> bool:
    """Tell whether a content type is JSON in UTF-8."""
    if content_type in _JSON_TYPES:
        return True
    parts = [part.strip().lower().replace('"', "") for part in content_type.split(";")]
    return parts[0] == "application/json" and set(parts[1:]) <= {"", "charset=utf-8", "charset=utf8"}


def _check(value: Any, most_values: int) -> None:
    """Refuse what the parser accepts: depth up to 200, any number of values, and 1e999, which it reads as infinity."""
    level = [value]
    seen = 1
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
        seen += len(inner)
        if seen > most_values:
            raise TooLarge("too_large", f"At most {most_values} values. Nothing was stored.")
        level = inner
    for item in level:
        if isinstance(item, dict | list):
            raise _too_deep()
        if isinstance(item, float) and not isfinite(item):
            raise _malformed()


def _check_members(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        raise Malformed("duplicate_member", "The body names a member twice. Nothing was stored.")


def _malformed() -> Malformed:
    return Malformed("malformed_json", "The body is not valid JSON in UTF-8. Nothing was stored.")


def _too_deep() -> Malformed:
    return Malformed("too_deep", f"The body is nested more than {MAX_DEPTH} deep. Nothing was stored.")
