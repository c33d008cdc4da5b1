"""HEAD is answered like GET, without a body."""

from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts

from app.main import create_app
from tests.support.app import an_app, as_candidate, raise_request


async def test_every_route_that_has_get_has_head(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        raised = await raise_request(app.client)
        paths = {
            str(route.path).replace("{request_id}", raised["id"])
            for route in iter_route_contexts(create_app(app.settings, context=app.ctx).routes)
            if "GET" in (route.methods or ())
        }
        assert {"/livez", "/readyz", "/v1/vocabulary", f"/v1/feedback-requests/{raised['id']}"} <= paths
        for path in paths:
            asked = await app.client.get(path, headers=as_candidate(raised))
            head = await app.client.head(path, headers=as_candidate(raised))
            assert (head.status_code, head.content) == (asked.status_code, b""), path
            assert set(head.headers) == set(asked.headers), path


@pytest.mark.parametrize("path", ["/v1/feedback-requests", "/v1/mailbox"])
async def test_head_without_get_is_refused(sqlite_url: str, tmp_path: Path, path: str) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        head = await app.client.head(path)
        assert (head.status_code, head.content) == (405, b"")
