"""The outbox, and the addresses that are never written to again."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.leases import Leased
from app.core.models import Base, one_of


class OutboxState(StrEnum):
    """The life of a row. `sent` also stands for "skipped, as the receiver wished": nobody learns which."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
    CANCELLED = "cancelled"


class Hold(StrEnum):
    """What a waiting row waits for, besides its day.

    `confirmation`: the candidate has not shown yet that the address they gave is theirs. `day`: a tick has to say that
    the day has come, for all rows of a group at once. `outcome`: it is written only if things end in a certain way.
    `pause`: what it belongs to is paused.
    """

    CONFIRMATION = "confirmation"
    DAY = "day"
    OUTCOME = "outcome"
    PAUSE = "pause"


class OutboxRow(Leased, Base):
    """One thing to do. In clear stands only what all rows of its group have in common.

    `group_id` is what it belongs to, and goes with. `payload` is sealed under the key named by `key_purpose` and
    `key_owner`, all of one length; rows without a key have no payload. Moments (`next_try`, `leased_until`, in seconds
    since 1970) exist while a row is being tried and are wiped with the payload when it is done.

    Without row numbers on SQLite: the order in which rows were written is nobody's business.
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
    """Somebody who wants no more mail: an HMAC of the address, which nobody can read back."""

    __tablename__ = "suppressions"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  # SQLAlchemy's way to say it.

    address_digest: Mapped[bytes] = mapped_column(primary_key=True)


class MailCountRow(Base):
    """How many mails went to an address on a day, for one cause: a keyed hash of these, gone with the day."""

    __tablename__ = "mail_counts"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  # SQLAlchemy's way to say it.

    recipient_digest: Mapped[bytes] = mapped_column(primary_key=True)
    counted_on: Mapped[date]
    mails: Mapped[int]


class TestMailRow(Base):
    """A mail of a test connection: kept to be looked at, never sent. Gone after two weeks."""

    __tablename__ = "test_mails"
    # pytest takes classes of this name for tests.
    __test__ = False

    id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID] = mapped_column(ForeignKey("connections.id"), index=True)
    to: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    kept_on: Mapped[date]
