"""Webhook set-up through the API of the ATS, where it has one: Ashby and Lever."""

from collections.abc import Sequence
from contextlib import nullcontext
from uuid import UUID

import httpx
from sqlalchemy.orm import Session

from app.accounts import connections
from app.accounts.rules import Provider
from app.ats.ashby import client as ashby
from app.ats.connector import Busy, NotPermitted, Refused, Unreadable
from app.ats.lever import webhook_setup as lever
from app.ats.registry import CONNECTORS
from app.ats.sync import AtsGateway
from app.context import Context
from app.core.errors import Conflict, Unavailable


async def set_up(
    ctx: Context, connection_id: UUID, vendor_id: UUID | None, *, http: httpx.AsyncClient | None = None
) -> Sequence[str]:
    """Create the webhooks of a connection in its ATS. Return the events that failed. Safe to repeat.

    Raises Unknown, Unavailable, and Conflict: `set_up_by_hand`, `no_credentials`, `permission_missing` or
    `credentials_refused`.
    """

    def look(session: Session) -> tuple[Provider, dict[str, str] | None, str]:
        row = connections.find(session, connection_id, vendor_id=vendor_id)
        secret = connections.hook_secrets(row, ctx.vault_key, ctx.clock.now())[0]
        return Provider(row.provider), connections.credentials(row, ctx.vault_key), secret

    provider, credentials, secret = await ctx.db.read(look)
    if provider not in (Provider.ASHBY, Provider.LEVER):
        raise Conflict(
            "set_up_by_hand",
            "Debrief can't create the webhooks of this system. Create them by hand in the other system.",
        )
    if credentials is None:
        raise Conflict("no_credentials", "The connection has no credentials. Store them first.")
    url = f"{ctx.base_url}/v1/hooks/{provider}/{connection_id}"
    way = nullcontext(http) if http else httpx.AsyncClient(trust_env=False, follow_redirects=False)
    async with way as opened:
        client = AtsGateway(CONNECTORS, opened).client(ctx, connection_id)
        try:
            if provider is Provider.ASHBY:
                return await ashby.create_webhooks(client, credentials, url, secret)
            return await lever.create_webhooks(ctx, client, connection_id, url)
        except NotPermitted:
            raise Conflict(
                "permission_missing",
                "Our credentials may not create webhooks (Ashby: apiKeysWrite). Add it, or create them by hand.",
            ) from None
        except Refused:
            raise Conflict("credentials_refused", "The other system rejects our credentials.") from None
        except (Busy, Unreadable):
            raise Unavailable(
                "system_unavailable", "The other system does not respond right now. Try again later."
            ) from None
