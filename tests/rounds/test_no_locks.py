"""PostgreSQL: refusals and repetitions leave no lock, no number of a transaction and no new version of a row."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.blinding.messages import TokenUse
from app.blinding.receipt import new_receipt
from app.core.tokens import new_code
from tests.rounds.blind_people import claimed_by_all, token_of
from tests.support.app import Running, an_app, codes, nonce, raise_request, round_id, send
from tests.vocabulary.builders import a_sealed_answer, a_signed_answer

_NUMBER = text("SELECT pg_current_xact_id_if_assigned()")
Asked = list[tuple[str, dict[str, Any], int]]


def numbers_of_transactions(app: Running) -> list[object]:
    """Return a list to which each transaction adds its number, or None if PostgreSQL has given it none."""
    seen: list[object] = []
    door = app.ctx.db.write

    async def write(fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        def run(session: Session) -> Any:
            try:
                return fn(session, *args, **kwargs)
            finally:
                seen.append(session.scalar(_NUMBER))

        return await door(run)

    app.ctx.db.write = write  # type: ignore[method-assign]
    return seen


async def rows(url: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        found = []
        for table in ("rounds", "boxes"):
            found += await connection.fetch(f"SELECT ctid::text, xmin::text, xmax::text FROM {table} ORDER BY 1")
        return [tuple(row) for row in found]
    finally:
        await connection.close()


async def leaves_no_mark(app: Running, url: str, asked: Asked) -> None:
    seen, before = numbers_of_transactions(app), await rows(url)
    for path, body, status in asked:
        response = await app.client.post(path, json=body)
        assert response.status_code == status, response.text
    assert seen == [None] * len(asked)
    assert await rows(url) == before


async def test_refusals_and_repetitions_of_a_sealed_round(postgresql_url: str, tmp_path: Path) -> None:
    async with an_app(postgresql_url, tmp_path) as app:
        raised = await raise_request(app.client)
        (answered, declined, unused), path = codes(raised), f"/v1/rounds/{round_id(raised)}"
        answer = a_sealed_answer().model_dump(mode="json", exclude_none=True)
        sent = {"code": answered, "nonce": nonce(), "answer": answer}
        decline = {"code": declined, "nonce": nonce(), "reason": "no_time", "understood": True}
        first = numbers_of_transactions(app)
        assert (await app.client.post(f"{path}/answers", json=sent)).status_code == 201
        assert (await app.client.post(f"{path}/declines", json=decline)).status_code == 201
        # It is seen: what is accepted has a number.
        assert None not in first
        tag = {"round_id": round_id(raised), "receipt_tag": new_receipt().tag(UUID(round_id(raised)))}
        asked: Asked = [
            (f"{path}/answers", sent, 200),
            (f"{path}/answers", {**sent, "nonce": nonce()}, 409),
            (f"{path}/answers", {**sent, "code": unused, "answer": {}}, 422),
            (f"{path}/answers", {**sent, "code": new_code()}, 404),
            (f"{path}/declines", decline, 200),
            (f"{path}/declines", {**decline, "nonce": nonce()}, 409),
            (f"{path}/declines", {**decline, "code": new_code()}, 404),
            (f"{path}/claims", {"code": unused, "blinded": "A" * 43, "understood": True}, 409),
            (f"{path}/retractions", {"code": answered, "nonce": nonce()}, 409),
            ("/v1/mailbox/withdrawal", tag, 404),
        ]
        await leaves_no_mark(app, postgresql_url, asked)
        app.clock.advance(days=8)
        late: Asked = [(f"{path}/answers", sent, 200), (f"{path}/answers", {**sent, "code": unused}, 410)]
        await leaves_no_mark(app, postgresql_url, late)


async def test_refusals_and_repetitions_of_a_signed_round(postgresql_url: str, tmp_path: Path) -> None:
    async with an_app(postgresql_url, tmp_path) as app:
        raised = await raise_request(app.client, invitees=[{"role": "interviewer", "name": "Omar Haddad"}])
        (code,), path, once = codes(raised), f"/v1/rounds/{round_id(raised)}", nonce()
        assert (await send(app.client, round_id(raised), code, a_signed_answer(), nonce=once)).status_code == 201
        taken = {"code": code, "nonce": once}
        assert (await app.client.post(f"{path}/retractions", json=taken)).status_code == 200
        asked: Asked = [
            (f"{path}/retractions", taken, 200),
            (f"{path}/retractions", {**taken, "nonce": nonce()}, 409),
        ]
        await leaves_no_mark(app, postgresql_url, asked)


async def test_refusals_and_repetitions_of_a_blind_round(postgresql_url: str, tmp_path: Path) -> None:
    async with an_app(postgresql_url, tmp_path) as app:
        _, path, receipts = await claimed_by_all(app)
        answer = a_sealed_answer().model_dump(mode="json", exclude_none=True)
        token = await token_of(app, path, receipts[0])
        sent = {**token.shown_for(TokenUse.ANSWER, answer), "answer": answer}
        assert (await app.client.post(f"{path}/answers", json=sent)).status_code == 201
        other = answer | {"advice": "another"}
        asked: Asked = [
            (f"{path}/answers", sent, 200),
            (f"{path}/answers", {**token.shown_for(TokenUse.ANSWER, other), "answer": other}, 409),
            (f"{path}/answers", {**sent, "mac": "A" * 43}, 403),
        ]
        await leaves_no_mark(app, postgresql_url, asked)
