"""Bodies: JSON is read strictly and within limits, and errors do not quote it."""

import contextlib
import json
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from hypothesis import given
from hypothesis import strategies as st

from app.core import problems
from app.core.errors import Malformed
from app.core.http import MAX_DEPTH, MOST_VALUES, JsonRoute, read_json
from app.core.schemas import Input

CANARY = "canary-7f3e"


class Note(Input):
    text: str
    extra: Any = None


def make() -> FastAPI:
    app = FastAPI()
    problems.install(app)
    router = APIRouter(route_class=JsonRoute, prefix="/v1")

    @router.post("/notes")
    async def write(note: Note) -> Note:
        return note

    @router.post("/optional")
    async def maybe(note: Note | None = None) -> bool:
        return note is not None

    @router.post("/none")
    async def none() -> None:
        return None

    app.include_router(router)
    return app


async def post(
    content: bytes, content_type: str | None = "application/json", path: str = "/v1/notes"
) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(make()), base_url="https://debrief.example") as http:
        return await http.post(path, content=content, headers={"content-type": content_type} if content_type else {})


async def test_valid_body_is_read() -> None:
    answer = await post('{"text": "Grüße 🦉", "extra": [1, 2.5, null]}'.encode())
    assert answer.json() == {"text": "Grüße 🦉", "extra": [1, 2.5, None]}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"text": "%s"' % CANARY.encode(),
        b'{"text": "%s",}' % CANARY.encode(),
        b'{"text": "%s"} %s' % (CANARY.encode(), CANARY.encode()),
        b"{'text': 'canary-7f3e'}",
        b'{"text": "\xff\xfe canary-7f3e"}',
        b'{"text": "\\ud800 canary-7f3e"}',
        b'{"text": "\\udc00\\ud800"}',
        b'{"text": "", "extra": NaN}',
        b'{"text": "", "extra": -Infinity}',
        b'{"text": "", "extra": 1e999}',
        b'{"text": "", "extra": [[-1e999]]}',
        b'{"text": "", "extra": 1%s}' % (b"0" * 5000),
        b'\xef\xbb\xbf{"text": ""}',
        b'\xff\xfe{\x00"\x00',
        b" ",
        b"\x00",
        CANARY.encode(),
    ],
)
async def test_malformed_json_is_refused(body: bytes) -> None:
    answer = await post(body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")
    assert CANARY not in answer.text


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
@pytest.mark.parametrize("depth", [MAX_DEPTH, 200, 201, 10_000])
async def test_nesting_is_limited(opening: bytes, depth: int) -> None:
    # The note itself is the first of the levels.
    closing = b"]" if opening == b"[" else b"}"
    answer = await post(b'{"text": "", "extra": %s1%s}' % (opening * depth, closing * depth))
    assert (answer.status_code, answer.json()["code"]) == (400, "too_deep")
    assert (await post(b'{"text": "", "extra": %s1%s}' % (opening * 15, closing * 15))).status_code == 200


@pytest.mark.parametrize(("depth", "fine"), [(15, True), (16, True), (17, False)])
def test_the_limit_is_exact_for_empty_lists_too(depth: int, fine: bool) -> None:
    raw = b"[" * depth + b"]" * depth
    if fine:
        assert read_json(raw) == json.loads(raw)
    else:
        with pytest.raises(Malformed) as refused:
            read_json(raw)
        assert refused.value.code == "too_deep"


def test_infinity_is_found_on_the_innermost_level() -> None:
    with pytest.raises(Malformed) as refused:
        read_json(b"[" * MAX_DEPTH + b"1e999" + b"]" * MAX_DEPTH)
    assert refused.value.code == "malformed_json"


@pytest.mark.parametrize(
    "body",
    [
        b'{"text": "", "text": ""}',
        b'{"text": "", "extra": [{"a": 1, "b": {"c": 1, "\\u0063": 2}}]}',
        b'{"text": "", "if_too_few": "release", "if_too_few": "withhold"}',
    ],
)
async def test_duplicate_member_is_refused(body: bytes) -> None:
    answer = await post(body)
    assert (answer.status_code, answer.json()["code"]) == (400, "duplicate_member")


@pytest.mark.parametrize("values", [[0] * (MOST_VALUES - 3), [[0]] * (MOST_VALUES // 2 - 2)])
async def test_the_number_of_values_is_limited(values: list[Any]) -> None:
    # The note itself, its text and its list are three.
    fine = await post(json.dumps({"text": "", "extra": values}).encode())
    over = await post(json.dumps({"text": "", "extra": [*values, 0, 0]}).encode())
    assert (fine.status_code, over.status_code) == (200, 413)
    assert over.json()["code"] == "too_large"


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def depth_of(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


@given(values, st.booleans())
def test_every_json_value_is_read_unchanged(value: Any, ascii_only: bool) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_only).encode()
    if depth_of(value) <= MAX_DEPTH:
        assert read_json(raw) == value


@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_arbitrary_bytes_are_read_or_refused(raw: bytes) -> None:
    with contextlib.suppress(Malformed):
        read_json(raw)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON;charset=UTF-8",
        'application/json; charset="utf-8"',
    ],
)
async def test_content_type_may_name_utf_8(content_type: str) -> None:
    assert (await post(b'{"text": ""}', content_type)).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "text/plain; application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/vnd.api+json",
        "application/json; charset=latin-1",
        "application/jsonp",
        CANARY,
    ],
)
async def test_other_content_types_are_refused(content_type: str | None) -> None:
    answer = await post(b'{"text": ""}', content_type)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert answer.headers["content-type"] == "application/problem+json"
    assert CANARY not in answer.text


async def test_missing_body_is_a_missing_field() -> None:
    answer = await post(b"", None)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "required")
    assert (await post(b"", None, "/v1/optional")).json() is False
    assert (await post(b'{"text": ""}', path="/v1/optional")).json() is True


async def test_a_route_without_a_body_reads_none() -> None:
    assert (await post(b"{", "text/plain", "/v1/none")).status_code == 200
