"""Connections: what an employer's or a vendor's system may do here, and the secrets by which it is known."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import keys
from app.accounts.models import ApiKeyRow, ConnectionRow, VendorRow
from app.accounts.rules import ConnectionSettings, ConnectionState, KeyOwner, Provider, Scope, TokenKind
from app.core import column_encryption, keyset, randomness
from app.core.errors import Unknown

# How long a secret that was replaced is still taken.
OVERLAP = timedelta(hours=24)
_HOOK_SECRETS = "connections.hook_secrets"
_CREDENTIALS = "connections.credentials"
_SIGNATURE_TOKENS = ("signature_tokens", "signature_token")


@dataclass(frozen=True)
class LiveSecret:
    """A secret of a webhook; `ends_at` in seconds since 1970, None for the newest."""

    secret: str
    ends_at: int | None


def create(
    session: Session,
    *,
    provider: Provider,
    settings: ConnectionSettings,
    is_test: bool,
    vendor_id: UUID | None,
    hook_secret: str,
    credentials: dict[str, str] | None,
    vault_key: bytes,
    today: date,
) -> ConnectionRow:
    """Store a connection. A neutral one is ready; a native one waits for its first event."""
    row = ConnectionRow(
        id=randomness.new_id(),
        provider=provider,
        state=ConnectionState.ACTIVE if provider is Provider.NEUTRAL else ConnectionState.PENDING_SETUP,
        is_test=is_test,
        vendor_id=vendor_id,
        settings=settings.model_dump(mode="json"),
        hook_secrets=b"",
        credentials=None,
        wired={},
        reconciled_to=None,
        created_on=today,
    )
    _keep_secrets(row, [LiveSecret(hook_secret, None)], vault_key)
    if credentials is not None:
        keep_credentials(row, credentials, vault_key)
    session.add(row)
    session.flush()
    return row


def find(session: Session, connection_id: UUID, *, vendor_id: UUID | None = None, lock: bool = False) -> ConnectionRow:
    """Return a connection; for a vendor, only its own. Raises Unknown."""
    row = session.get(ConnectionRow, connection_id, with_for_update=lock, populate_existing=lock)
    if row is None or (vendor_id is not None and row.vendor_id != vendor_id):
        raise Unknown("unknown_connection", "There is no such connection.")
    return row


def listed(
    session: Session, *, vendor_id: UUID | None = None, after: UUID | None = None, limit: int = 1000
) -> Sequence[ConnectionRow]:
    """Return connections in the order of their ids; for a vendor, only its own."""
    statement = select(ConnectionRow)
    if vendor_id is not None:
        statement = statement.where(ConnectionRow.vendor_id == vendor_id)
    return session.scalars(keyset.batch(statement, ConnectionRow.id, after, limit)).all()


def add_vendor(session: Session, name: str, today: date) -> VendorRow:
    """Store a vendor."""
    row = VendorRow(id=randomness.new_id(), name=name, created_on=today)
    session.add(row)
    session.flush()
    return row


def vendors(session: Session) -> Sequence[VendorRow]:
    """Return the vendors."""
    return session.scalars(select(VendorRow).order_by(VendorRow.name, VendorRow.id)).all()


def settings_of(row: ConnectionRow) -> ConnectionSettings:
    """Return how this employer wishes its candidates to be treated."""
    return ConnectionSettings.model_validate(row.settings)


def hook_secrets(row: ConnectionRow, vault_key: bytes, now: datetime) -> list[str]:
    """Return the secrets by which the other system is known now, newest first.

    Also those that the other system makes itself, one for each webhook, and tells once (`signature_tokens`; or one,
    as its administrator reads it there: `signature_token`).
    """
    ours = [one.secret for one in _secrets(row, vault_key) if one.ends_at is None or one.ends_at > now.timestamp()]
    given = credentials(row, vault_key) or {}
    return ours + " ".join(given.get(name, "") for name in _SIGNATURE_TOKENS).split()


def rotate_hook_secret(row: ConnectionRow, secret: str, vault_key: bytes, now: datetime) -> None:
    """Take a new secret; the one until now is taken for another day, older ones no more.

    One that can't be opened is no longer taken anyway, and must not stand in the way of the new one.
    """
    ends_at = int((now + OVERLAP).timestamp())
    try:
        newest = _secrets(row, vault_key)[:1]
    except column_encryption.Locked:
        newest = []
    _keep_secrets(row, [LiveSecret(secret, None), *(LiveSecret(one.secret, ends_at) for one in newest)], vault_key)


def credentials(row: ConnectionRow, vault_key: bytes) -> dict[str, str] | None:
    """Return what we are known by in the other system, if it was given."""
    if row.credentials is None:
        return None
    found: dict[str, str] = json.loads(column_encryption.unlock(vault_key, _CREDENTIALS, row.id, row.credentials))
    return found


def keep_credentials(row: ConnectionRow, given: dict[str, str], vault_key: bytes) -> None:
    """Keep what we are known by in the other system."""
    row.credentials = column_encryption.lock(vault_key, _CREDENTIALS, row.id, json.dumps(given).encode())


def change_credentials(row: ConnectionRow, given: dict[str, str], vault_key: bytes) -> None:
    """Replace what we are known by. Tokens that sign webhooks stay unless others are given: they are told only once.

    What can't be opened is lost, whatever is done here: then those given are all there are.
    """
    if not any(name in given for name in _SIGNATURE_TOKENS):
        try:
            until_now = credentials(row, vault_key) or {}
        except column_encryption.Locked:
            until_now = {}
        given = {**given, **{name: until_now[name] for name in _SIGNATURE_TOKENS if name in until_now}}
    keep_credentials(row, given, vault_key)


def note_event(row: ConnectionRow, name: str, today: date) -> None:
    """Note that an event of this name came: for whoever looks why a webhook made by hand does not work."""
    if row.wired.get(name) != today.isoformat():
        row.wired = {**row.wired, name: today.isoformat()}
    if row.state == ConnectionState.PENDING_SETUP:
        row.state = ConnectionState.ACTIVE


def _secrets(row: ConnectionRow, vault_key: bytes) -> list[LiveSecret]:
    stored = json.loads(column_encryption.unlock(vault_key, _HOOK_SECRETS, row.id, row.hook_secrets))
    return [LiveSecret(one["secret"], one["ends_at"]) for one in stored]


def _keep_secrets(row: ConnectionRow, secrets: Sequence[LiveSecret], vault_key: bytes) -> None:
    text = json.dumps([{"secret": one.secret, "ends_at": one.ends_at} for one in secrets])
    row.hook_secrets = column_encryption.lock(vault_key, _HOOK_SECRETS, row.id, text.encode())


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
    row = create(
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
    row = add_vendor(session, name, now.date())
    _, key = keys.add(session, TokenKind.VENDOR, KeyOwner.VENDOR, row.id, (), now)
    return row, key


def kind_of(row: ConnectionRow) -> TokenKind:
    """Return the kind of a connection's keys: those of tests can be told from all others."""
    return TokenKind.TEST_CONNECTION if row.is_test else TokenKind.CONNECTION


def new_hook_secret(provider: Provider) -> str:
    """Return a secret for a webhook: in the form of Standard Webhooks, or one that people paste into a field."""
    if provider is Provider.NEUTRAL:
        return "whsec_" + base64.b64encode(randomness.token_bytes(32)).decode()
    return base64.urlsafe_b64encode(randomness.token_bytes(32)).decode().rstrip("=")
