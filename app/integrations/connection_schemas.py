"""What travels to and from connections, by their operator or vendor."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from app.accounts import connections
from app.accounts.models import ApiKeyRow, ConnectionRow
from app.accounts.rules import ConnectionSettings, ConnectionState, Provider, Scope
from app.core.schemas import AtMost, Input, Output

Credential = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
Credentials = Annotated[dict[Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,64}$")], Credential], AtMost(64)]
Scopes = Annotated[tuple[Scope, ...], Field(min_length=1), AtMost(len(Scope))]


def check_timezone(settings: ConnectionSettings) -> ConnectionSettings:
    """Return settings whose time zone is one that is known. Raises PydanticCustomError."""
    try:
        ZoneInfo(settings.timezone)
    except (KeyError, ValueError, OSError):
        raise PydanticCustomError("unknown_timezone", "A time zone is written like Europe/Berlin.") from None
    return settings


class ConnectionCreate(Input):
    """A connection to be made. `credentials` are what we are known by in a native system; they are shown to nobody."""

    provider: Provider = Provider.NEUTRAL
    is_test: bool = False
    settings: ConnectionSettings
    credentials: Credentials | None = None

    _known_timezone = field_validator("settings")(check_timezone)


class ConnectionPatch(Input):
    """What is to be otherwise: all settings, or new credentials."""

    settings: ConnectionSettings | None = None
    credentials: Credentials | None = None

    @field_validator("settings")
    @classmethod
    def _known_timezone(cls, value: ConnectionSettings | None) -> ConnectionSettings | None:
        return None if value is None else check_timezone(value)


class KeyCreate(Input):
    """A new key. Those until now work for another day (those replaced before no more), end `now`, or `never`."""

    scopes: Scopes = tuple(Scope)
    retire: Literal["in_a_day", "now", "never"] = "in_a_day"


class KeyShown(Output):
    """A key as it can be shown afterwards: by its beginning."""

    id: UUID
    hint: str
    scopes: list[Scope]
    created_on: date
    ends_at: datetime | None


class KeyMade(KeyShown):
    """A key just made: shown this once."""

    key: str


class ConnectionShown(Output):
    """A connection. `wired` has the events that came, with the last day of each."""

    id: UUID
    provider: Provider
    state: ConnectionState
    is_test: bool
    settings: ConnectionSettings
    has_credentials: bool
    hook_url: str
    wired: dict[str, date]
    api_keys: list[KeyShown]
    created_on: date


class ConnectionMade(ConnectionShown):
    """A connection just made: its key, and the secret of its webhook, are shown this once."""

    key: str
    hook_secret: str


class Connections(Output):
    """A page of connections."""

    data: list[ConnectionShown]
    next_cursor: str | None


class SecretRotated(Output):
    """A new secret of the webhook, shown this once; the one until now is taken for another day."""

    hook_secret: str


class Finding(Output):
    """Something missing, or too much."""

    code: str
    message: str


class ConnectionTested(Output):
    """What a look at a connection found. `ok` if nothing stands in the way."""

    ok: bool
    missing: list[Finding]
    too_much: list[Finding]


class ConnectionSetUp(Output):
    """The events for which the other system made no webhook; empty if all is well."""

    failed: list[str]


class InboundShown(Output):
    """A message that came: what it was about and what came of it, never what it said."""

    id: UUID
    event_type: str | None
    application_remote_id: str | None
    outcome: str | None
    received_on: date


class LookedAgain(Output):
    """The application that a message was about will be looked at again soon, in its own system."""

    application_remote_id: str


class Inbound(Output):
    """A page of messages."""

    data: list[InboundShown]
    next_cursor: str | None


class NoticeShown(Output):
    """Something that an administrator should know."""

    id: UUID
    code: str
    application_remote_id: str | None
    noted_on: date


class Notices(Output):
    """A page of notices."""

    data: list[NoticeShown]
    next_cursor: str | None


def key_shown(row: ApiKeyRow) -> KeyShown:
    """Return a key as it can be shown."""
    return KeyShown(
        id=row.id,
        hint=row.hint,
        scopes=[Scope(one) for one in row.scopes],
        created_on=row.created_on,
        ends_at=None if row.ends_at is None else datetime.fromtimestamp(row.ends_at, UTC),
    )


def connection_shown(row: ConnectionRow, keys: Sequence[ApiKeyRow], base_url: str) -> ConnectionShown:
    """Return a connection as it can be shown."""
    return ConnectionShown(
        id=row.id,
        provider=Provider(row.provider),
        state=ConnectionState(row.state),
        is_test=row.is_test,
        settings=connections.settings_of(row),
        has_credentials=row.credentials is not None,
        hook_url=f"{base_url}/v1/hooks/{row.provider}/{row.id}",
        wired={name: date.fromisoformat(day) for name, day in row.wired.items()},
        api_keys=[key_shown(one) for one in keys],
        created_on=row.created_on,
    )
