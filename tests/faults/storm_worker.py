"""A worker in a process of its own, at a pace that a test can wait for; takes a database and the port of a server."""

import asyncio
import sys

from app.core.clock import SystemClock
from app.core.db import connect
from app.delivery.backoff import Pace
from app.delivery.mail.letter import Letter, Sender
from app.delivery.mail.mailers import SmtpMailer, read_smtp_url
from app.delivery.outbox_claims import Claimed
from app.delivery.worker import Post, keep_working

HURRY = Pace(batch=20, lease=4, limit=1.5, idle=0.05, first_pause=0.5, longest_pause=2, tries=40)


class ByRow:
    """Writes to a mailbox named by the row, so that each row has an address of its own."""

    async def open(self, row: Claimed) -> Letter:
        return Letter(to=f"{row.id}@acme.example", subject="One question", paragraphs=("what counted?",))


async def main(url: str, port: str) -> None:
    """Work until somebody kills this process."""
    server = read_smtp_url(f"smtp://127.0.0.1:{port}", development=True)
    post = Post(
        db=connect(url),
        clock=SystemClock(),
        opener=ByRow(),
        mailer=SmtpMailer(server, timeout=1.0),
        sender=Sender("debrief@debrief.example", "https://debrief.example"),
        suppression_key=b"k" * 32,
        pace=HURRY,
    )
    await keep_working(post, asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
