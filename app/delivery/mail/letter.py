"""A letter, as those know it who have something to say; and how it becomes a message that arrives whole.

No tracking, no picture, nothing loaded from anywhere. A code stands in a link's fragment and, to be typed, in the text:
never in the subject or in the first lines, which phones show on a locked screen and scanners keep.
"""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.delivery.recipient_limit import Cause

# RFC 5322, 2.1.1: no line may be longer than 998 characters. Headers are not folded below that: folding would tear the
# link of List-Unsubscribe apart.
_LONGEST_LINE = 900
_WIRE = SMTP.clone(max_line_length=_LONGEST_LINE)
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    # By the end of the name: plain text must not be escaped, HTML must.
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
    """A link, and what to press."""

    label: str
    url: str


@dataclass(frozen=True)
class Typed:
    """A code for those whose link got lost on the way, and the page on which to type it."""

    page: str
    code: str

    @property
    def grouped(self) -> str:
        """The code in groups of four, as people copy it."""
        return "-".join(self.code[start : start + 4] for start in range(0, len(self.code), 4))


@dataclass(frozen=True)
class Letter:
    """What is written to one person. Texts are plain, one paragraph each.

    `kept_for` is the test connection that it belongs to: then it is kept to be looked at there, and never sent.
    `cause`: who can cause it.
    """

    to: str
    subject: str
    paragraphs: tuple[str, ...]
    links: tuple[Link, ...] = ()
    typed: Typed | None = None
    closing: tuple[str, ...] = ()
    kept_for: UUID | None = None
    cause: Cause = Cause.CLAIM


@dataclass(frozen=True)
class Sender:
    """Who writes: an address, the base of our links, and who runs this server."""

    address: str
    base_url: str
    operator: str = ""

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or "localhost"


def compose(letter: Letter, *, row_id: UUID, sender: Sender, unsubscribe_token: str, now: datetime) -> EmailMessage:
    """Return the message. Sent twice, it has the same Message-ID both times, so that mailboxes show it once."""
    unsubscribe = f"{sender.base_url}/u/{unsubscribe_token}"
    message = EmailMessage()
    message["From"] = f"Debrief <{sender.address}>"
    message["To"] = letter.to
    # The standard library takes what looks like an encoded word (RFC 2047) for one, and an encoded line feed with it.
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


def in_words(letter: Letter) -> str:
    """Return what a letter says, without greeting and foot."""
    parts = [*letter.paragraphs, *(f"{link.label}:\n{link.url}" for link in letter.links), *letter.closing]
    return "\n\n".join(parts)


def as_bytes(message: EmailMessage) -> bytes:
    """Return a message as it travels."""
    return message.as_bytes(policy=_WIRE)


def _fill(message: EmailMessage, text: str, subtype: str = "plain") -> None:
    """Put a text into a message so that its links stay whole.

    Quoted-printable, the usual choice, breaks each line after 76 characters, and a link in two is what scanners and old
    clients make of it. Plain ASCII travels as it is; for anything else base64 has no lines that mean anything.
    """
    plain = text.isascii() and max(map(len, text.splitlines()), default=0) <= _LONGEST_LINE
    message.set_content(text, subtype=subtype, charset="utf-8", cte="7bit" if plain else "base64")
