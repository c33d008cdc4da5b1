"""A thousand mails, two workers, one killed, a server that refuses, hangs and hangs up: each mail arrives."""

import asyncio
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from app.core.db import connect
from app.delivery import outbox
from app.delivery.models import OutboxState
from tests.delivery.post import a_row
from tests.delivery.smtp_server import Behaviour, Office, an_office

MAILS = 1000
PATIENCE = 90
_ROOT = Path(__file__).parents[2]
# What the server does with the first try for each address, by its first hexadecimal digits; later tries are welcome.
_AT_RECIPIENT = {"0": "451 later", "1": "drop", "20": "hang", "21": "hang"}
_AT_MESSAGE = {"3": "452 full", "4": "drop", "5": "take and drop", "60": "hang"}


def a_stormy_office() -> Behaviour:
    """Return a server's behaviour that fails each way for some."""
    tried: Counter[tuple[str, str]] = Counter()

    def first_try(answers: dict[str, str], step: str, to: str) -> str | None:
        tried[step, to] += 1
        if tried[step, to] > 1:
            return None
        return next((answer for digits, answer in answers.items() if to.startswith(digits)), None)

    return Behaviour(
        recipient=lambda to: first_try(_AT_RECIPIENT, "recipient", to),
        message=lambda to: first_try(_AT_MESSAGE, "message", to),
        patience=5,
    )


@contextmanager
def a_worker(url: str, office: Office) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker in a process of its own, which is ended by its own id."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.storm_worker", url, str(office.port)],
        cwd=_ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


async def _enqueue(url: str) -> list[UUID]:
    db = connect(url)
    rows = [a_row(send_on=datetime.now(UTC).date()) for _ in range(MAILS)]
    await db.write(outbox.enqueue, rows)
    await db.close()
    return [row.id for row in rows]


async def _left(url: str) -> Counter[str]:
    db = connect(url)
    listed = await db.read(outbox.listed, list(OutboxState))
    await db.close()
    return Counter(row.state.value for row in listed)


def _wait_until(office: Office, count: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while len(office.taken) < count:
        assert time.monotonic() < deadline, f"only {len(office.taken)} arrived"
        time.sleep(0.02)


def test_each_mail_arrives(database_url: str) -> None:
    ids = asyncio.run(_enqueue(database_url))
    with an_office(a_stormy_office()) as office, a_worker(database_url, office):
        with a_worker(database_url, office) as victim:
            _wait_until(office, MAILS // 4)
            victim.kill()
        with a_worker(database_url, office):
            deadline = time.monotonic() + PATIENCE
            while (left := asyncio.run(_left(database_url))) != {"sent": MAILS}:
                assert time.monotonic() < deadline, left
                time.sleep(0.2)
    arrived: dict[str, list[str]] = {}
    for (to, _), message in zip(office.taken, office.messages(), strict=True):
        arrived.setdefault(to, []).append(str(message["Message-ID"]))
    assert set(arrived) == {f"{one}@acme.example" for one in ids}
    # However often it was sent, it is one mail to its reader.
    assert {(to, one) for to, all_of_it in arrived.items() for one in all_of_it} == {
        (f"{one}@acme.example", f"<{one}@debrief.example>") for one in ids
    }
    # The test can fail: some were sent twice, each whose sender was left in the dark among them.
    twice = {to for to, all_of_it in arrived.items() if len(all_of_it) > 1}
    assert {to for to in arrived if to.startswith("5")} <= twice
