"""Shuffle test: ten thousand events, delivered twice, in random order, eight at a time, must end as once and in order.

`python -m bench.shuffle [events] [postgresql://…]`: on SQLite unless an empty database is named. It also makes
all offers that are due, and looks that there is one for each application and none twice.
"""

import asyncio
import json
import logging
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applications.models import ApplicationRow
from app.applications.offers import make_due_offers
from app.core.migrations import upgrade
from app.delivery.models import OutboxRow
from tests.ats.neutral.histories import a_history, delivered, state_of
from tests.support.app import NOON, FixedClock, an_app
from tests.support.neutral_ats import Acme, connect

EVENTS = 10_000
EACH = 10
AT_ONCE = 8
SEED = 20261125


async def run(database_url: str, folder: Path, count: int) -> dict[str, Any]:
    """Deliver all events, compare with an orderly delivery, and return the counts."""
    dice = Random(SEED)
    names = [f"a{number}" for number in range(count // EACH)]
    histories = [a_history(dice, name, EACH) for name in names]
    clock = FixedClock()
    async with an_app(database_url, folder, clock) as app:
        orderly, shuffled = await connect(app), await connect(app)
        began = time.monotonic()
        for history in histories:
            for event in history:
                await _tell(orderly, event)
        events = delivered(dice, histories)
        outcomes: Counter[str] = Counter()
        queue = iter(events)

        async def work() -> None:
            for event in queue:
                outcomes[await _tell(shuffled, event)] += 1

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        took = time.monotonic() - began
        different = [name for name in names if await state_of(orderly, name) != await state_of(shuffled, name)]
        # By then every offer is due, and none is so old that it needs manual release.
        clock.at = NOON + timedelta(days=14)
        # Two runs at once, repeated until nothing is due: each application must get exactly one offer.
        while await asyncio.gather(*(make_due_offers(app.ctx, clock.at) for _ in range(2))) != [0, 0]:
            pass
        offers = await app.ctx.db.read(_offers, shuffled)
    return {
        "applications": len(names),
        "deliveries": len(events),
        "outcomes": dict(sorted(outcomes.items())),
        "different": len(different),
        **offers,
        "seconds": round(took, 1),
    }


async def _tell(ats: Acme, event: dict[str, Any]) -> str:
    answer = await ats.tell(event)
    if answer.status_code != 202:
        raise SystemExit(f"{answer.status_code}: {answer.text}")
    outcome: str = answer.json()["outcome"]
    return outcome


def _offers(session: Session, ats: Acme) -> dict[str, int]:
    rows = session.scalars(select(ApplicationRow).where(ApplicationRow.connection_id == ats.connection_id)).all()
    offered = {row.id for row in rows if row.offered_on is not None}
    mails = Counter(session.scalars(select(OutboxRow.group_id).where(OutboxRow.group_id.in_(row.id for row in rows))))
    return {
        "offered": len(offered),
        "without_a_mail": len(offered - set(mails)),
        "mailed_twice": sum(1 for count in mails.values() if count > 1),
        "mailed_without_an_offer": len(set(mails) - offered),
    }


def main() -> None:
    """Run the test, print the counts, and fail on any difference."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    count = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with TemporaryDirectory() as folder:
        url = sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{folder}/shuffle.sqlite3"
        upgrade(url)
        seen = asyncio.run(run(url, Path(folder), count))
    print(json.dumps(seen, indent=2))
    faults = ("different", "without_a_mail", "mailed_twice", "mailed_without_an_offer")
    if any(seen[fault] for fault in faults) or not seen["offered"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
