"""The second story: Debrief sends the mails, and the development mailbox shows them."""

import re
import time
from dataclasses import dataclass
from html import unescape

from app.demo import cast
from app.demo.page import Page
from app.demo.service import Difference, Service, pick

_MAIL_TIMEOUT = 30.0
_LISTED = re.compile(r'href="(/dev/mail/[^"]+)"')
_LINK = re.compile(r'href="([^"]*#c=[^"]+)"')


@dataclass(frozen=True)
class Mailed:
    """A request delivered by mail: its id and token, its round, and the link in the mail."""

    request: str
    token: str
    round: str
    invitation: str

    @property
    def code(self) -> str:
        return self.invitation.partition("#c=")[2]


def deliver(service: Service, page: Page) -> Mailed:
    """Play the story: one person is asked by mail. Raises Difference."""
    page.step("Ben asks Cleo alone, and lets Debrief write")
    raised = service.call("POST", "/v1/feedback-requests", 201, body=cast.MAILED)
    service.same("links that are mailed, not handed over", pick(raised, "links"), [])
    page.did("POST /v1/feedback-requests, delivery: mail", 201)
    question = _mail_to(service, cast.BEN_AT)
    page.say(
        "First Debrief asks whether the address is his. Nobody else is written to before, or anyone could have it "
        "write to strangers. His mail:"
    )
    page.shown([question.subject])
    service.same("mails before the address is confirmed", len(_LISTED.findall(_mailbox(service))), 1)
    code = question.link.partition("#c=")[2]
    confirmed = service.client.post("/confirm", data={"code": code})
    service.same("the button on the page that the mail opens", confirmed.status_code, 200)
    page.did("he presses the button on /confirm", 200)
    invitation = _mail_to(service, cast.CLEO_AT)
    round_ = pick(raised, "rounds", 0, "id")
    service.same("where Cleo's mail leads", f"/r/{round_}#c=" in invitation.link, True)
    opened = service.call("POST", f"/v1/rounds/{round_}/form", 200, body={"code": invitation.link.partition("#c=")[2]})
    service.same("mode where one person is asked", pick(opened, "anonymity", "mode"), "attributed")
    service.same("what the mail says of her name", "signed by you" in invitation.text, True)
    page.say("Now Cleo is asked. One person alone is not anonymous, so her answer is signed, and the mail says so:")
    page.shown([invitation.subject, invitation.link])
    return Mailed(
        request=pick(raised, "id"), token=pick(raised, "manage_token"), round=round_, invitation=invitation.link
    )


@dataclass(frozen=True)
class _Mail:
    subject: str
    text: str
    link: str


def _mail_to(service: Service, address: str) -> _Mail:
    """Wait for the mail worker; return the newest mail to `address` as the development mailbox shows it."""
    deadline = time.monotonic() + _MAIL_TIMEOUT
    while time.monotonic() < deadline:
        for card in _mailbox(service).split("<article")[1:]:
            if f"to {address}<" in card:
                path = _LISTED.findall(card)[0]
                mail = service.call("GET", path, 200).text
                subject = unescape(mail.partition("<h1>")[2].partition("</h1>")[0])
                return _Mail(subject, unescape(mail), unescape(_LINK.findall(mail)[0]))
        time.sleep(0.25)
    raise Difference(f"a mail to {address}", f"within {_MAIL_TIMEOUT:.0f} s", "none")


def _mailbox(service: Service) -> str:
    return service.client.get("/dev/mail").text
