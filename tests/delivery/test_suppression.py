"""Unsubscribing: by one click of a mail program (RFC 8058) or a button, never by a mere GET."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.delivery import suppression
from tests.delivery.post import BEN, LIN, OMAR, Mailbox, confirm, raise_mailed, rows, work
from tests.support.app import Running, dump

KEY = b"k" * 32


def link_in(mailbox: Mailbox, address: str) -> str:
    """Return the path of List-Unsubscribe in a mail to `address`."""
    header = str(mailbox.to(address)[0]["List-Unsubscribe"]).strip("<>")
    return header[header.index("/u/") :]


async def test_looking_changes_nothing(app: Running, mailbox: Mailbox) -> None:
    await raise_mailed(app)
    await work(app, mailbox)
    before = await dump(app)
    page = await app.client.get(link_in(mailbox, BEN))
    assert page.status_code == 200
    assert '<form method="post">' in page.text
    assert BEN not in page.text
    assert (await app.client.head(link_in(mailbox, BEN))).status_code == 200
    assert page.headers["x-robots-tag"] == "noindex, nofollow"
    assert await dump(app) == before


async def test_one_click_ends_the_mail_of_one_person(app: Running, mailbox: Mailbox) -> None:
    await raise_mailed(app)
    await confirm(app, mailbox)
    # What a mail program sends (RFC 8058, 3.2).
    first = await app.client.post(link_in(mailbox, OMAR), data={"List-Unsubscribe": "One-Click"})
    again = await app.client.post(link_in(mailbox, OMAR))
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert first.status_code == 200
    mailbox.sent.clear()
    await raise_mailed(app)
    await confirm(app, mailbox)
    assert mailbox.to(OMAR) == []
    assert len(mailbox.to(LIN)) == 1
    # Nothing tells who was skipped, and nothing who it was that wished it.
    assert len({(row.state, row.payload) for row in await rows(app) if row.kind == "invitation"}) == 1
    assert OMAR not in str(await dump(app))


@pytest.mark.parametrize(
    "change",
    [lambda t: t[:-1], lambda t: ("B" if t[0] == "A" else "A") + t[1:], lambda t: t[::-1], str.lower, str.title],
)
async def test_only_our_tokens_work(app: Running, mailbox: Mailbox, change: Callable[[str], str]) -> None:
    await raise_mailed(app)
    await work(app, mailbox)
    link = link_in(mailbox, BEN)
    before = await dump(app)
    changed = "/u/" + change(link.removeprefix("/u/"))
    assert (await app.client.get(changed)).status_code == 404
    assert (await app.client.post(changed)).status_code == 404
    assert await dump(app) == before


@given(st.text(max_size=200))
def test_no_text_is_a_token_by_chance(text: str) -> None:
    assert suppression.read_token(KEY, text) is None


@given(st.emails())
def test_a_token_names_the_digest_of_its_address(address: str) -> None:
    token = suppression.token_for(KEY, address)
    assert suppression.read_token(KEY, token) == suppression.digest_of(KEY, address.lower())
    assert suppression.read_token(b"x" * 32, token) is None
    assert len(token) == 64
