"""The mac of a token: it covers one purpose, one round, and the exact body."""

import json
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.core.tokens import keyed_hash


class TokenUse(StrEnum):
    """The purpose of a mac. A mac for one purpose is invalid for another."""

    FORM = "form"
    PREVIEW = "preview"
    ANSWER = "answer"


def exact(answer: Any) -> bytes:
    """Return the canonical JSON of an answer as it was sent: keys sorted, no spaces, UTF-8.

    JavaScript's JSON.stringify writes the same for objects with sorted keys, lists, texts, booleans and integers.
    """
    return json.dumps(answer, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def mac_of(
    output: bytes, purpose: TokenUse, round_id: UUID, token: bytes, *, receipt_tag: str = "", body: bytes = b""
) -> bytes:
    """Return HMAC-SHA-256 under the token's `output`, over everything that is sent with the token."""
    label = f"debrief/v1/{purpose}".encode()
    return keyed_hash(output, label, str(round_id).encode(), token, receipt_tag.encode(), body)
