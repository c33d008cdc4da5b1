"""Tables of the outbox, suppressed addresses, daily counts and mails of test connections."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.leases import Leased
from app.core.models import Base, one_of


class OutboxState(StrEnum):
    """The life of a row. `sent` includes mails that a suppression has skipped: nobody learns which."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
    CANCELLED = "cancelled"


class Hold(StrEnum):
    """What a waiting row waits for, besides its day.

    `confirmation`: until the candidate has confirmed their address. `day`: until a tick releases all rows of the group
    at once. `outcome`: until the round or offer ends in a certain way. `pause`: while its request is paused.
    """

    CONFIRMATION = "confirmation"
    DAY = "day"
    OUTCOME = "outcome"
    PAUSE = "pause"


class OutboxRow(Leased, Base):
    """One side effect to carry out. Only values that all rows of its group share are in clear.

    `group_id` is the request, round or application that the row belongs to. `payload` is sealed under the key named by
    `key_purpose` and `key_owner`, and padded to one length; rows without a key have no payload. Moments (`next_try`,
    `leased_until`, in seconds since 1970) exist while a row is being tried, and are wiped with the payload.

    On SQLite without row numbers, which would reveal the order in which rows were written.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        one_of("state", OutboxState),
        one_of("held_for", Hold),
        Index("ix_outbox_state_send_on", "state", "send_on"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    group_id: Mapped[UUID] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(12))
    held_for: Mapped[str | None] = mapped_column(String(16))
    send_on: Mapped[date]
    next_try: Mapped[int | None] = mapped_column(BigInteger)
    last_error: Mapped[str | None] = mapped_column(String(40))
    key_purpose: Mapped[str | None] = mapped_column(String(12))
    key_owner: Mapped[UUID | None]
    payload: Mapped[bytes]


class SuppressionRow(Base):
    """A suppressed address, as an HMAC that cannot be reversed."""

    __tablename__ = "suppressions"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  # SQLAlchemy's way to say it.

    address_digest: Mapped[bytes] = mapped_column(primary_key=True)


class MailCountRow(Base):
    """The number of mails to an address on a day for one cause, under a keyed hash of these. Deleted the next day."""

    __tablename__ = "mail_counts"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  # SQLAlchemy's way to say it.

    recipient_digest: Mapped[bytes] = mapped_column(primary_key=True)
    counted_on: Mapped[date]
    mails: Mapped[int]


class TestMailRow(Base):
    """A mail of a test connection: stored to be read, never sent, deleted after two weeks."""

    __tablename__ = "test_mails"
    # pytest would collect a class of this name as tests.
    __test__ = False

    id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID] = mapped_column(ForeignKey("connections.id"), index=True)
    to: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    kept_on: Mapped[date]
