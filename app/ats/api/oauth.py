"""OAuth 2 client credentials (RFC 6749, 4.4), for systems that can't send a key with each call."""

import base64
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote_plus
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.accounts import connections, keys
from app.accounts.auth import In, anyone
from app.accounts.rules import ConnectionState, KeyOwner, Scope, TokenKind
from app.context import Context
from app.core.errors import Unknown
from app.core.problems import responses
from app.core.schemas import Output
from app.core.tokens import digest

router = APIRouter(prefix="/v1/oauth", tags=["connections"], route_class=APIRoute)

_FORM = "application/x-www-form-urlencoded"


class AccessToken(Output):
    """An access token (RFC 6749, 5.1)."""

    access_token: str
    """The token (`da_…`): send it as `Authorization: Bearer`."""
    token_type: Literal["Bearer"]
    """Always `Bearer`."""
    expires_in: int
    """Seconds until the token expires."""
    scope: str
    """The scopes of the token, separated by spaces."""


class AccessTokenRefused(Output):
    """An error of the token endpoint (RFC 6749, 5.2)."""

    error: Literal["invalid_request", "invalid_client", "unsupported_grant_type", "invalid_scope"]
    """The error code, for machines."""
    error_description: str
    """The error, for people."""


class _Refusal(Exception):
    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.answer = {"error": error, "error_description": description}
        self.status = status


@router.post(
    "/token",
    operation_id="create_access_token",
    summary="Exchange a key for an access token",
    response_model=AccessToken,
    dependencies=[Depends(anyone)],
    responses={
        400: {"model": AccessTokenRefused, "description": "The request is invalid."},
        401: {"model": AccessTokenRefused, "description": "The client is unknown."},
        **responses(413, 429, 503),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                _FORM: {
                    "schema": {
                        "type": "object",
                        "required": ["grant_type"],
                        "properties": {
                            "grant_type": {"type": "string", "enum": ["client_credentials"]},
                            "client_id": {"type": "string", "description": "The id of the connection."},
                            "client_secret": {"type": "string", "description": "A key of the connection."},
                            "scope": {
                                "type": "string",
                                "description": "Some of the scopes of the key, to restrict the token.",
                            },
                        },
                    }
                }
            },
        }
    },
)
async def create_access_token(request: Request, ctx: In) -> Response:
    """Return an access token that is valid for an hour. The client id is the id of the connection, the client secret is
    one of its keys. Send both with Basic or in the body.

    Keep the token for its hour: an address that calls too often gets 429 with `Retry-After`, with any secret.
    """
    try:
        token = await ctx.db.write(_grant, ctx, _read(request.headers, await request.body()))
    except _Refusal as refusal:
        headers = {"WWW-Authenticate": 'Basic realm="Debrief"'} if refusal.status == 401 else {}
        return _json(AccessTokenRefused.model_validate(refusal.answer), refusal.status, headers)
    return _json(token, 200, {})


def _json(content: BaseModel, status: int, headers: dict[str, str]) -> Response:
    kept = {"Cache-Control": "no-store", "Pragma": "no-cache", **headers}
    return Response(content.model_dump_json(), status, headers=kept, media_type="application/json")


def _read(headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    """Return the form fields, with the client of a Basic header among them."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise _Refusal("invalid_request", "Send the fields as a form.")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=20)
    except ValueError:
        raise _Refusal("invalid_request", "The form can't be read.") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _Refusal("invalid_request", "A field occurs twice.")
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        if "client_secret" in fields:
            raise _Refusal("invalid_request", "Send the client in the header or in the body, not in both.")
        try:
            user, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
        except ValueError:
            raise _unknown_client() from None
        fields |= {"client_id": unquote_plus(user), "client_secret": unquote_plus(password)}
    return fields


def _grant(session: Session, ctx: Context, fields: Mapping[str, Any]) -> AccessToken:
    if "grant_type" not in fields:
        raise _Refusal("invalid_request", "grant_type is missing.")
    if fields["grant_type"] != "client_credentials":
        raise _Refusal("unsupported_grant_type", "Only client_credentials is supported.")
    now = ctx.clock.now()
    known = keys.find_owner(session, digest(fields.get("client_secret", "")), now)
    try:
        client = UUID(fields.get("client_id", ""))
        row = connections.find(session, client)
    except (ValueError, Unknown):
        raise _unknown_client() from None
    mine = known is not None and known.owner is KeyOwner.CONNECTION and known.owner_id == row.id
    if known is None or not mine or known.is_access_token or row.state == ConnectionState.DISABLED:
        raise _unknown_client()
    scopes = _narrowed(known.scopes, fields.get("scope", ""))
    # The tokens of a replaced key expire with it. Otherwise a token from its last minute would outlive it.
    begins_at = int(now.timestamp())
    ends_at = min(begins_at + keys.ACCESS_SECONDS, known.ends_at or begins_at + keys.ACCESS_SECONDS)
    _, token = keys.add(session, TokenKind.ACCESS, KeyOwner.CONNECTION, row.id, scopes, now, ends_at=ends_at)
    return AccessToken(
        access_token=token,
        token_type="Bearer",  # noqa: S106  # A kind of token, and none.
        expires_in=ends_at - begins_at,
        scope=" ".join(sorted(scopes)),
    )


def _narrowed(held: frozenset[Scope], wished: str) -> frozenset[Scope]:
    if not wished.strip():
        return held
    named = set(wished.split())
    if not named <= {scope.value for scope in held}:
        raise _Refusal("invalid_scope", "The key lacks this scope.")
    return frozenset(Scope(one) for one in named)


def _unknown_client() -> _Refusal:
    return _Refusal("invalid_client", "This client is unknown.", 401)
