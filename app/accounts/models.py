"""Connections, the vendors who make them, and the keys of both."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.rules import ConnectionState, KeyOwner, Provider
from app.core.models import Base, one_of


class VendorRow(Base):
    """The maker of an ATS that many employers use. Its key makes connections for its customers, and sees only those."""

    __tablename__ = "vendors"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    created_on: Mapped[date]


class ConnectionRow(Base):
    """One employer's account in an applicant tracking system.

    `settings` is a `ConnectionSettings`. `hook_secrets` (the secrets with which the ATS signs, newest first) and
    `credentials` (ours in the ATS) are encrypted with `app.core.column_encryption`. `wired` maps the name of each
    received event to its last day, which helps an administrator whose webhook does not work. `reconciled_to`, in
    seconds since 1970: changes in the ATS were read up to this moment.
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
    """A key, or an access token got with one. Only the digest is stored, and the beginning of the key as `hint`.

    While a key is being replaced, two are valid: the older then ends at `ends_at`, in seconds since 1970.
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
