"""The manage token: required as a bearer token, and valid for its own request only."""

from uuid import uuid4

import pytest

from app.core.tokens import new_token
from tests.support.app import Running, as_candidate, dump, raise_request

ROUTES = [
    ("GET", ""),
    ("PATCH", ""),
    ("DELETE", ""),
    ("POST", "/withdrawal"),
    ("POST", "/rounds"),
    ("GET", "/feedback"),
    ("GET", "/feedback.csv"),
]
BODIES = {
    "PATCH": {"closes_on": "2026-12-01"},
    "/rounds": {"stage": "after_references", "invitees": [{"role": "reference"}]},
}
_routes = pytest.mark.parametrize(("method", "path"), ROUTES)


async def call(app: Running, method: str, request_id: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    body = BODIES.get(path) or BODIES.get(method)
    response = await app.client.request(method, f"/v1/feedback-requests/{request_id}{path}", headers=headers, json=body)
    if response.status_code == 401:
        assert response.headers["www-authenticate"] == "Bearer"
    return response.status_code, response.content


@_routes
async def test_without_a_manage_token_nothing_is_told(app: Running, method: str, path: str) -> None:
    raised = await raise_request(app.client)
    token = raised["manage_token"]
    before = await dump(app)
    headers = [
        {},
        {"Authorization": ""},
        {"Authorization": token},
        {"Authorization": "Bearer"},
        {"Authorization": f"Basic {token}"},
        {"Authorization": f"Bearer {token[:-1]}"},
        {"Authorization": f"Bearer {token}A"},
        {"Authorization": f"Bearer {token.swapcase()}"},
        {"Authorization": f"Bearer {new_token('ds')}"},
        {"Authorization": "Bearer dm_ü"},
        {"Cookie": f"manage_token={token}"},
    ]

    answers = {
        await call(app, method, request_id, path, given)
        for request_id in (raised["id"], str(uuid4()), "nonsense")
        for given in [{name: value.encode("latin-1") for name, value in one.items()} for one in headers]
    }

    assert {status for status, _ in answers} == {401}
    assert len(answers) == 1
    assert await dump(app) == before


@_routes
async def test_a_foreign_request_looks_like_one_that_never_was(app: Running, method: str, path: str) -> None:
    raised, other = await raise_request(app.client), await raise_request(app.client)
    before = await dump(app)

    answers = {
        await call(app, method, request_id, path, headers)
        for request_id, headers in [
            (other["id"], as_candidate(raised)),
            (str(uuid4()), as_candidate(raised)),
            (raised["id"], {"Authorization": f"Bearer {new_token('dm')}"}),
            ("nonsense", as_candidate(raised)),
            (raised["id"] + "0", as_candidate(raised)),
            (raised["rounds"][0]["id"], as_candidate(raised)),
        ]
    }

    assert {status for status, _ in answers} == {404}
    assert len(answers) == 1
    assert await dump(app) == before


@_routes
async def test_the_token_opens_its_own_request(app: Running, method: str, path: str) -> None:
    raised = await raise_request(app.client)
    scheme = {"Authorization": f"bearer  {raised['manage_token']} "}

    status, _ = await call(app, method, raised["id"], path, scheme)

    assert status in (200, 201, 204)


async def test_the_token_is_stored_as_a_digest_only(app: Running) -> None:
    raised = await raise_request(app.client)

    stored = repr(await dump(app))

    assert raised["manage_token"] not in stored
    assert raised["manage_token"][3:46] not in stored
    assert all(link["code"] not in stored for link in raised["links"])
