"""Order of events: any order and repetition gives the same state."""

import asyncio
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.ats.neutral.histories import a_history, delivered, names, state_of
from tests.support.app import an_app
from tests.support.neutral_ats import connect

_AT_ONCE = 4
_HISTORIES = 2


def _empty(session: Session) -> None:
    for table in ("ats_interviews", "ats_applications", "ats_inbound"):
        session.execute(text(f"DELETE FROM {table}"))


async def _ends_the_same(database_url: str, folder: Path, seed: int) -> None:
    dice = Random(seed)
    histories = [a_history(dice, name, dice.randrange(2, 9)) for name in names(_HISTORIES)]
    async with an_app(database_url, folder) as app:
        await app.ctx.db.write(_empty)
        orderly, shuffled = await connect(app), await connect(app)
        for event in (event for history in histories for event in history):
            assert (await orderly.tell(event)).status_code == 202
        events = delivered(dice, histories)
        while events:
            now, events = events[:_AT_ONCE], events[_AT_ONCE:]
            answers = await asyncio.gather(*(shuffled.tell(event) for event in now))
            assert {answer.status_code for answer in answers} == {202}
        for name in names(_HISTORIES):
            assert await state_of(shuffled, name) == await state_of(orderly, name)


def _property(database_url: str, examples: int) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.integers(min_value=0, max_value=2**32))
    def holds(seed: int) -> None:
        with TemporaryDirectory() as folder:
            asyncio.run(_ends_the_same(database_url, Path(folder), seed))

    holds()


def test_any_order_gives_same_state_on_sqlite(sqlite_url: str) -> None:
    _property(sqlite_url, 12)


def test_any_order_gives_same_state_on_postgresql(postgresql_url: str) -> None:
    _property(postgresql_url, 5)
