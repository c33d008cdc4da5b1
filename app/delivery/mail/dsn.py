"""Read delivery status notifications (RFC 3464): which mail of ours came back, and why."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from uuid import UUID

from app.delivery import suppression
from app.delivery.bounces import row_of

_TOKEN = re.compile(r"/u/([A-Za-z0-9_-]{64})(?![A-Za-z0-9_-])")
_ADDRESS = re.compile(r"\s*rfc822\s*;\s*<?([^<>\s]+)>?\s*", re.IGNORECASE)
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")


@dataclass(frozen=True)
class Returned:
    """A mail that came back: the digest of the address that we wrote to, the status, and the mail's outbox row."""

    digest: bytes
    status: str
    row_id: UUID | None


def read_dsn(raw: bytes, key: bytes) -> Returned | None:
    """Return what a notification says of a mail of ours; None for any other mail, and for a delay or a success.

    Anybody can write a notification. The address is therefore that of our own signed token in the headers that came
    back, and the server's final recipient must be the same address: a forwarder reports on addresses that we never
    wrote to, while our mail may have arrived.
    `key` is that of suppressions.
    """
    message = message_from_bytes(raw, policy=compat32)
    headers = _returned_headers(message)
    token = _TOKEN.search(_header(headers, "List-Unsubscribe")) if headers is not None else None
    digest = suppression.read_token(key, token[1]) if token else None
    if headers is None or digest is None:
        return None
    for block in _recipients(message):
        if _header(block, "Action").strip().lower() != "failed":
            continue
        final = _ADDRESS.fullmatch(_header(block, "Final-Recipient"))
        if final and suppression.digest_of(key, final[1]) == digest:
            status = _header(block, "Status").split()
            return Returned(digest, status[0] if status else "", row_of(_header(headers, "Message-ID")))
    return None


def _returned_headers(message: Message) -> Message | None:
    for part in message.walk():
        if part.get_content_type() not in _RETURNED or part is message:
            continue
        payload = part.get_payload()
        if isinstance(payload, list):
            return payload[0] if payload and isinstance(payload[0], Message) else None
        decoded = part.get_payload(decode=True)
        return message_from_bytes(decoded, policy=compat32) if isinstance(decoded, bytes) else None
    return None


def _recipients(message: Message) -> Iterator[Message]:
    """Yield the groups of fields about one recipient each; the first group is about the whole message."""
    for part in message.walk():
        if part.get_content_type() in {"message/delivery-status", "message/global-delivery-status"}:
            payload = part.get_payload()
            if isinstance(payload, list):
                yield from (group for group in payload if isinstance(group, Message))


def _header(message: Message, name: str) -> str:
    return "".join(str(message.get(name, "")).splitlines())
