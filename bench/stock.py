"""Rounds to answer: created once through the application, and reset before each measurement."""

import asyncio
import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.composition import build_context
from app.context import Context
from app.core import migrations, randomness
from app.core.settings import Settings
from app.core.tokens import new_code
from app.rounds.box import Channel, Code
from app.rounds.invitee import hash_code
from app.rounds.lifecycle import RoundPlan, open_round
from app.rounds.rules import OpenedBy, Threshold
from app.rounds.schemas import Briefing, CandidateWorry
from app.sealing.keystore import KeyName, Purpose
from app.vocabulary.codes import Mode, Role, Stage
from tests.support import databases

ROUNDS = 96
PEOPLE = 8  # A box of 192 KiB.

_BRIEFING = Briefing(
    candidate_name="Ben Ode",
    company="Acme",
    role_title="Technical writer",
    interviewed_on=None,
    worries=[
        CandidateWorry(
            text="You may think that I only write for engineers", says="My column for a local paper shows more."
        )
    ],
    own_question="What would have made my sample text stronger?",
    manager_name="Ada Ruiz",
)
_RESET = "UPDATE boxes SET ct = (SELECT stock.ct FROM stock WHERE stock.round_id = boxes.round_id)"


@dataclass(frozen=True)
class Link:
    """An unused link."""

    round_id: UUID
    code: str


def lay_in(settings: Settings) -> list[Link]:
    """Create the tables and the rounds in an empty database; return the links."""
    url = settings.database_url.get_secret_value()
    migrations.upgrade(url)
    links = asyncio.run(_open_all(settings))
    _execute(url, "CREATE TABLE stock AS SELECT round_id, ct FROM boxes")
    return links


async def _open_all(settings: Settings) -> list[Link]:
    context = build_context(settings)
    links = []
    for _ in range(ROUNDS):
        links += await _open(context)
    await context.db.close()
    return links


async def _open(context: Context) -> list[Link]:
    round_id = randomness.new_id()
    typed = [new_code() for _ in range(PEOPLE)]
    codes = [
        Code(
            code_hash=hash_code(context.pepper, code),
            role=Role.INTERVIEWER,
            channel=Channel.HANDED_OVER,
            name=f"Omar Haddad {number}",
        )
        for number, code in enumerate(typed)
    ]
    today = context.clock.now().date()
    plan = RoundPlan(
        id=round_id,
        request_id=randomness.new_id(),
        stage=Stage.AFTER_DECISION,
        threshold=Threshold(Mode.SEALED, 3),
        people=PEOPLE,
        opened_by=OpenedBy.CANDIDATE,
        opens_on=today,
        closes_on=today + timedelta(days=7),
        briefing=_BRIEFING,
    )
    round_key = await context.keys.create(KeyName(Purpose.ROUND, round_id))
    await context.db.write(lambda session: open_round(session, plan, codes, round_key=round_key).id)
    return [Link(round_id, code) for code in typed]


def put_back(url: str) -> None:
    """Make every link unused again, and tidy up the storage."""
    if url.startswith("sqlite"):
        _execute(url, _RESET, "PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        _execute(url, _RESET, "VACUUM boxes")


def _execute(url: str, *statements: str) -> None:
    if not url.startswith("sqlite"):
        databases.execute(url, *statements)
        return
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    for statement in statements:
        connection.execute(statement).fetchall()
    connection.close()
