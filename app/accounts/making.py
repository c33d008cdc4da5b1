"""Making a connection with its key: what API and command line share."""

import base64
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import connections, keys
from app.accounts.models import ApiKeyRow, ConnectionRow, VendorRow
from app.accounts.rules import ConnectionSettings, KeyOwner, Provider, Scope, TokenKind
from app.core import dice


@dataclass(frozen=True)
class Made:
    """A connection, with what is shown of it this once."""

    row: ConnectionRow
    key_row: ApiKeyRow
    key: str
    hook_secret: str


def make_connection(
    session: Session,
    *,
    provider: Provider,
    settings: ConnectionSettings,
    is_test: bool,
    vendor_id: UUID | None,
    credentials: dict[str, str] | None,
    vault_key: bytes,
    now: datetime,
) -> Made:
    """Store a connection, and its first key, which may do everything."""
    secret = new_hook_secret(provider)
    row = connections.create(
        session,
        provider=provider,
        settings=settings_for(settings, is_test=is_test),
        is_test=is_test,
        vendor_id=vendor_id,
        hook_secret=secret,
        credentials=credentials,
        vault_key=vault_key,
        today=now.date(),
    )
    key_row, key = keys.add(session, kind_of(row), KeyOwner.CONNECTION, row.id, tuple(Scope), now)
    return Made(row, key_row, key, secret)


def settings_for(settings: ConnectionSettings, *, is_test: bool) -> ConnectionSettings:
    """Return settings as they are kept: whoever tries things out waits for nothing, unless they ask for a hold."""
    if is_test and "hold_hours" not in settings.model_fields_set:
        return settings.model_copy(update={"hold_hours": 0})
    return settings


def make_vendor(session: Session, name: str, now: datetime) -> tuple[VendorRow, str]:
    """Store a vendor; return it with its key, which is shown this once."""
    row = connections.add_vendor(session, name, now.date())
    _, key = keys.add(session, TokenKind.VENDOR, KeyOwner.VENDOR, row.id, (), now)
    return row, key


def kind_of(row: ConnectionRow) -> TokenKind:
    """Return the kind of a connection's keys: those of tests can be told from all others."""
    return TokenKind.TEST_CONNECTION if row.is_test else TokenKind.CONNECTION


def new_hook_secret(provider: Provider) -> str:
    """Return a secret for a webhook: in the form of Standard Webhooks, or one that people paste into a field."""
    if provider is Provider.NEUTRAL:
        return "whsec_" + base64.b64encode(dice.token_bytes(32)).decode()
    return base64.urlsafe_b64encode(dice.token_bytes(32)).decode().rstrip("=")
