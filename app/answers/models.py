"""Tables of released answers, of the replies to them, and of mailboxes, which lead from a receipt to an answer."""

from typing import Any
from uuid import UUID

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.models import Base


class AnswerRow(Base):
    """One answer: no person, time, serial or foreign key. `body` has no constraint, whose error could log its content.

    Sealed answers are inserted once, at release, in the order of their random ids. The SQLite table has no rowid, which
    would keep the order of insertion.
    """

    __tablename__ = "answers"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    round_id: Mapped[UUID] = mapped_column(index=True)
    body: Mapped[str]


class MailboxRow(Base):
    """The way from a receipt to its answer. Inserted with the answers, in the order of `tag`.

    `tag` is a keyed hash, so that the table alone opens no mailbox.
    """

    __tablename__ = "mailboxes"
    __table_args__ = ({"sqlite_with_rowid": False},)

    tag: Mapped[bytes] = mapped_column(primary_key=True)
    answer_id: Mapped[UUID]


class ReplyRow(Base):
    """The candidate's one reply to a concern: in clear and without a time, like the answer that it belongs to."""

    __tablename__ = "clarifications"
    __table_args__ = ({"sqlite_with_rowid": False},)

    concern_id: Mapped[UUID] = mapped_column(primary_key=True)
    round_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str]
    by_month: Mapped[str | None] = mapped_column(String(7))
    links: Mapped[list[Any]] = mapped_column(JSON)


class EffectRow(Base):
    """What a reply changed. `by` is a kind of person, never a person; each kind records one effect per concern.

    The effects that authors and others of the panel record are inserted once a day, in the order of the concerns' ids.
    """

    __tablename__ = "effects"
    __table_args__ = ({"sqlite_with_rowid": False},)

    concern_id: Mapped[UUID] = mapped_column(primary_key=True)
    by: Mapped[str] = mapped_column(String(8), primary_key=True)
    round_id: Mapped[UUID] = mapped_column(index=True)
    body: Mapped[str]
