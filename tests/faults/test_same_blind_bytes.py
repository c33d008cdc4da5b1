"""Before a blind round opens, too, nothing that can be fetched differs with who has claimed, declined or answered."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from app.blinding import client as blind
from app.blinding.messages import TokenUse
from app.blinding.receipt import Receipt, new_receipt
from tests.faults.fetching import Everything, everything, press, seen
from tests.rounds.blind_people import PEOPLE, an_answer, answer, claim, raised_blind, token_of
from tests.support.app import Running, an_app, codes, nonce, tick
from tests.vocabulary.builders import a_full_answer

pytestmark = pytest.mark.usefixtures("libsodium")

WORRIES = [{"text": f"worry {number}"} for number in range(3)]
MANAGER = {"name": "Ada Ruiz"}


async def _open_to_all(app: Running, path: str) -> Everything:
    """Fetch what a blind round shows to whoever knows its address."""
    found = {
        "key": await app.client.get(f"{path}/key"),
        "evaluations": await app.client.get(f"{path}/evaluations"),
        "published": await app.client.get("/v1/published-keys"),
    }
    return {name: seen(response) for name, response in found.items()}


async def test_nobody_can_tell_who_takes_part(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path) as app:
        raised, path = await raised_blind(app, manager=MANAGER, worries=WORRIES, closes_on="2026-11-30")
        links = {path: codes(raised)}
        await tick(app)
        before = await everything(app, raised, links) | await _open_to_all(app, path)
        lengths = set()
        for number, code in enumerate(codes(raised)):
            if number == 1:
                body = {"code": code, "nonce": nonce(), "reason": "no_time", "understood": True}
                assert (await app.client.post(f"{path}/declines", json=body)).status_code == 201
            else:
                claimed = await claim(app, path, code, new_receipt())
                assert claimed.status_code == 201
                lengths.add(len(claimed.content))
            await tick(app)
            now = await everything(app, raised, links) | await _open_to_all(app, path)
            assert [name for name in before if now[name] != before[name]] == []
        assert len(lengths) == 1


async def _with_tokens(app: Running, path: str, tokens: list[blind.Token]) -> Everything:
    """Fetch what whoever holds all tokens can fetch without spending one."""
    found: dict[str, httpx.Response] = {}
    page = path.removeprefix("/v1").replace("/rounds/", "/r/")
    for number, token in enumerate(tokens):
        form = token.shown_for(TokenUse.FORM)
        preview = {**token.shown_for(TokenUse.PREVIEW, an_answer()), "answer": an_answer()}
        unfinished: dict[str, Any] = {"reasons": []}
        wrong = {**token.shown_for(TokenUse.ANSWER, unfinished), "answer": unfinished}
        found |= {
            f"{number} form": await app.client.post(f"{path}/form", json=form),
            f"{number} preview": await app.client.post(f"{path}/preview", json=preview),
            f"{number} unfinished": await app.client.post(f"{path}/answers", json=wrong),
            f"{number} page": await press(app, page, x=form["x"], mac=form["mac"]),
        }
    assert {response.status_code for response in found.values()} == {200, 422}
    return {name: seen(response) for name, response in found.items()}


async def test_nobody_can_tell_who_has_answered(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path) as app:
        raised, path = await raised_blind(app, manager=MANAGER, worries=WORRIES, closes_on="2026-11-30")
        receipts: list[Receipt] = [new_receipt() for _ in range(PEOPLE)]
        for code, receipt in zip(codes(raised), receipts, strict=True):
            assert (await claim(app, path, code, receipt)).status_code == 201
        app.clock.advance(days=3)
        await tick(app)
        tokens = [await token_of(app, path, receipt) for receipt in receipts]
        links = {path: codes(raised)}

        async def all_of_it() -> Everything:
            with_tokens = await _with_tokens(app, path, tokens)
            return await everything(app, raised, links) | await _open_to_all(app, path) | with_tokens

        before = await all_of_it()
        lengths = set()
        for number, token in enumerate(tokens):
            full = a_full_answer().model_dump(mode="json", exclude_none=True)
            accepted = await answer(app, path, token, full if number else an_answer())
            assert accepted.status_code == 201, accepted.text
            lengths.add(len(accepted.content))
            await tick(app)
            now = await all_of_it()
            assert [name for name in before if now[name] != before[name]] == []
        assert len(lengths) == 1
