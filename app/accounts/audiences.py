"""The audiences of the API. Each route names exactly one, as a dependency; a test counts them.

A route that takes a code has it in the body, never in a header, a path or a cookie: codes are secrets that must not be
logged by anything in between.
"""

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


anyone = Anyone()
code_holder = CodeHolder()
candidate = Candidate()

Anonymous = Annotated[None, Depends(anyone)]
HoldsCode = Annotated[None, Depends(code_holder)]
ManageDigest = Annotated[bytes, Depends(candidate)]
