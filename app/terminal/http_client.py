"""HTTP client whose requests all look alike: bodies of exactly 32 KiB, no cookies, no redirects."""

import json
from collections.abc import Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

Shape = TypeVar("Shape", bound=BaseModel)

PADDED = 32 * 1024
_TRIES = 3
_PATIENCE = 20.0
# No header reveals the client or its version. Uncompressed responses keep the padded length.
_HEADERS = {"User-Agent": "debrief", "Accept": "application/json", "Accept-Encoding": "identity"}


class _Fault(BaseModel):
    pointer: str
    message: str


class _Problem(BaseModel):
    code: str
    detail: str
    errors: list[_Fault] | None = None


class Declined(Exception):
    """The server refused: `code` for programs, `detail` for people, `faults` as pairs of pointer and message."""

    def __init__(self, status: int, code: str, detail: str, faults: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.faults = faults


class Unreachable(Exception):
    """No response came, or not one of a Debrief server."""


class TooLarge(Exception):
    """The answer does not fit into a request."""


class HttpClient:
    """The client for the server behind a link."""

    def __init__(self, base_url: str, *, local: bool) -> None:
        self._client = httpx.Client(
            base_url=base_url,
            headers=_HEADERS,
            timeout=_PATIENCE,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            # Use the environment's proxy: it may hide the user's address.
            trust_env=not local,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def get(self, path: str, shape: type[Shape]) -> Shape:
        """Get `path` and parse the response. Raises Declined, Unreachable."""
        return self._call("GET", path, shape, None)

    def post(self, path: str, shape: type[Shape], **fields: Any) -> Shape:
        """Post `fields`, padded, and parse the response. Raises Declined, Unreachable, TooLarge."""
        return self._call("POST", path, shape, padded(fields))

    def _call(self, method: str, path: str, shape: type[Shape], body: bytes | None) -> Shape:
        headers = {"Content-Type": "application/json"} if body else {}
        for _ in range(_TRIES):
            try:
                response = self._client.request(method, path, content=body, headers=headers)
            except httpx.TransportError:
                # The request may have arrived. The server recognises the same bytes as a repetition.
                continue
            return _read(response, shape)
        raise Unreachable("The service does not answer. Please try again later.")


def padded(fields: dict[str, Any]) -> bytes:
    """Return `fields` as JSON of exactly 32 KiB, so that the length does not reveal the answer. Raises TooLarge."""
    missing = PADDED - len(_encode(fields | {"pad": ""}))
    if missing < 0:
        raise TooLarge("This is more than fits into one answer. Please shorten it.")
    return _encode(fields | {"pad": "0" * missing})


def _encode(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def _read(response: httpx.Response, shape: type[Shape]) -> Shape:
    try:
        if response.is_success:
            return shape.model_validate_json(response.content)
        problem = _Problem.model_validate_json(response.content)
    except ValidationError:
        raise Unreachable("What answers there is not this service, or not as it should.") from None
    faults = [(fault.pointer, fault.message) for fault in problem.errors or ()]
    raise Declined(response.status_code, problem.code, problem.detail, faults)
