"""HMAC-SHA-256 signatures of webhooks, in lower-case hex."""

import hashlib
import hmac
import re
from collections.abc import Sequence

_HEX = re.compile(r"[0-9a-f]{64}")


def is_signed(content: bytes, signature: str | None, secrets: Sequence[str], *, prefix: str = "") -> bool:
    """Return whether `signature` is `prefix` and the hex HMAC-SHA-256 of `content` under one of `secrets`.

    The function compares in constant time and tries all secrets, so that its duration does not show which one fits.
    """
    if signature is None or not signature.startswith(prefix) or not _HEX.fullmatch(signature, len(prefix)):
        return False
    given = signature[len(prefix) :]
    found = False
    for secret in secrets:
        # Everybody knows the empty secret.
        if secret:
            found |= hmac.compare_digest(given, hmac.digest(secret.encode(), content, hashlib.sha256).hex())
    return found
