"""How each system signs what it sends: small pure functions over the bytes as they came.

Each compares in constant time, and tries all secrets: which of them fitted takes no other time than none. Names of
headers come in lower case.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

WINDOW_SECONDS = 300
_HEX = re.compile(r"[0-9a-f]{64}")
_DIGITS = re.compile(r"[0-9]{1,15}")
# Nobody rotates more secrets at once, and whoever sends more would have us calculate.
_MOST = 16


def greenhouse(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
    """Check `Signature: sha256 <hex>` over the body as sent."""
    return _hex_after("sha256 ", headers.get("signature"), body, secrets)


def ashby(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
    """Check `Ashby-Signature: sha256=<hex>` over the body."""
    return _hex_after("sha256=", headers.get("ashby-signature"), body, secrets)


def lever(token: str, triggered_at: int, signature: str, secrets: Sequence[str]) -> bool:
    """Check what stands in the body: the token and the time, as its literal digits, are signed; the rest is not."""
    return _hex_after("", signature, f"{token}{triggered_at}".encode("utf-8", "surrogatepass"), secrets)


def workable(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
    """Check `X-Workable-Signature` over the body, in hex or in base64."""
    given = headers.get("x-workable-signature", "")
    return _any(given, [f(_digest(key, body)) for key in _keys(secrets) for f in (_as_hex, _as_base64)])


def recruitee(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
    """Check `X-Recruitee-Signature: <hex>` over the body."""
    return _hex_after("", headers.get("x-recruitee-signature"), body, secrets)


def merge(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
    """Check `X-Merge-Webhook-Signature` over the body: base64url, with or without its padding."""
    given = headers.get("x-merge-webhook-signature", "")
    digests = [base64.urlsafe_b64encode(_digest(key, body)).decode() for key in _keys(secrets)]
    return _any(given, [form for one in digests for form in (one, one.rstrip("="))])


def smartrecruiters(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> bool:
    """Check `smartrecruiters-signature`: any of several `v1=<hex>`, over the body and five headers, in time."""
    stamp = headers.get("smartrecruiters-timestamp", "")
    parts = [stamp.encode(), body]
    parts += [headers.get(name, "").encode() for name in ("event-id", "event-name", "event-version", "link")]
    given = headers.get("smartrecruiters-signature", "").split(";")[:_MOST]
    expected = [f"v1={_as_hex(_digest(key, b'.'.join(parts)))}" for key in _keys(secrets)]
    return bool(sum([_any(one.strip(), expected) for one in given])) and _in_time(stamp, now)


def teamtailor(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> bool:
    """Check `TT-Signature`: base64 of `t=<seconds>,v2=<hex>`, over the time and the body, in time."""
    header = headers.get("tt-signature", "")
    try:
        inner = base64.b64decode(header, validate=True).decode("ascii")
    except ValueError:
        return False
    if _as_base64(inner.encode()) != header:
        # The last sign of base64 can be written in several ways.
        return False
    found = re.fullmatch(r"t=([0-9]{1,15}),v2=([0-9a-f]{64})", inner)
    if found is None:
        return False
    stamp, given = found.groups()
    return _hex_after("", given, stamp.encode() + b"." + body, secrets) and _in_time(stamp, now)


def standard(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> bool:
    """Check a message as Standard Webhooks sign it: any of several `v1,<base64>`, in time."""
    stamp = headers.get("webhook-timestamp", "")
    signed = b".".join((headers.get("webhook-id", "").encode(), stamp.encode(), body))
    keys: list[bytes] = []
    for secret in secrets:
        try:
            keys.append(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
        except ValueError:
            continue
    given = headers.get("webhook-signature", "").split(" ")[:_MOST]
    expected = [f"v1,{_as_base64(_digest(key, signed))}" for key in keys if key]
    return bool(sum([_any(one, expected) for one in given])) and _in_time(stamp, now)


def _hex_after(prefix: str, given: str | None, signed: bytes, secrets: Sequence[str]) -> bool:
    if given is None or not given.startswith(prefix) or not _HEX.fullmatch(given, len(prefix)):
        return False
    return _any(given[len(prefix) :], [_as_hex(_digest(key, signed)) for key in _keys(secrets)])


def _any(given: str, expected: Iterable[str]) -> bool:
    found = False
    for one in expected:
        found |= hmac.compare_digest(given.encode("utf-8", "surrogatepass"), one.encode())
    return found


def _keys(secrets: Sequence[str]) -> list[bytes]:
    """Return the keys; an empty secret is none, since everybody knows it."""
    return [secret.encode() for secret in secrets if secret]


def _digest(key: bytes, signed: bytes) -> bytes:
    return hmac.digest(key, signed, hashlib.sha256)


def _as_hex(digest: bytes) -> str:
    return digest.hex()


def _as_base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _in_time(stamp: str, now: datetime) -> bool:
    return _DIGITS.fullmatch(stamp) is not None and abs(int(stamp) - int(now.timestamp())) <= WINDOW_SECONDS
