"""Making the webhooks of a connection in Lever, which tells the token that signs each of them once and never again."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import connections
from app.ats.connector import AtsClient
from app.ats.lever import client
from app.context import Context


async def wire(ctx: Context, http: AtsClient, connection_id: UUID, hook_url: str) -> tuple[str, ...]:
    """Have Lever send its events to `hook_url`, and keep each token before the next webhook is made.

    Returns the events for which Lever made no webhook, or told no token. Raises Refused, Busy, Unreadable, and Unknown.
    """
    given = await ctx.db.look(_credentials, connection_id, ctx.vault_key)
    failed = []
    async for event, token in client.set_up(http, given, hook_url):
        if token is None:
            failed.append(event)
        else:
            await ctx.db.write(_keep, connection_id, token, ctx.vault_key)
    return tuple(failed)


def _credentials(session: Session, connection_id: UUID, vault_key: bytes) -> dict[str, str]:
    return connections.credentials(connections.find(session, connection_id), vault_key) or {}


def _keep(session: Session, connection_id: UUID, token: str, vault_key: bytes) -> None:
    row = connections.find(session, connection_id, lock=True)
    given = connections.credentials(row, vault_key) or {}
    # No token twice, whatever Lever does in older accounts, which have one for all.
    tokens = dict.fromkeys([*given.get("signature_tokens", "").split(), token])
    connections.keep_credentials(row, {**given, "signature_tokens": " ".join(tokens)}, vault_key)
