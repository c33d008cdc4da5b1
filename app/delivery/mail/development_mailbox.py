"""The development mailbox: read the mails that a development server has written to files."""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from uuid import UUID

_STYLE = re.compile(r' style="[^"]*"')


@dataclass(frozen=True)
class ListedMail:
    """A mail in the list."""

    id: UUID
    to: str
    subject: str
    date: str


@dataclass(frozen=True)
class ReadMail:
    """A mail with its text."""

    subject: str
    headers: list[tuple[str, str]]
    text: str
    html_body: str


def list_mails(directory: Path) -> list[ListedMail]:
    """Return the mails in `directory`, the newest first."""
    paths = [path for path in directory.glob("*.eml") if not path.name.startswith(".")]
    found = []
    for path in sorted(paths, key=lambda path: path.stat().st_mtime_ns, reverse=True):
        message = _read(path)
        to = ", ".join(one.addr_spec for one in message["To"].addresses)
        found.append(ListedMail(UUID(path.stem), to, str(message["Subject"]), str(message["Date"])))
    return found


def find(directory: Path, mail_id: UUID) -> ReadMail | None:
    """Return a mail by its id."""
    path = directory / f"{mail_id}.eml"
    if not path.exists():
        return None
    message = _read(path)
    html = _part(message, "html")
    # Our pages allow no inline styles. In texts quotes are escaped, so this removes attributes only.
    inner = _STYLE.sub("", html.partition("<body")[2].partition(">")[2].partition("</body>")[0])
    return ReadMail(
        str(message["Subject"]), [(name, str(value)) for name, value in message.items()], _part(message, "plain"), inner
    )


def _read(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=SMTP)


def _part(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    return str(part.get_content()) if part is not None else ""
