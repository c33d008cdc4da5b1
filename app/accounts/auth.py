"""The audiences of the API. Each route names exactly one, as a dependency; a test counts them.

A route takes a code in the body, never in a header, a path or a cookie, which proxies log.
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
    """Who may call a route, and with which credential."""

    credential: str


class Anyone(Audience):
    """Anyone, without a credential."""

    credential = "none"

    async def __call__(self) -> None:
        return None


class CodeHolder(Audience):
    """The holder of a one-time link or the manager's link, whose code is in the body."""

    credential = "the code of the link, in the body"

    async def __call__(self) -> None:
        return None


class ReceiptHolder(Audience):
    """The author of an answer, who has its receipt: the tag is in the body."""

    credential = "the tag of the receipt, in the body"

    async def __call__(self) -> None:
        return None


class TokenHolder(Audience):
    """The candidate, who has typed the manage token into a page: the token is in the body."""

    credential = "the manage token (`dm_…`), in the body"

    async def __call__(self) -> None:
        return None


class Candidate(Audience, SecurityBase):
    """The candidate, with the manage token of a request. The dependency returns the token."""

    credential = "the manage token: `Authorization: Bearer dm_…`"

    def __init__(self) -> None:
        self.model = HTTPBearer(description="The manage token (`dm_…`) that was returned when the request was raised.")
        self.scheme_name = "manage_token"

    async def __call__(self, request: Request) -> str:
        token = bearer_token(request)
        if token is None or not well_formed(token, TokenKind.MANAGE):
            raise Unauthenticated(
                "manage_token_needed", "Send the manage token of this request: Authorization: Bearer dm_…"
            )
        return token


class Operator(Audience, SecurityBase):
    """The operator of this installation, with `DEBRIEF_OPERATOR_KEY`."""

    credential = "the operator's key: `Authorization: Bearer do_…`"

    def __init__(self) -> None:
        self.model = HTTPBearer(
            description="The operator's key (`DEBRIEF_OPERATOR_KEY`), for those who run the service."
        )
        self.scheme_name = "operator_key"

    async def __call__(self, request: Request) -> None:
        if not _is_operator_key(bearer_token(request), request.app.state.operator_digest):
            raise Unauthenticated("operator_key_needed", "Send the operator's key: Authorization: Bearer do_…")


@dataclass(frozen=True)
class Caller:
    """The connection that calls, and the scopes of its key."""

    connection_id: UUID
    is_test: bool
    scopes: frozenset[Scope]


class ConnectionCaller(Audience, SecurityBase):
    """A connection, with one of its keys or access tokens that has this scope.

    The key comes as a bearer token, or as the user name of Basic with an empty password. ATSs use both.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.credential = f"a key of a connection with the scope `{scope.value}`: `Authorization: Bearer dk_…`"
        self.model = HTTPBearer(description="A key of a connection (`dk_…`), or an access token (`da_…`).")
        self.scheme_name = "connection_key"

    async def __call__(self, request: Request) -> Caller:
        caller = await _find_caller(request, connection_key(request))
        if caller is None:
            raise Unauthenticated(
                "connection_key_needed", "Send a key of a connection: Authorization: Bearer dk_…, or as user of Basic."
            )
        check_rate(request, caller.connection_id)
        if self.scope not in caller.scopes:
            raise Forbidden("scope_missing", f"This key may not do that: it lacks the scope {self.scope.value}.")
        return caller


class Raiser(Audience, SecurityBase):
    """Anyone without a credential, or a connection that may write requests. Any other credential is refused."""

    credential = "none, or a key of a connection with the scope `requests:write`"

    def __init__(self) -> None:
        self._connection = ConnectionCaller(Scope.REQUESTS_WRITE)
        self.model = self._connection.model
        self.scheme_name = self._connection.scheme_name

    async def __call__(self, request: Request) -> Caller | None:
        # A wrong key is an error: raising without a connection instead would show the links to the wrong reader.
        return await self._connection(request) if "authorization" in request.headers else None


@dataclass(frozen=True)
class Maker:
    """The caller who makes connections: the operator, who sees all (`vendor_id` is None), or a vendor."""

    vendor_id: UUID | None


class ConnectionMaker(Audience, SecurityBase):
    """The operator, or a vendor, who makes connections for the employers who use its ATS."""

    credential = "the operator's key or a vendor's: `Authorization: Bearer do_…` or `dv_…`"

    def __init__(self) -> None:
        self.model = HTTPBearer(description="The operator's key (`do_…`), or the key of a vendor (`dv_…`).")
        self.scheme_name = "operator_or_vendor_key"

    async def __call__(self, request: Request) -> Maker:
        token = bearer_token(request)
        if _is_operator_key(token, request.app.state.operator_digest):
            return Maker(None)
        ctx: _HasDatabaseAndClock = request.app.state.context
        known = None
        if token is not None and keys.is_well_formed(token):
            known = await ctx.db.read(keys.find_owner, digest(token), ctx.clock.now())
        if known is None or known.owner is not KeyOwner.VENDOR:
            raise Unauthenticated(
                "operator_or_vendor_key_needed", "Send the operator's key, or a vendor's: Authorization: Bearer do_…"
            )
        return Maker(known.owner_id)


def bearer_token(request: Request) -> str | None:
    """Return the bearer token of a request (RFC 6750), or None."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _is_operator_key(token: str | None, operator_digest: bytes | None) -> bool:
    # Digests have one length, so the comparison takes the same time for every token.
    return token is not None and operator_digest is not None and hmac.compare_digest(digest(token), operator_digest)


