"""Lever webhook set-up. Lever shows the token that signs a webhook only once, so each is stored at once."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import connections
from app.ats.connector import AtsClient
from app.ats.lever import client
from app.context import Context


async def create_webhooks(ctx: Context, http: AtsClient, connection_id: UUID, hook_url: str) -> tuple[str, ...]:
    """Create the webhooks in Lever for `hook_url`, and store each token before the next webhook is created.

    Return the events for which Lever created no webhook or returned no token. Raises Refused, Busy, Unreadable,
    Unknown.
    """
    given = await ctx.db.look(_credentials, connection_id, ctx.vault_key)
    failed = []
    async for event, token in client.create_webhooks(http, given, hook_url):
        if token is None:
            failed.append(event)
        else:
            await ctx.db.write(_store_token, connection_id, token, ctx.vault_key)
    return tuple(failed)


def _credentials(session: Session, connection_id: UUID, vault_key: bytes) -> dict[str, str]:
    return connections.credentials(connections.find(session, connection_id), vault_key) or {}


def _store_token(session: Session, connection_id: UUID, token: str, vault_key: bytes) -> None:
    row = connections.find(session, connection_id, lock=True)
    given = connections.credentials(row, vault_key) or {}
    # Older Lever accounts have one token for all webhooks: store it once.
    tokens = dict.fromkeys([*given.get("signature_tokens", "").split(), token])
    connections.keep_credentials(row, {**given, "signature_tokens": " ".join(tokens)}, vault_key)
