"""Marked addresses, names and codes appear in no byte of the database or the log while mail is sent."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy.engine import make_url

from app.core.logging import configure_logging
from app.delivery.mail.mailers import SendingFailed
from tests.delivery.post import MAILED, Mailbox, code_in, raise_mailed, work
from tests.support.app import Running, as_candidate, dump, tick


@pytest.fixture
def log(app: Running) -> Iterator[io.StringIO]:
    """What the service writes down."""
    before = logging.getLogger().handlers, logging.getLogger().level
    configure_logging(app.settings)
    written = io.StringIO()
    (handler,) = logging.getLogger().handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    yield written
    logging.getLogger().handlers, level = before
    logging.getLogger().setLevel(level)


async def _everything(app: Running, log: io.StringIO) -> bytes:
    found = repr(await dump(app)).encode() + log.getvalue().encode()
    url = make_url(app.settings.database_url.get_secret_value())
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        found += b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))
    return found


async def test_nothing_in_clear_while_mail_is_sent(app: Running, mailbox: Mailbox, log: io.StringIO) -> None:
    marks = [f"canary{uuid4().hex}" for _ in range(4)]
    people = [{"role": "interviewer", "name": f"Omar {mark}", "email": f"{mark}@acme.example"} for mark in marks[:3]]
    manager = {"name": "Ada Ruiz", "email": f"{marks[3]}@acme.example"}
    raised = await raise_mailed(app, invitees=people, manager=manager)

    async def must_not_find(*more: str) -> None:
        everything = await _everything(app, log)
        # The test can fail: what stands in clear is found.
        assert MAILED["candidate"]["email"].encode() in everything
        for mark in (*marks, *more):
            assert mark.encode() not in everything
            assert mark.encode().hex().encode() not in everything

    await must_not_find()
    await work(app, mailbox)
    code = code_in(mailbox.sent[0][1])
    await app.client.post("/v1/address-confirmations", json={"code": code})
    # One address is refused for good, one for now, and for one we have a bug.
    failures: dict[str, Exception] = {
        f"{marks[0]}@acme.example": SendingFailed("recipient_refused_550", permanent=True),
        f"{marks[1]}@acme.example": SendingFailed("server_silent"),
        f"{marks[2]}@acme.example": ValueError(f"{marks[2]}@acme.example"),
    }
    mailbox.fail = failures.get
    await work(app, mailbox)
    assert "bug_ValueError" in log.getvalue()
    await must_not_find(code)
    mailbox.fail = lambda _to: None
    app.clock.advance(minutes=10)
    await work(app, mailbox)
    codes = [code_in(message) for _, message in mailbox.sent]
    assert len(codes) == 4
    await must_not_find(*codes)
    for _ in range(9):
        app.clock.advance(days=1)
        await tick(app)
        await work(app, mailbox)
    await must_not_find(*codes)
    await app.client.delete(f"/v1/feedback-requests/{raised['id']}", headers=as_candidate(raised))
    assert raised["id"] not in repr(await dump(app))
