"""Connections, the vendors who make them, and the keys of both."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.rules import ConnectionState, KeyOwner, Provider
from app.core.models import Base, one_of


class VendorRow(Base):
    """Who makes a system that many employers use: its key makes connections for its customers, and sees only those."""

    __tablename__ = "vendors"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    created_on: Mapped[date]


class ConnectionRow(Base):
    """One employer's account in an applicant tracking system.

    `settings` is a `ConnectionSettings`. `hook_secrets` and `credentials` are encrypted
    (`app.core.column_encryption`): the secrets by which we know the other system, newest first, and our credentials
    there. `wired` maps the names of received events to the last day of each: an administrator looks at it when a
    webhook made by hand does not work.
    `reconciled_to` is how far what has changed over there was read: seconds since 1970.
    """

    __tablename__ = "connections"
    __table_args__ = (one_of("provider", Provider), one_of("state", ConnectionState))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    is_test: Mapped[bool]
    vendor_id: Mapped[UUID | None] = mapped_column(ForeignKey("vendors.id"), index=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    hook_secrets: Mapped[bytes]
    credentials: Mapped[bytes | None]
    wired: Mapped[dict[str, Any]] = mapped_column(JSON)
    reconciled_to: Mapped[int | None] = mapped_column(BigInteger)
    created_on: Mapped[date]


class ApiKeyRow(Base):
    """A key, or an access token got with one: its digest only. `hint` is its beginning, by which keys are told apart.

    Two live at once while one is replaced by the next: the older then has a moment at which it ends, in seconds since
    1970.
    """

    __tablename__ = "api_keys"
    __table_args__ = (one_of("owner", KeyOwner),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(12))
    owner_id: Mapped[UUID] = mapped_column(index=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    hint: Mapped[str] = mapped_column(String(16))
    scopes: Mapped[list[Any]] = mapped_column(JSON)
    is_access_token: Mapped[bool]
    created_on: Mapped[date]
    ends_at: Mapped[int | None] = mapped_column(BigInteger)
