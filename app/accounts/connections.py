"""Connections of employers and vendors: make and find them, and keep their secrets and credentials."""

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

# How long a replaced secret is still accepted.
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
    """Store a connection. A neutral one is active at once; a native one becomes active with its first event."""
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


def name_domain(session: Session, domain: str) -> bool:
    """Tell whether an employer's connection names this domain as the employer's. Test connections do not count."""
    named = ConnectionRow.settings["company_domain"].as_string() == domain
    statement = select(ConnectionRow.id).where(
        named, ConnectionRow.is_test.is_(False), ConnectionRow.state != ConnectionState.DISABLED
    )
    return session.scalars(statement.limit(1)).first() is not None


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
    """Return the settings of a connection."""
    return ConnectionSettings.model_validate(row.settings)


def hook_secrets(row: ConnectionRow, vault_key: bytes, now: datetime) -> list[str]:
    """Return the secrets with which the ATS may sign now, newest first.

    Lever makes secrets itself, one for each webhook, and shows each once. They are among the credentials, as
    `signature_tokens` or, entered by an administrator, `signature_token`.
    """
    ours = [one.secret for one in _secrets(row, vault_key) if one.ends_at is None or one.ends_at > now.timestamp()]
    given = credentials(row, vault_key) or {}
    return ours + " ".join(given.get(name, "") for name in _SIGNATURE_TOKENS).split()


def rotate_hook_secret(row: ConnectionRow, secret: str, vault_key: bytes, now: datetime) -> None:
    """Add a new secret. The one before it is accepted for another day, older ones no longer.

    Secrets that cannot be decrypted are dropped: they must not block the new one.
    """
    ends_at = int((now + OVERLAP).timestamp())
    try:
        newest = _secrets(row, vault_key)[:1]
    except column_encryption.Locked:
        newest = []
    _keep_secrets(row, [LiveSecret(secret, None), *(LiveSecret(one.secret, ends_at) for one in newest)], vault_key)


def credentials(row: ConnectionRow, vault_key: bytes) -> dict[str, str] | None:
    """Return our credentials in the ATS, if they were given."""
    if row.credentials is None:
        return None
    found: dict[str, str] = json.loads(column_encryption.unlock(vault_key, _CREDENTIALS, row.id, row.credentials))
    return found


def keep_credentials(row: ConnectionRow, given: dict[str, str], vault_key: bytes) -> None:
    """Store our credentials in the ATS."""
    row.credentials = column_encryption.lock(vault_key, _CREDENTIALS, row.id, json.dumps(given).encode())


def change_credentials(row: ConnectionRow, given: dict[str, str], vault_key: bytes) -> None:
    """Replace our credentials in the ATS. Tokens that sign webhooks stay, unless `given` has others.

    Credentials that cannot be decrypted are lost: then only those given remain.
    """
    if not any(name in given for name in _SIGNATURE_TOKENS):
        try:
            old = credentials(row, vault_key) or {}
        except column_encryption.Locked:
            old = {}
        given = {**given, **{name: old[name] for name in _SIGNATURE_TOKENS if name in old}}
    keep_credentials(row, given, vault_key)


def record_event(row: ConnectionRow, name: str, today: date) -> None:
    """Record the day of an event of this name, and activate a connection that waits for its first event."""
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
class NewConnection:
    """A connection, with the key and the secret that are shown only now."""

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
) -> NewConnection:
    """Store a connection and its first key, which has all scopes."""
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
    return NewConnection(row, key_row, key, secret)


def settings_for(settings: ConnectionSettings, *, is_test: bool) -> ConnectionSettings:
    """Return the settings to store: in a test connection offers wait for nothing, unless `hold_hours` is set."""
    if is_test and "hold_hours" not in settings.model_fields_set:
        return settings.model_copy(update={"hold_hours": 0})
    return settings


def make_vendor(session: Session, name: str, now: datetime) -> tuple[VendorRow, str]:
    """Store a vendor; return it with its key, which is shown only now."""
    row = add_vendor(session, name, now.date())
    _, key = keys.add(session, TokenKind.VENDOR, KeyOwner.VENDOR, row.id, (), now)
    return row, key


def kind_of(row: ConnectionRow) -> TokenKind:
    """Return the kind of a connection's keys: those of test connections have their own prefix."""
    return TokenKind.TEST_CONNECTION if row.is_test else TokenKind.CONNECTION


def new_hook_secret(provider: Provider) -> str:
    """Return a new webhook secret: in the form of Standard Webhooks, or, for native ATSs, plain base64url."""
    if provider is Provider.NEUTRAL:
        return "whsec_" + base64.b64encode(randomness.token_bytes(32)).decode()
    return base64.urlsafe_b64encode(randomness.token_bytes(32)).decode().rstrip("=")
