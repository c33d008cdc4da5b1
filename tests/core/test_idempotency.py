"""Idempotency: a repetition has no second effect, and without the key the stored row reveals nothing."""

import asyncio
import hashlib
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import idempotency
from app.core.db import Database, connect
from app.core.errors import Conflict, Gone
from app.core.idempotency import IdempotencyRow

DAY = date(2026, 11, 20)
KEY = "k" * 22
BODY = b'{"a":1}'
ANSWER = b'{"manage_token":"dm_canary"}'


class Effect:
    """Something that must happen once."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> bytes:
        self.times += 1
        return ANSWER


async def once(
    db: Database, effect: Effect, *, key: str = KEY, body: bytes = BODY, day: date = DAY
) -> tuple[bytes, bool]:
    return await db.write(idempotency.once, key, body, day, effect)


async def test_the_effect_happens_once(database_url: str) -> None:
    db, effect = connect(database_url), Effect()

    assert await db.read(idempotency.replay, KEY, BODY, DAY) is None
    assert await once(db, effect) == (ANSWER, True)
    assert await once(db, effect) == (ANSWER, False)
    assert await db.read(idempotency.replay, KEY, BODY, DAY) == ANSWER
    assert effect.times == 1
    await db.close()


async def test_another_body_is_refused(database_url: str) -> None:
    db, effect = connect(database_url), Effect()
    await once(db, effect)

    with pytest.raises(Conflict, match="idempotency_key_reused"):
        await once(db, effect, body=b'{"a":2}')
    with pytest.raises(Conflict, match="idempotency_key_reused"):
        await db.read(idempotency.replay, KEY, b'{"a":2}', DAY)
    assert effect.times == 1
    await db.close()


async def test_two_at_once_share_one_effect(database_url: str) -> None:
    db, effect = connect(database_url), Effect()

    outcomes = await asyncio.gather(*(once(db, effect) for _ in range(8)))

    assert effect.times == 1
    assert sorted(ran for _, ran in outcomes) == [False] * 7 + [True]
    assert {answer for answer, _ in outcomes} == {ANSWER}
    await db.close()


async def test_a_failed_effect_leaves_the_key_free(database_url: str) -> None:
    db, effect = connect(database_url), Effect()

    def fail() -> bytes:
        raise Conflict("no", "…")

    with pytest.raises(Conflict):
        await db.write(idempotency.once, KEY, BODY, DAY, fail)
    assert await once(db, effect) == (ANSWER, True)
    await db.close()


async def test_answer_is_kept_for_a_day_and_no_longer(database_url: str) -> None:
    db, effect = connect(database_url), Effect()
    await once(db, effect)
    next_day, later = DAY + timedelta(days=1), DAY + timedelta(days=2)

    await db.write(idempotency.purge, next_day)
    assert await db.read(idempotency.replay, KEY, BODY, next_day) == ANSWER
    # Whether or not a tick has purged it.
    assert await db.read(idempotency.replay, KEY, BODY, later) is None
    await db.write(idempotency.purge, later)
    assert await db.read(_rows) == []
    await db.close()


async def test_an_expired_key_is_free_again_before_any_purge(database_url: str) -> None:
    db, effect = connect(database_url), Effect()
    await once(db, effect)

    assert await once(db, effect, body=b'{"a":2}', day=DAY + timedelta(days=2)) == (ANSWER, True)
    assert effect.times == 2
    await db.close()


async def test_a_guess_at_the_body_is_not_confirmed(database_url: str) -> None:
    db = connect(database_url)
    await once(db, Effect())
    await once(db, Effect(), key="m" * 22)

    first, second = [row.body_digest for row in await db.read(_rows)]

    # Whoever guesses the names in a body, and has a dump, would compare their hash with what is stored.
    assert hashlib.sha256(BODY).digest() not in (first, second)
    assert first != second
    await db.close()


async def test_what_is_stored_tells_nothing(database_url: str) -> None:
    db = connect(database_url)
    await once(db, Effect())
    await once(db, Effect(), key="m" * 22)

    rows = await db.read(_rows)
    stored = b"".join(row.key_digest + row.body_digest + row.ct for row in rows)

    assert len(rows) == 2
    assert b"canary" not in stored
    assert KEY.encode() not in stored
    # Under another key the same answer looks different.
    assert rows[0].ct != rows[1].ct
    await db.close()


def _rows(session: Session) -> list[IdempotencyRow]:
    return list(session.scalars(select(IdempotencyRow)))


async def test_answer_is_wiped_with_what_the_request_made(database_url: str) -> None:
    db, owner = connect(database_url), uuid4()

    def make(session: Session, key: str, of: UUID) -> None:
        def act() -> bytes:
            idempotency.tie(session, key, of)
            return ANSWER

        idempotency.once(session, key, BODY, DAY, act)

    await db.write(make, KEY, owner)
    await db.write(make, "o" * 22, uuid4())
    await db.write(idempotency.void, owner)

    with pytest.raises(Gone, match="replay_over"):
        await db.read(idempotency.replay, KEY, BODY, DAY)
    with pytest.raises(Gone, match="replay_over"):
        await once(db, Effect())
    with pytest.raises(Conflict, match="idempotency_key_reused"):
        await once(db, Effect(), body=b"{}")
    assert await db.read(idempotency.replay, "o" * 22, BODY, DAY) == ANSWER
    await db.close()
