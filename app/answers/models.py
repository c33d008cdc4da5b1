"""What the candidate may read."""

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.core.models import Base


class AnswerRow(Base):
    """One answer. No person, time, serial or foreign key; `body` has no constraint that could print it into a log.

    Sealed answers are written once, at release, in the order of their random ids. On SQLite the table has no rowid,
    which would keep the order of writing.
    """

    __tablename__ = "answers"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    round_id: Mapped[UUID] = mapped_column(index=True)
    body: Mapped[str]


class MailboxRow(Base):
    """The way back from a receipt to the answer that it was made for. Written with the answers, in the order of `tag`.

    `tag` is a keyed hash: whoever has the table can open no mailbox with it.
    """

    __tablename__ = "mailboxes"
    __table_args__ = ({"sqlite_with_rowid": False},)

    tag: Mapped[bytes] = mapped_column(primary_key=True)
    answer_id: Mapped[UUID]
