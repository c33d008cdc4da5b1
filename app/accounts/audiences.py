"""The audiences of the API. Each route names exactly one, as a dependency; a test counts them.

A route that takes a code has it in the body, never in a header, a path or a cookie: codes are secrets that must not be
logged by anything in between.
"""

import hmac
from typing import Annotated

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from app.accounts.rules import TokenKind
from app.core.errors import Unauthenticated
from app.core.tokens import digest, well_formed


class Audience:
    """Who may call a route."""


class Anyone(Audience):
    """Needs nothing."""

    async def __call__(self) -> None:
        return None


class CodeHolder(Audience):
    """Holds a one-time link or the manager's link: proved by the code in the body."""

    async def __call__(self) -> None:
        return None


class ReceiptHolder(Audience):
    """Holds the receipt of an answer: proved by its tag in the body."""

    async def __call__(self) -> None:
        return None


class TokenHolder(Audience):
    """Holds the manage token of a request, and typed it into a page: proved by the token in the body."""

    async def __call__(self) -> None:
        return None


class Candidate(Audience, SecurityBase):
    """Holds the manage token of a request. The dependency gives the token's digest."""

    def __init__(self) -> None:
        self.model = HTTPBearer(description="The manage token (`dm_…`) that was returned when the request was raised.")
        self.scheme_name = "manage_token"

    async def __call__(self, request: Request) -> bytes:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not well_formed(token, TokenKind.MANAGE):
            raise Unauthenticated(
                "manage_token_needed", "Send the manage token of this request: Authorization: Bearer dm_…"
            )
        return digest(token)


class Operator(Audience, SecurityBase):
    """Runs this installation, and knows the key that was set for it."""

    def __init__(self, key: str) -> None:
        self.model = HTTPBearer(
            description="The operator's key (`DEBRIEF_OPERATOR_KEY`), for those who run the service."
        )
        self.scheme_name = "operator_key"
        self._digest = digest(key) if key else None

    async def __call__(self, request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        # Digests are of one length, so that the comparison takes the same time whatever was sent.
        known = self._digest is not None and hmac.compare_digest(digest(key.strip()), self._digest)
        if scheme.lower() != "bearer" or not known:
            raise Unauthenticated("operator_key_needed", "Send the operator's key: Authorization: Bearer do_…")


anyone = Anyone()
code_holder = CodeHolder()
receipt_holder = ReceiptHolder()
token_holder = TokenHolder()
candidate = Candidate()

Anonymous = Annotated[None, Depends(anyone)]
HoldsCode = Annotated[None, Depends(code_holder)]
ManageDigest = Annotated[bytes, Depends(candidate)]
