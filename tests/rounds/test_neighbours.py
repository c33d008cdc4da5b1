"""People behind one address: none of them can see, or hinder, what another does there."""

from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from app.blinding.receipt import new_receipt
from app.core.tokens import new_code
from tests.support.app import Running, an_app, codes, nonce, raise_request, round_id, send
from tests.vocabulary.builders import a_sealed_answer

_BURST = 10


async def wrong_codes_until_refused(app: Running, round_: str) -> int:
    """Return how many wrong codes the server answers before it refuses: what a neighbour can read in the limit."""
    for tried in range(_BURST + 1):
        refused = await app.client.post(f"/v1/rounds/{round_}/form", json={"code": new_code()})
        if refused.status_code == 429:
            return tried
        assert refused.status_code == 404
    return _BURST + 1


async def correct_requests(app: Running, raised: dict[str, Any]) -> list[httpx.Response]:
    """Send eight requests for each of three people, as shipped clients do; all of them have a valid code."""
    path, found = f"/v1/rounds/{round_id(raised)}", []
    for code in codes(raised):
        once, tag = nonce(), new_receipt().tag(UUID(round_id(raised)))
        look, check = {"code": code}, {"code": code, "answer": {"reasons": []}}
        found += [await app.client.post(f"{path}/form", json=look) for _ in range(3)]
        found += [await app.client.post(f"{path}/preview", json=check) for _ in range(2)]
        found += [
            await send(app.client, round_id(raised), code, a_sealed_answer(), nonce=once, receipt_tag=tag)
            for _ in range(2)
        ]
        found.append(await app.client.get(f"/r/{round_id(raised)}"))
    return found


async def test_correct_requests_leave_no_trace_in_a_neighbours_limit(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path, anonymous_rate=2 * _BURST) as app:
        raised = await raise_request(app.client)
        found = await correct_requests(app, raised)
        assert len(found) == 24
        assert {response.status_code for response in found} == {200, 201}
        assert await wrong_codes_until_refused(app, round_id(raised)) == _BURST


async def test_neighbour_who_exhausts_the_limit_keeps_nobody_from_answering(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path, anonymous_rate=2 * _BURST) as app:
        raised = await raise_request(app.client)
        assert await wrong_codes_until_refused(app, round_id(raised)) == _BURST
        assert {response.status_code for response in await correct_requests(app, raised)} == {200, 201}
        # The limit still stands, and says nothing of what was sent meanwhile.
        assert await wrong_codes_until_refused(app, round_id(raised)) == 0
