"""The tables of sealed records: an owner and a ciphertext, and on purpose nothing else.

No time, no serial, no foreign key, no default, no trigger: each of those has linked people to answers in other systems.
On SQLite they keep their rowid: it tells the order in which *rounds* were made, which `rounds` tells anyway.
"""

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.core.models import Base


class BoxRow(Base):
    """One round that is open."""

    __tablename__ = "boxes"

    round_id: Mapped[UUID] = mapped_column(primary_key=True)
    ct: Mapped[bytes]


class ManagerBoxRow(Base):
    """The hiring manager's link of a request."""

    __tablename__ = "manager_boxes"

    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    ct: Mapped[bytes]


class DialogueBoxRow(Base):
    """Who was asked in a released round, and nothing of who answered, so that all can be told of a clarification."""

    __tablename__ = "dialogue_boxes"

    round_id: Mapped[UUID] = mapped_column(primary_key=True)
    ct: Mapped[bytes]
