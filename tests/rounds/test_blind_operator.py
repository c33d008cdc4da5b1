"""Attacks by the operator of a blind round: a key for one person, and reading the box."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from app.blinding import client as blind
from app.blinding.encoding import base64url
from app.blinding.receipt import new_receipt
from app.main import create_app
from app.rounds.box_store import find_box
from app.sealing.keystore import KeyName, Purpose, find_key
from tests.rounds.blind_people import PEOPLE, an_answer, answer, claim, claimed_by_all, raised_blind, token_of
from tests.support.app import a_request, an_app, codes, manager_code, nonce, raise_request, round_id

pytestmark = pytest.mark.usefixtures("libsodium")


async def test_all_keys_are_published_in_a_chain(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path) as app:
        first, _ = await raised_blind(app)
        second, _ = await raised_blind(app)
        assert (await app.client.get("/v1/published-keys")).json() == {"days": []}
        app.clock.advance(days=1)
        third, _ = await raised_blind(app)
        (day,) = (await app.client.get("/v1/published-keys")).json()["days"]
        assert (day["day"], len(day["entries"])) == ("2026-11-20", 2)
        app.clock.advance(days=1)
        again, other = (await app.client.get("/v1/published-keys")).json()["days"]
        assert again == day
        assert other["head"] != day["head"]
        assert len({round_id(one) for one in (first, second, third)}) == 3


async def test_the_box_links_no_token_to_a_claim(sqlite_url: str, tmp_path: Path) -> None:
    """Whoever opens the box finds claims beside codes, and tokens beside nothing: no bytes in common."""
    async with an_app(sqlite_url, tmp_path) as app:
        raised, path, receipts = await claimed_by_all(app)
        for receipt in receipts:
            assert (await answer(app, path, await token_of(app, path, receipt), an_answer())).status_code == 201
        key = await find_key(app.ctx.keys, KeyName(Purpose.ROUND, UUID(round_id(raised))))
        opened = await app.ctx.db.read(find_box, key, lock=False)
        assert opened is not None
        beside_codes = b"".join(code.model_dump_json().encode() for code in opened.box.codes)
        assert all(not code.marks for code in opened.box.codes)
        for token, proof in opened.box.spent:
            assert base64url(token).encode() not in beside_codes
            assert base64url(proof).encode() not in beside_codes
        assert [token for token, _ in opened.box.spent] == sorted(token for token, _ in opened.box.spent)
        assert len({ballot.tag for ballot in opened.box.ballots}) == PEOPLE


async def test_a_key_of_its_own_for_one_person_is_noticed(sqlite_url: str, tmp_path: Path) -> None:
    """The operator's best attack: tell people apart by the key that evaluates for them."""
    async with an_app(sqlite_url, tmp_path) as app:
        raised, path = await raised_blind(app)
        receipt = new_receipt()
        # The same round, the same link, but this claim is evaluated under a key made for it alone.
        evil = create_app(app.settings, context=replace(app.ctx, blind_seed=b"for one" * 5))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(evil), base_url=app.settings.base_url) as server:
            claimed = (await claim(replace(app, client=server), path, codes(raised)[0], receipt)).json()
        assert claimed["status"] == "claimed"
        pinned = raised["links"][0]["url"].partition("&k=")[2]
        with pytest.raises(blind.Refused):
            blind.unblind(
                receipt,
                UUID(round_id(raised)),
                evaluated=claimed["evaluated"],
                proof=claimed["proof"],
                public_key=claimed["public_key"],
                commitment=pinned,
            )


async def test_a_server_without_the_library_offers_no_blind_rounds(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path) as app:
        _, path = await raised_blind(app)
        poor = create_app(app.settings, context=replace(app.ctx, blind_seed=None))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(poor), base_url=app.settings.base_url) as client:
            body = a_request(anonymity={"mode": "blind"}, manager={"name": "Ada Ruiz"})
            refused = await client.post("/v1/feedback-requests", json=body)
            raised = await raise_request(client, manager={"name": "Ada Ruiz"})
            panel = {"code": manager_code(raised), "nonce": nonce(), "people": 3, "mode": "blind"}
            refused_panel = await client.post(f"/v1/manager/{raised['id']}/panels", json=panel)
            for response, pointer in ((refused, "/anonymity/mode"), (refused_panel, "/mode")):
                assert response.status_code == 422
                (error,) = response.json()["errors"]
                assert (error["pointer"], error["code"]) == (pointer, "not_available")
            # A round that was opened before is not lost: it waits for the library.
            waiting = await client.post(f"{path}/form", json={"x": "A" * 43, "mac": "A" * 43})
            assert (waiting.status_code, waiting.json()["code"]) == (503, "blind_unavailable")
            assert (await client.post("/v1/feedback-requests", json=a_request())).status_code == 201
