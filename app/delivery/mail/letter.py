"""Letters: the content of a mail, and the message that is made of it.

No tracking, no pictures, nothing loaded from elsewhere. A code is in the fragment of a link and, to be typed, in the
text: never in the subject or the first lines, which phones show on a locked screen and scanners keep.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.delivery.recipient_limit import Cause

# RFC 5322, 2.1.1: lines have at most 998 characters. Headers are not folded below that: folding would break the link of
# List-Unsubscribe.
_LONGEST_LINE = 900
_WIRE = SMTP.clone(max_line_length=_LONGEST_LINE)
_LONGEST_NAME = 60
# Apostrophes, hyphens and dots of names, and the joiners that some scripts need.
_IN_NAMES = frozenset("'’-·・.\u200c\u200d")
# A dot inside a word: mail programs make links of what looks like the name of a host.
_HOST = re.compile(r"(?<=\w)\.(?=\w)")
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    # By file name: HTML is escaped, plain text is not.
    autoescape=select_autoescape(["html.j2"], default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_TEXT = _TEMPLATES.get_template("letter.txt.j2")
_HTML = _TEMPLATES.get_template("letter.html.j2")


@dataclass(frozen=True)
class Link:
    """A link and its label."""

    label: str
    url: str


@dataclass(frozen=True)
class Typed:
    """A code to type, for readers whose link was removed on the way, and the page to type it on."""

    page: str
    code: str

    @property
    def grouped(self) -> str:
        """The code in groups of four, which are easier to copy."""
        return "-".join(self.code[start : start + 4] for start in range(0, len(self.code), 4))


@dataclass(frozen=True)
class Letter:
    """The content of a mail to one person. Texts are plain, one paragraph each.

    `name` is the recipient's, as somebody typed it; empty where anybody may have typed it.
    `kept_for` is the test connection that the mail belongs to: then it is stored there and never sent. `cause` decides
    which daily limit counts.
    """

    to: str
    subject: str
    name: str = field(default="", kw_only=True)
    paragraphs: tuple[str, ...]
    links: tuple[Link, ...] = ()
    typed: Typed | None = None
    closing: tuple[str, ...] = ()
    kept_for: UUID | None = None
    cause: Cause = Cause.CLAIM


@dataclass(frozen=True)
class Sender:
    """The sender: an address, the base of our links, the operator, and the address for replies."""

    address: str
    base_url: str
    operator: str = ""
    reply_to: str = ""

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or "localhost"


def compose(letter: Letter, *, row_id: UUID, sender: Sender, unsubscribe_token: str, now: datetime) -> EmailMessage:
    """Return the message. A repetition has the same Message-ID, so that mail programs show it once."""
    unsubscribe = f"{sender.base_url}/u/{unsubscribe_token}"
    message = EmailMessage()
    message["From"] = f"Debrief <{sender.address}>"
    local, _, domain = letter.to.rpartition("@")
    name = _display_name(letter.name)
    message["To"] = Address(name, local, domain) if name else letter.to
    if sender.reply_to:
        message["Reply-To"] = sender.reply_to
    # The standard library would decode an encoded word (RFC 2047), and an encoded line feed in it.
    message["Subject"] = " ".join(letter.subject.replace("=?", "= ?").split())
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{row_id}@{sender.host}>"
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<{unsubscribe}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    facts = {"letter": letter, "sender": sender, "unsubscribe": unsubscribe}
    _fill(message, _TEXT.render(facts))
    html = EmailMessage()
    _fill(html, _HTML.render(facts), subtype="html")
    message.make_alternative()
    message.attach(html)
    return message


def _display_name(name: str) -> str:
    """Return a name as it may stand before an address: of letters, digits and what names are spelt with.

    Everything that means something in a list of addresses, or in an encoded word (RFC 2047), becomes a space.
    """
    name = _HOST.sub(" ", name)
    kept = "".join(one if unicodedata.category(one)[0] in "LMN" or one in _IN_NAMES else " " for one in name)
    return " ".join(kept.split())[:_LONGEST_NAME].rstrip()


def in_words(letter: Letter) -> str:
    """Return the text of a letter, without greeting and footer."""
    parts = [*letter.paragraphs, *(f"{link.label}:\n{link.url}" for link in letter.links), *letter.closing]
    return "\n\n".join(parts)


def as_bytes(message: EmailMessage) -> bytes:
    """Return the bytes of a message for SMTP."""
    return message.as_bytes(policy=_WIRE)


def _fill(message: EmailMessage, text: str, subtype: str = "plain") -> None:
    """Set the text of a message so that links stay whole.

    Quoted-printable, the usual encoding, breaks lines after 76 characters, and scanners and old clients then break the
    links. So plain ASCII is sent as it is, and everything else as base64.
    """
    plain = text.isascii() and max(map(len, text.splitlines()), default=0) <= _LONGEST_LINE
    message.set_content(text, subtype=subtype, charset="utf-8", cte="7bit" if plain else "base64")
