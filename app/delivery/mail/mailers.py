"""Mailers: SMTP, and files for development."""

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

# Seconds for QUIT after a server has accepted a mail.
_FAREWELL = 2.0


class SendingFailed(Exception):
    """The mail was not accepted. `reason` is for operators and names nobody; `permanent`: no later try can succeed."""

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent


class Mailer(Protocol):
    """Sends mail. Raises SendingFailed; the worker sets the time limit."""

    async def send(self, message: EmailMessage, sender: str, to: str) -> None:
        """Hand `message` over: when this returns, the next server is responsible for it."""
        ...


@dataclass(frozen=True)
class SmtpServer:
    """An SMTP server. `implicit_tls`: TLS from the first byte; `start_tls`: STARTTLS is required before login."""

    host: str
    port: int
    user: str | None
    password: str | None
    implicit_tls: bool
    start_tls: bool


def read_smtp_url(url: str, *, development: bool) -> SmtpServer:
    """Read `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`. Raises ValueError, without the URL.

    Only in development, and only to this machine, mail may go without TLS.
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
    """Sends each mail on a connection of its own: one that hangs or breaks affects no other mail."""

    def __init__(self, server: SmtpServer, *, hello: str = "localhost", timeout: float = 20.0) -> None:
        """`hello` is the name for EHLO. Without it the library asks the DNS for one."""
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
            # The server has accepted the mail, whatever happens to QUIT.
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=_FAREWELL)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refused("recipient", error.recipients[0]) from None
        except aiosmtplib.SMTPDataError as error:
            raise _refused("data", error) from None
        except aiosmtplib.SMTPSenderRefused as error:
            raise SendingFailed(f"sender_refused_{error.code}", permanent=error.code >= 500) from None
        except aiosmtplib.SMTPResponseException as error:
            # A refused login or greeting affects all mails, so the operator will fix it: not permanent.
            raise SendingFailed(f"server_refused_{error.code}") from None
        except aiosmtplib.SMTPTimeoutError:
            raise SendingFailed("server_silent") from None
        except UnicodeError:
            # No later try can encode it either.
            raise SendingFailed("not_encodable", permanent=True) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise SendingFailed(f"smtp_{type(error).__name__}") from None
        finally:
            # Close at once, also on cancellation: the library's own context manager would wait for QUIT.
            client.close()


def _refused(what: str, error: aiosmtplib.SMTPResponseException) -> SendingFailed:
    # Each message has one recipient, so that a refusal of the message concerns them, too.
    return SendingFailed(f"{what}_refused_{error.code}", permanent=error.code >= 500)


class FileMailer:
    """Writes each mail to a file, for development. The file is named by the row, so a repetition replaces it."""

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
