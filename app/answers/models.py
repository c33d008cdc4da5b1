"""Tables of released answers, and of mailboxes, which lead from a receipt to an answer."""

from uuid import UUID

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
