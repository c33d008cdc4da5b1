"""The receipt: 130 random bits that an author keeps. The author's tag, tokens and blinding scalars derive from it.

The client makes it. For a browser without scripts the server makes it, and the page says so.
"""

import hashlib
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from typing_extensions import override

from app.blinding import ristretto
from app.blinding.encoding import base64url
from app.core.tokens import CROCKFORD, new_code, read_crockford

_SECRET_LENGTH = 26
_CHECK_LENGTH = 2
_GROUP = 4


@dataclass(frozen=True)
class Receipt:
    """A receipt: 26 secret characters. Two check characters follow them in print."""

    secret: str = field(repr=False)

    @override
    def __str__(self) -> str:
        whole = self.secret + _check(self.secret)
        return "-".join(whole[start : start + _GROUP] for start in range(0, len(whole), _GROUP))

    def tag(self, round_id: UUID) -> str:
        """Return the 43 characters that the client sends to find its answer in a round again."""
        return base64url(self._derive(f"debrief/v1/tag|{round_id}", 32))

    def token(self, round_id: UUID) -> bytes:
        """Return the input of the token of a round, 32 bytes."""
        return self._derive(f"debrief/v1/token|{round_id}", 32)

    def blinding(self, round_id: UUID) -> bytes:
        """Return the scalar that blinds the token of a round."""
        return ristretto.reduce(self._derive(f"debrief/v1/blind|{round_id}", ristretto.WIDE))

    def _derive(self, info: str, length: int) -> bytes:
        return HKDF(algorithm=SHA256(), length=length, salt=None, info=info.encode()).derive(self.secret.encode())


def new_receipt() -> Receipt:
    """Return a fresh receipt."""
    return Receipt(new_code())


def read_receipt(typed: str) -> Receipt | None:
    """Parse a typed receipt, or return None. Look-alike characters are read as the ones in the alphabet."""
    whole = read_crockford(typed, _SECRET_LENGTH + _CHECK_LENGTH)
    if whole is None or whole[_SECRET_LENGTH:] != _check(whole[:_SECRET_LENGTH]):
        return None
    return Receipt(whole[:_SECRET_LENGTH])


def _check(secret: str) -> str:
    bits = int.from_bytes(hashlib.sha256(b"debrief/v1/receipt" + secret.encode()).digest()[:2], "big") >> 6
    return CROCKFORD[bits >> 5] + CROCKFORD[bits & 31]
