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
    """The system at the other end."""
    is_test: bool = False
    """Whether the connection is for tests: it sends no mail, and its time can be moved."""
    settings: ConnectionSettings
    """How the employer treats its candidates."""
    credentials: Credentials | None = None
    """What Debrief signs in to the native system with. It is never shown again."""

    _known_timezone = field_validator("settings")(check_timezone)


class ConnectionPatch(Input):
    """What is to be otherwise: all settings, or new credentials."""

    settings: ConnectionSettings | None = None
    """All settings; they replace the present ones."""
    credentials: Credentials | None = None
    """New credentials; they replace the present ones."""

    @field_validator("settings")
    @classmethod
    def _known_timezone(cls, value: ConnectionSettings | None) -> ConnectionSettings | None:
        return None if value is None else check_timezone(value)


class ApiKeyCreate(Input):
    """A new key. Those until now work for another day (those replaced before no more), end `now`, or `never`."""

    scopes: Scopes = tuple(Scope)
    """What the key may be used for."""
    retire: Literal["in_a_day", "now", "never"] = "in_a_day"
    """When the older keys end. With `in_a_day`, keys that were replaced before end at once."""


class ApiKey(Output):
    """A key as it can be shown afterwards: by its beginning."""

    id: UUID
    """The id."""
    hint: str
    """The beginning of the key, to recognise it."""
    scopes: list[Scope]
    """What the key may be used for."""
    created_on: date
    """The day on which it was made."""
    ends_at: datetime | None
    """When the key ends; null for no end."""


class ApiKeyCreated(ApiKey):
    """A key just made: shown this once."""

    key: str
    """The key. It is shown this once."""


class ConnectionShown(Output):
    """A connection. `wired` has the events that came, with the last day of each."""

    id: UUID
    """The id."""
    provider: Provider
    """The system at the other end."""
    state: ConnectionState
    """The life of the connection."""
    is_test: bool
    """Whether the connection is for tests."""
    settings: ConnectionSettings
    """How the employer treats its candidates."""
    has_credentials: bool
    """Whether credentials for the native system are stored."""
    hook_url: str
    """Where the other system sends its webhooks."""
    wired: dict[str, date]
    """The events that came, with the last day of each."""
    api_keys: list[ApiKey]
    """The keys of the connection."""
    created_on: date
    """The day on which it was made."""


class ConnectionMade(ConnectionShown):
    """A connection just made: its key, and the secret of its webhook, are shown this once."""

    key: str
    """The first key of the connection (`dk_…`). It is shown this once."""
    hook_secret: str
    """The secret that signs the messages of the webhook. It is shown this once."""


class Connections(Output):
    """A page of connections."""

    data: list[ConnectionShown]
    """The connections of this page."""
    next_cursor: str | None
    """Pass this as `cursor` to get the next page; null on the last page."""


class HookSecretRotated(Output):
    """A new secret of the webhook, shown this once; the one until now is taken for another day."""

    hook_secret: str
    """The secret that signs the messages of the webhook. It is shown this once."""


class ConnectionFinding(Output):
    """Something missing, or too much."""

    code: str
    """A stable code, for machines."""
    message: str
    """What to do about it; it may change."""


class ConnectionTested(Output):
    """What a look at a connection found. `ok` if nothing stands in the way."""

    ok: bool
    """Whether nothing stands in the way."""
    missing: list[ConnectionFinding]
    """What the connection lacks."""
    too_much: list[ConnectionFinding]
    """Permissions that the connection does not need."""


class ConnectionSetUp(Output):
    """The events for which the other system made no webhook; empty if all is well."""

    failed: list[str]
    """The events for which the other system made no webhook; empty if all is well."""


class InboundMessage(Output):
    """A message that came: what it was about and what came of it, never what it said."""

    id: UUID
    """The id."""
    event_type: str | None
    """The type that the message named; null if it could not be read."""
    application_remote_id: str | None
    """The application that the message was about."""
    outcome: str | None
    """What Debrief did with the message; null while it waits."""
    received_on: date
    """The day on which it came."""


class ReplayAccepted(Output):
    """The application that a message was about will be looked at again soon, in its own system."""

    application_remote_id: str
    """The application that Debrief reads again."""


class InboundMessages(Output):
    """A page of messages."""

    data: list[InboundMessage]
    """The messages of this page."""
    next_cursor: str | None
    """Pass this as `cursor` to get the next page; null on the last page."""


class ConnectionNotice(Output):
    """Something that an administrator should know."""

    id: UUID
    """The id."""
    code: str
    """What happened, for machines."""
    application_remote_id: str | None
    """The application that it is about, if any."""
    noted_on: date
    """The day on which it happened."""


class ConnectionNotices(Output):
    """A page of notices."""

    data: list[ConnectionNotice]
    """The notices of this page."""
    next_cursor: str | None
    """Pass this as `cursor` to get the next page; null on the last page."""


def key_shown(row: ApiKeyRow) -> ApiKey:
    """Return a key as it can be shown."""
    return ApiKey(
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
