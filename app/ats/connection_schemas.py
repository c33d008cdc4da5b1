"""Request and response bodies of the connection routes."""

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
    """Return `settings` if their time zone exists. Raises PydanticCustomError."""
    try:
        ZoneInfo(settings.timezone)
    except (KeyError, ValueError, OSError):
        raise PydanticCustomError("unknown_timezone", "Write a time zone like Europe/Berlin.") from None
    return settings


class ConnectionCreate(Input):
    """A new connection. Debrief signs in to a native system with `credentials` and never shows them."""

    provider: Provider = Provider.NEUTRAL
    """The system at the other end."""
    is_test: bool = False
    """Whether the connection is for tests: it sends no mail, and its clock can be moved."""
    settings: ConnectionSettings
    """How the employer treats its candidates."""
    credentials: Credentials | None = None
    """The credentials with which Debrief signs in to the native system. They are never shown."""

    _known_timezone = field_validator("settings")(check_timezone)


class ConnectionPatch(Input):
    """A change of a connection: all settings, or new credentials."""

    settings: ConnectionSettings | None = None
    """All settings; they replace the present ones."""
    credentials: Credentials | None = None
    """New credentials; they replace the present ones."""

    @field_validator("settings")
    @classmethod
    def _known_timezone(cls, value: ConnectionSettings | None) -> ConnectionSettings | None:
        return None if value is None else check_timezone(value)


class ApiKeyCreate(Input):
    """A new key. `retire` says when older keys expire: in a day, now, or never."""

    scopes: Scopes = tuple(Scope)
    """What the key may be used for."""
    retire: Literal["in_a_day", "now", "never"] = "in_a_day"
    """When the older keys expire. With `in_a_day`, keys that were replaced before expire at once."""


class ApiKey(Output):
    """A key, identified by its beginning."""

    id: UUID
    """The id."""
    hint: str
    """The beginning of the key, to recognise it."""
    scopes: list[Scope]
    """What the key may be used for."""
    created_on: date
    """The day on which it was made."""
    ends_at: datetime | None
    """When the key expires; null if it does not."""


class ApiKeyCreated(ApiKey):
    """A new key. It is shown only now."""

    key: str
    """The key. It is shown only now."""


class ConnectionShown(Output):
    """A connection. `wired` lists the events that arrived, with the last day of each."""

    id: UUID
    """The id."""
    provider: Provider
    """The system at the other end."""
    state: ConnectionState
    """The state of the connection."""
    is_test: bool
    """Whether the connection is for tests."""
    settings: ConnectionSettings
    """How the employer treats its candidates."""
    has_credentials: bool
    """Whether credentials for the native system are stored."""
    hook_url: str
    """Where the other system sends its webhooks."""
    wired: dict[str, date]
    """The events that arrived, with the last day of each."""
    api_keys: list[ApiKey]
    """The keys of the connection."""
    created_on: date
    """The day on which it was made."""


class ConnectionMade(ConnectionShown):
    """A new connection. Its key and the secret of its webhook are shown only now."""

    key: str
    """The first key of the connection (`dk_…`). It is shown only now."""
    hook_secret: str
    """The secret that signs the messages of the webhook. It is shown only now."""


class Connections(Output):
    """A page of connections."""

    data: list[ConnectionShown]
    """The connections of this page."""
    next_cursor: str | None
    """Pass this as `cursor` to get the next page; null on the last page."""


class HookSecretRotated(Output):
    """A new webhook secret, shown only now. The previous one stays valid for a day."""

    hook_secret: str
    """The secret that signs the messages of the webhook. It is shown only now."""


class ConnectionFinding(Output):
    """A missing or excessive setting, key or permission."""

    code: str
    """A stable code, for machines."""
    message: str
    """What to do about it; it may change."""


class ConnectionTested(Output):
    """The result of a connection check. `ok` is true if both lists are empty."""

    ok: bool
    """Whether the check found no problem."""
    missing: list[ConnectionFinding]
    """What the connection lacks."""
    too_much: list[ConnectionFinding]
    """Keys and permissions that the connection does not need."""


class ConnectionSetUp(Output):
    """The result of a webhook set-up."""

    failed: list[str]
    """The events for which the other system created no webhook; empty on success."""


class InboundMessage(Output):
    """An inbound message: its subject and its outcome, never its content."""

    id: UUID
    """The id."""
    event_type: str | None
    """The type that the message named; null if it could not be read."""
    application_remote_id: str | None
    """The application that the message was about."""
    outcome: str | None
    """The action that Debrief took; null while the message is pending."""
    received_on: date
    """The day on which it arrived."""


class ReplayAccepted(Output):
    """Debrief will soon read the application again from its own system."""

    application_remote_id: str
    """The application that Debrief reads again."""


class InboundMessages(Output):
    """A page of messages."""

    data: list[InboundMessage]
    """The messages of this page."""
    next_cursor: str | None
    """Pass this as `cursor` to get the next page; null on the last page."""


class ConnectionNotice(Output):
    """A notice for the administrator of a connection."""

    id: UUID
    """The id."""
    code: str
    """The type of the notice, for machines."""
    application_remote_id: str | None
    """The application concerned, if any."""
    noted_on: date
    """The day on which it happened."""


class ConnectionNotices(Output):
    """A page of notices."""

    data: list[ConnectionNotice]
    """The notices of this page."""
    next_cursor: str | None
    """Pass this as `cursor` to get the next page; null on the last page."""


def key_shown(row: ApiKeyRow) -> ApiKey:
    """Return the API representation of a key."""
    return ApiKey(
        id=row.id,
        hint=row.hint,
        scopes=[Scope(one) for one in row.scopes],
        created_on=row.created_on,
        ends_at=None if row.ends_at is None else datetime.fromtimestamp(row.ends_at, UTC),
    )


def connection_shown(row: ConnectionRow, keys: Sequence[ApiKeyRow], base_url: str) -> ConnectionShown:
    """Return the API representation of a connection."""
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
