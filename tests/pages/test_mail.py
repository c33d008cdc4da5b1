"""The pages that mail leads to: looking changes nothing, pressing does, and a mail program needs no page."""

import pytest

from app.composition import build_post
from app.delivery.worker import work_once
from tests.delivery.post import BEN, Mailbox, code_in, raise_mailed, work
from tests.pages.browsing import HTML, Browser, Page, read
from tests.support.app import Running, dump


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


def is_dressed(page: Page) -> None:
    """Check that a page stands in what every page stands in: the style, the footer with the operator."""
    assert "Example Careers" in page.text
    assert any(tag == "link" and given.get("rel") == "stylesheet" for tag, given in page.tags)


async def test_an_address_is_confirmed_by_typing_the_code(app: Running, mailbox: Mailbox) -> None:
    await raise_mailed(app)
    await work(app, mailbox)
    code = code_in(mailbox.to(BEN)[0])
    browser = Browser(app.client, "/confirm")
    before = await dump(app)
    page = await browser.open()
    is_dressed(page)
    wrong = await browser.press(page, "open", {"code": "no code"})
    assert wrong.response.status_code == 404
    assert "This code is not known here." in wrong.text
    assert await dump(app) == before
    done = await browser.press(wrong, "open", {"code": code.lower()})
    assert "Thank you. This is your address." in done.text
    is_dressed(done)
    assert code not in done.response.text
    again = await browser.press(page, "open", {"code": code})
    assert again.response.content == done.response.content


async def test_a_rewritten_link_shows_the_same_page(app: Running) -> None:
    plain = await app.client.get("/confirm", headers=HTML)
    for rewritten in ("/confirm%23c=ABC", "/confirm%2523c=ABC", "/confirm?x#c=ABC"):
        assert (await app.client.get(rewritten, headers=HTML)).content == plain.content


async def test_mail_is_ended_by_a_button_and_by_a_mail_program(app: Running, mailbox: Mailbox) -> None:
    await raise_mailed(app)
    await work(app, mailbox)
    header = str(mailbox.to(BEN)[0]["List-Unsubscribe"]).strip("<>")
    browser = Browser(app.client, header[header.index("/u/") :])
    before = await dump(app)
    page = await browser.open()
    is_dressed(page)
    assert BEN not in page.response.text
    assert await dump(app) == before
    done = await browser.press(page, None)
    assert "Debrief will not write to this address again." in done.text
    # As a mail program does it: a form of another kind, no header of a browser (RFC 8058, 3.2).
    clicked = await app.client.post(browser.address, files={"List-Unsubscribe": (None, "One-Click")})
    assert clicked.status_code == 200
    assert read(clicked).text == done.text
    nobody = await app.client.get("/u/nothing", headers=HTML)
    assert nobody.status_code == 404
    is_dressed(read(nobody))


async def test_the_development_mailbox_shows_a_mail_as_its_reader_sees_it(app: Running) -> None:
    browser = Browser(app.client, "/dev/mail")
    empty = await browser.open()
    is_dressed(empty)
    assert "No mail yet." in empty.text
    await raise_mailed(app, candidate={"name": "Ben <b>Ode", "email": BEN})
    post = build_post(app.settings, app.ctx)
    assert post is not None
    await work_once(post)
    listed = await browser.open()
    (link,) = [link for link in listed.links if link.startswith("/dev/mail/")]
    mail = await Browser(app.client, link).open()
    is_dressed(mail)
    assert "Yes, this is my address" in mail.text
    assert not [given for _, given in mail.tags if "style" in given]
    (confirm,) = [link for link in mail.links if "/confirm#c=" in link]
    done = await Browser(app.client, "/confirm").enter(confirm.partition("#c=")[2])
    assert "Thank you." in done.text
    await work_once(post)
    invitations = [link for link in (await browser.open()).links if link.startswith("/dev/mail/")]
    assert len(invitations) == 4
