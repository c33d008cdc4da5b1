"""Every answer of the application has its security headers: pages, files, errors and unknown paths."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from app.core.middleware import MAX_BODY
from tests.support.app import Running, an_app

EVERYWHERE = {
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "strict-transport-security": "max-age=63072000",
}
# The same in every process that collects these tests.
ID = "7c0f8a52-3d1e-4b6f-9a27-5e8d4c3b2a10"
ROUND = f"/v1/rounds/{ID}"
# Method, path, body, its type, the status, and whether it must not be kept or found.
ANSWERS = [
    ("GET", "/", b"", "", 200, False),
    ("HEAD", "/", b"", "", 200, False),
    ("GET", f"/r/{ID}", b"", "", 200, True),
    ("GET", "/static/app.css", b"", "", 200, False),
    ("GET", "/static/nothing.css", b"", "", 404, False),
    ("GET", "/static/../../pyproject.toml", b"", "", 404, False),
    ("GET", "/v1/vocabulary", b"", "", 200, False),
    ("GET", "/openapi.json", b"", "", 200, False),
    ("GET", "/livez", b"", "", 200, False),
    ("GET", "/readyz", b"", "", 200, False),
    ("GET", "/metrics", b"", "", 401, False),
    ("GET", "/nowhere", b"", "", 404, False),
    ("GET", "/v1/nowhere", b"", "", 404, False),
    ("GET", "/%00%ff", b"", "", 404, False),
    ("BREW", "/", b"", "", 405, False),
    ("OPTIONS", "/v1/feedback-requests", b"", "", 405, False),
    ("TRACE", f"{ROUND}/form", b"", "", 405, True),
    ("GET", f"/v1/feedback-requests/{ID}", b"", "", 401, False),
    ("POST", "/v1/feedback-requests", b"{}", "application/json", 422, False),
    ("POST", "/v1/feedback-requests", b"{", "application/json", 400, False),
    ("POST", f"{ROUND}/form", b'{"code": "x"}', "application/json", 404, True),
    ("POST", f"{ROUND}/answers", b"{}", "text/plain", 415, True),
    ("POST", f"{ROUND}/answers", b"x" * (MAX_BODY + 1), "application/json", 413, True),
]


@pytest.fixture
async def app(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with an_app(sqlite_url, tmp_path, base_url="https://debrief.example") as running:
        yield running


def assert_secured(answer: httpx.Response, *, anonymous: bool) -> None:
    for name, value in EVERYWHERE.items():
        assert answer.headers.get_list(name) == [value], name
    (policy,) = answer.headers.get_list("content-security-policy")
    assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(policy.split("; "))
    assert "unsafe" not in policy
    assert "://" not in policy
    assert "server" not in answer.headers
    assert "set-cookie" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers
    if anonymous:
        assert answer.headers.get_list("cache-control") == ["no-store"]
        assert answer.headers.get_list("x-robots-tag") == ["noindex, nofollow"]


@pytest.mark.parametrize(("method", "path", "body", "kind", "status", "anonymous"), ANSWERS)
async def test_every_answer_has_its_headers(
    app: Running, method: str, path: str, body: bytes, kind: str, status: int, anonymous: bool
) -> None:
    headers = {"content-type": kind} if kind else {}
    answer = await app.client.request(method, path, content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert_secured(answer, anonymous=anonymous)


async def test_failure_has_its_headers(app: Running) -> None:
    await app.ctx.db.close()
    database = Path(app.settings.database_url.get_secret_value().removeprefix("sqlite:///"))
    for file in database.parent.glob(f"{database.name}*"):
        file.unlink()
    database.mkdir()  # Nobody else waits for the loop of a test.
    for method, path, anonymous in (("GET", "/readyz", False), ("POST", f"{ROUND}/form", True)):
        answer = await app.client.request(method, path, json={"code": "0123456789ABCDEFGHJKMNPQRS"})
        assert answer.status_code == 503
        assert_secured(answer, anonymous=anonymous)