def connection_key(request: Request) -> str | None:
    """Return the key or access token of a connection that came with a request, if it is well-formed."""
    token = bearer_token(request)
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(encoded.strip(), validate=True).decode("ascii").partition(":")
        except ValueError:
            return None
        token = None if password else user
    return token if token is not None and keys.is_well_formed(token) else None


def check_rate(request: Request, connection_id: UUID) -> None:
    """Raise TooManyRequests if a connection asks too often. All its keys and tokens share one limit."""
    limiter: RateLimiter | None = request.app.state.connection_limiter
    wait = limiter.take(str(connection_id)) if limiter is not None else 0
    if wait:
        limit: int = request.app.state.connection_rate
        seconds = max(1, math.ceil(wait - 1e-6))
        raise TooManyRequests("too_many_requests", "Too many requests. Please wait a little.", seconds, limit=limit)


async def _find_caller(request: Request, token: str | None) -> Caller | None:
    if token is None:
        return None
    ctx: _HasDatabaseAndClock = request.app.state.context
    now = ctx.clock.now()

    def read(session: Session) -> Caller | None:
        known = keys.find_owner(session, digest(token), now)
        if known is None or known.owner is not KeyOwner.CONNECTION:
            return None
        row = session.get(ConnectionRow, known.owner_id)
        if row is None:
            return None
        if row.state == ConnectionState.DISABLED:
            raise Forbidden("connection_disabled", "This connection is switched off.")
        return Caller(row.id, row.is_test, known.scopes)

    return await ctx.db.read(read)


class _HasDatabaseAndClock(Protocol):
    """The part of the context that an audience needs."""

    @property
    def db(self) -> Database: ...

    @property
    def clock(self) -> Clock: ...


@cache
def needs(scope: Scope) -> ConnectionCaller:
    """Return the audience of connections with this scope."""
    return ConnectionCaller(scope)


anyone = Anyone()
code_holder = CodeHolder()
receipt_holder = ReceiptHolder()
token_holder = TokenHolder()
candidate = Candidate()
maker = ConnectionMaker()
operator = Operator()
raiser = Raiser()

Anonymous = Annotated[None, Depends(anyone)]
ManageToken = Annotated[str, Depends(candidate)]


async def _manage_digest(token: ManageToken) -> bytes:
    return digest(token)


ManageDigest = Annotated[bytes, Depends(_manage_digest)]


async def context_of(request: Request) -> Context:
    """Return the context of the application that serves `request`."""
    return cast(Context, request.app.state.context)


In = Annotated[Context, Depends(context_of)]
