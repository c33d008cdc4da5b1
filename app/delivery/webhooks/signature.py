"""Signatures of Standard Webhooks: HMAC-SHA-256 over the id, the timestamp and the exact bytes of the body.

The specification: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from app.core import randomness

ID, MOMENT, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
# Tolerated difference between the clocks of sender and receiver, in seconds.
WINDOW = 300
_PREFIX = "whsec_"
_SECRET_BYTES = 32
_SECONDS = re.compile(r"[0-9]{1,12}\Z")


class Verdict(StrEnum):
    """The result of verifying a signature."""

    GOOD = "ok"
    BAD = "bad signature"
    TOO_OLD = "too old, or from the future"
    UNSIGNED = "a header is missing or unreadable"


def new_secret() -> str:
    """Return a secret of 32 random bytes: `whsec_` and base64."""
    return _PREFIX + base64.b64encode(randomness.token_bytes(_SECRET_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """Return the key bytes of a secret. Raises ValueError if it is malformed."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX).encode(), validate=True)
    except binascii.Error:
        raise ValueError("a secret is whsec_ and base64") from None
    if not key:
        raise ValueError("a secret is not empty")
    return key


def signed_headers(secrets: Sequence[str], message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """Return the three headers, with one signature for each secret: two while a secret is being replaced."""
    moment = str(int(now.timestamp()))
    signatures = [f"v1,{_signature(secret, message_id, moment, body)}" for secret in secrets]
    return {ID: message_id, MOMENT: moment, SIGNATURE: " ".join(signatures)}


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> Verdict:
    """Verify a message with these secrets. Header names are in lower case."""
    message_id, moment, given = (headers.get(name, "") for name in (ID, MOMENT, SIGNATURE))
    if not message_id or not given or not _SECONDS.match(moment):
        return Verdict.UNSIGNED
    if abs(now.timestamp() - int(moment)) > WINDOW:
        return Verdict.TOO_OLD
    good = False
    for secret in secrets:
        expected = f"v1,{_signature(secret, message_id, moment, body)}".encode()
        for one in given.split(" "):
            good |= hmac.compare_digest(one.encode(), expected)
    return Verdict.GOOD if good else Verdict.BAD


def _signature(secret: str, message_id: str, moment: str, body: bytes) -> str:
    signed = b".".join((message_id.encode(), moment.encode(), body))
    return base64.b64encode(hmac.digest(key_of(secret), signed, "sha256")).decode()
