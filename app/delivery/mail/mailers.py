"""The ways out: SMTP, and for development files to be looked at."""

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

from app.core import randomness
from app.delivery.mail.letter import as_bytes

# Seconds for the goodbye to a server that has taken a mail.
_FAREWELL = 2.0


class SendingFailed(Exception):
    """The mail was not taken. `reason` says why for operators, and names nobody; `permanent`: it never will be."""

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent


class Mailer(Protocol):
    """A way out. Raises SendingFailed; the worker sets the time limit."""

    async def send(self, message: EmailMessage, sender: str, to: str) -> None:
        """Hand `message` over: when this returns, somebody else is responsible for it."""
        ...


@dataclass(frozen=True)
class SmtpServer:
    """Where to hand mail over. `implicit_tls`: from the first byte; `start_tls`: required before anything is said."""

    host: str
    port: int
    user: str | None
    password: str | None
    implicit_tls: bool
    start_tls: bool


def read_smtp_url(url: str, *, development: bool) -> SmtpServer:
    """Read `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`. Raises ValueError, which repeats nothing.

    Without TLS goes only what stays on this machine, in development.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("must be like smtp://user:password@host:587 or smtps://user:password@host:465")
    implicit = parts.scheme == "smtps"
    return SmtpServer(
        host=parts.hostname,
        port=parts.port or (465 if implicit else 587),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        implicit_tls=implicit,
        start_tls=not implicit and not (development and _is_loopback(parts.hostname)),
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class SmtpMailer:
    """One connection for each mail: a server that hangs or drops one takes no other along."""

    def __init__(self, server: SmtpServer, *, hello: str = "localhost", timeout: float = 20.0) -> None:
        """`hello` is the name that this machine gives itself: left alone, the library asks the DNS for it."""
        self._server = server
        self._hello = hello
        self._timeout = timeout

    async def send(self, message: EmailMessage, sender: str, to: str) -> None:
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            local_hostname=self._hello,
            use_tls=server.implicit_tls,
            start_tls=server.start_tls,
            timeout=self._timeout,
        )
        try:
            await client.connect()
            await client.sendmail(sender, [to], as_bytes(message))
            # It is taken, whatever is said or left unsaid now.
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=_FAREWELL)
        except aiosmtplib.SMTPRecipientsRefused as error:
            code = error.recipients[0].code
            raise SendingFailed(f"recipient_refused_{code}", permanent=code >= 500) from None
        except (aiosmtplib.SMTPDataError, aiosmtplib.SMTPSenderRefused) as error:
            kind = "sender" if isinstance(error, aiosmtplib.SMTPSenderRefused) else "data"
            raise SendingFailed(f"{kind}_refused_{error.code}", permanent=error.code >= 500) from None
        except aiosmtplib.SMTPResponseException as error:
            # A login or a greeting that is refused concerns all mails: an operator will mend it.
            raise SendingFailed(f"server_refused_{error.code}") from None
        except aiosmtplib.SMTPTimeoutError:
            raise SendingFailed("server_silent") from None
        except UnicodeError:
            # No later try encodes it either.
            raise SendingFailed("not_encodable", permanent=True) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise SendingFailed(f"smtp_{type(error).__name__}") from None
        finally:
            # At once, also when this is cancelled: the library's own way out says goodbye to a server that hangs.
            client.close()


class FileMailer:
    """Development: each mail a file, named by the row, so that a repetition replaces it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    async def send(self, message: EmailMessage, sender: str, to: str) -> None:
        del sender, to
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        try:
            await asyncio.to_thread(self._write, name, as_bytes(message))
        except OSError as error:
            raise SendingFailed(f"file_{type(error).__name__}") from error

    def _write(self, name: str, content: bytes) -> None:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.directory / f".{randomness.token_bytes(8).hex()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.directory / f"{name}.eml")
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
