"""What a token vouches for: one purpose, one round, and exactly what was sent."""

import json
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.core.tokens import keyed_hash


class TokenUse(StrEnum):
    """What a token is shown for. A mac made for one is of no use for another."""

    FORM = "form"
    PREVIEW = "preview"
    ANSWER = "answer"


def exact(answer: Any) -> bytes:
    """Return the one spelling of what was sent as an answer: keys sorted, no spaces, UTF-8.

    JavaScript's JSON.stringify writes the same of objects with sorted keys, of lists, texts, booleans and integers.
    """
    return json.dumps(answer, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def mac_of(
    output: bytes, purpose: TokenUse, round_id: UUID, token: bytes, *, receipt_tag: str = "", body: bytes = b""
) -> bytes:
    """Return HMAC-SHA-256 under `output`, that of the token, over everything that comes with it."""
    label = f"debrief/v1/{purpose}".encode()
    return keyed_hash(output, label, str(round_id).encode(), token, receipt_tag.encode(), body)
