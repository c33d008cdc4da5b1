"""The vocabulary over HTTP: constant, complete and cacheable."""

import httpx
import pytest
from fastapi import FastAPI

from app.vocabulary.api import router
from app.vocabulary.schemas import Vocabulary
from app.vocabulary.terms import LISTS


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()
    app.include_router(router)
    return app


async def _get(app: FastAPI, headers: dict[str, str] | None = None) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        return await client.get("/v1/vocabulary", headers=headers)


@pytest.mark.asyncio
async def test_everything_is_there_and_stays_the_same(app: FastAPI) -> None:
    first, second = await _get(app), await _get(app)
    assert first.status_code == 200
    assert first.content == second.content
    shown = Vocabulary.model_validate_json(first.content)
    assert [listed.name for listed in shown.lists] == [listed.name for listed in LISTS]
    assert [len(listed.codes) for listed in shown.lists] == [len(listed.terms) for listed in LISTS]


@pytest.mark.asyncio
async def test_a_copy_in_hand_is_not_sent_again(app: FastAPI) -> None:
    first = await _get(app)
    assert "max-age" in first.headers["cache-control"]
    again = await _get(app, {"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = await _get(app, {"If-None-Match": '"something-else"'})
    assert other.status_code == 200


def test_the_operation_has_its_name(app: FastAPI) -> None:
    operation = app.openapi()["paths"]["/v1/vocabulary"]["get"]
    assert operation["operationId"] == "get_vocabulary"
