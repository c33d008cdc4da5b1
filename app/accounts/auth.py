"""The audiences of the API. Each route names exactly one, as a dependency; a test counts them.

A route that takes a code has it in the body, never in a header, a path or a cookie: codes are secrets that must not be
logged by anything in between.
"""

import base64
import hmac
import math
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Protocol, cast
from uuid import UUID

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from sqlalchemy.orm import Session

from app.accounts import keys
from app.accounts.models import ConnectionRow
from app.accounts.rules import ConnectionState, KeyOwner, Scope, TokenKind
from app.context import Context
from app.core.clock import Clock
from app.core.db import Database
from app.core.errors import Forbidden, TooManyRequests, Unauthenticated
from app.core.rate_limit import RateLimiter
from app.core.tokens import digest, well_formed


class Audience:
    """Who may call a route, and what they prove it with."""

    credential: str


class Anyone(Audience):
    """Needs nothing."""

    credential = "none"

    async def __call__(self) -> None:
        return None


class CodeHolder(Audience):
    """Holds a one-time link or the manager's link: proved by the code in the body."""

    credential = "the code of the link, in the body"

    async def __call__(self) -> None:
        return None


class ReceiptHolder(Audience):
    """Holds the receipt of an answer: proved by its tag in the body."""

    credential = "the tag of the receipt, in the body"

    async def __call__(self) -> None:
        return None


class TokenHolder(Audience):
    """Holds the manage token of a request, and typed it into a page: proved by the token in the body."""

    credential = "the manage token (`dm_…`), in the body"

    async def __call__(self) -> None:
        return None


class Candidate(Audience, SecurityBase):
    """Holds the manage token of a request. The dependency gives the token's digest."""

    credential = "the manage token: `Authorization: Bearer dm_…`"

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

    credential = "the operator's key: `Authorization: Bearer do_…`"

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


@dataclass(frozen=True)
class Caller:
    """A connection that calls, and what its key may be used for."""

    connection_id: UUID
    is_test: bool
    scopes: frozenset[Scope]


class ConnectionCaller(Audience, SecurityBase):
    """Holds a key of a connection, or an access token got with one, that has this scope.

    The key comes as a bearer token, or as the user name of Basic with an empty password: both are customs of applicant
    tracking systems.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.credential = f"a key of a connection with the scope `{scope.value}`: `Authorization: Bearer dk_…`"
        self.model = HTTPBearer(description="A key of a connection (`dk_…`), or an access token (`da_…`).")
        self.scheme_name = "connection_key"

    async def __call__(self, request: Request) -> Caller:
        caller = await _recognise(request, presented(request))
        if caller is None:
            raise Unauthenticated(
                "connection_key_needed", "Send a key of a connection: Authorization: Bearer dk_…, or as user of Basic."
            )
        spend(request, caller.connection_id)
        if self.scope not in caller.scopes:
            raise Forbidden("scope_missing", f"This key may not do that: it lacks the scope {self.scope.value}.")
        return caller


class Raiser(Audience, SecurityBase):
    """Needs nothing, or holds a key of a connection that may write requests. Any other credential is refused."""

    credential = "none, or a key of a connection with the scope `requests:write`"

    def __init__(self) -> None:
        self._connection = ConnectionCaller(Scope.REQUESTS_WRITE)
        self.model = self._connection.model
        self.scheme_name = self._connection.scheme_name

    async def __call__(self, request: Request) -> Caller | None:
        # Whoever sends a key wishes to be known: to raise in nobody's name would hand links to the wrong reader.
        return await self._connection(request) if "authorization" in request.headers else None


@dataclass(frozen=True)
class Maker:
    """Who makes connections: the operator, for whom all are (`vendor_id` is None), or a vendor, for its customers."""

    vendor_id: UUID | None


class ConnectionMaker(Audience, SecurityBase):
    """Runs this installation, or is a vendor whose system many employers use."""

    credential = "the operator's key or a vendor's: `Authorization: Bearer do_…` or `dv_…`"

    def __init__(self) -> None:
        self.model = HTTPBearer(description="The operator's key (`do_…`), or the key of a vendor (`dv_…`).")
        self.scheme_name = "operator_or_vendor_key"

    async def __call__(self, request: Request) -> Maker:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        given = digest(value.strip())
        operator: bytes | None = request.app.state.operator_digest
        if scheme.lower() == "bearer" and operator is not None and hmac.compare_digest(given, operator):
            return Maker(None)
        stands_on: _StandsOn = request.app.state.context
        known = None
        if scheme.lower() == "bearer" and keys.look_like_ours(value.strip()):
            known = await stands_on.db.read(keys.recognise, given, stands_on.clock.now())
        if known is None or known.owner is not KeyOwner.VENDOR:
            raise Unauthenticated(
                "operator_or_vendor_key_needed", "Send the operator's key, or a vendor's: Authorization: Bearer do_…"
            )
        return Maker(known.owner_id)


def presented(request: Request) -> str | None:
    """Return the key that came with a request, if it could be one."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    value = value.strip()
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(value, validate=True).decode("ascii").partition(":")
        except ValueError:
            return None
        value = "" if password else user
    elif scheme.lower() != "bearer":
        return None
    return value if keys.look_like_ours(value) else None


def spend(request: Request, connection_id: UUID) -> None:
    """Raise TooManyRequests if a connection asks too often: all its keys and tokens together, so that none helps."""
    limiter: RateLimiter | None = request.app.state.connection_limiter
    wait = limiter.take(str(connection_id)) if limiter is not None else 0
    if wait:
        limit: int = request.app.state.connection_rate
        seconds = max(1, math.ceil(wait - 1e-6))
        raise TooManyRequests("too_many_requests", "Too many requests. Please wait a little.", seconds, limit=limit)


async def _recognise(request: Request, token: str | None) -> Caller | None:
    if token is None:
        return None
    stands_on: _StandsOn = request.app.state.context
    now = stands_on.clock.now()

    def read(session: Session) -> Caller | None:
        known = keys.recognise(session, digest(token), now)
        if known is None or known.owner is not KeyOwner.CONNECTION:
            return None
        row = session.get(ConnectionRow, known.owner_id)
        if row is None:
            return None
        if row.state == ConnectionState.DISABLED:
            raise Forbidden("connection_disabled", "This connection is switched off.")
        return Caller(row.id, row.is_test, known.scopes)

    return await stands_on.db.read(read)


class _StandsOn(Protocol):
    """What of the application an audience needs."""

    @property
    def db(self) -> Database: ...

    @property
    def clock(self) -> Clock: ...


@cache
def needs(scope: Scope) -> ConnectionCaller:
    """Return the audience of those whose key has this scope."""
    return ConnectionCaller(scope)


anyone = Anyone()
code_holder = CodeHolder()
receipt_holder = ReceiptHolder()
token_holder = TokenHolder()
candidate = Candidate()
maker = ConnectionMaker()
raiser = Raiser()

Anonymous = Annotated[None, Depends(anyone)]
HoldsCode = Annotated[None, Depends(code_holder)]
ManageDigest = Annotated[bytes, Depends(candidate)]


async def context_of(request: Request) -> Context:
    """Return the context of the application that serves `request`."""
    return cast(Context, request.app.state.context)


In = Annotated[Context, Depends(context_of)]
