"""Tables of sealed records: an owner and a ciphertext, and no other column.

No time, serial, foreign key, default or trigger: each of those has linked people to answers in other systems. On SQLite
these tables have a rowid, which tells the order in which rounds were opened. The table `rounds` tells that too.
"""

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.core.models import Base


class BoxRow(Base):
    """The box of an unfinished round."""

    __tablename__ = "boxes"

    round_id: Mapped[UUID] = mapped_column(primary_key=True)
    ct: Mapped[bytes]


class ManagerBoxRow(Base):
    """The hiring manager's link of a request."""

    __tablename__ = "manager_boxes"

    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    ct: Mapped[bytes]


class LinkCopyRow(Base):
    """The links that were handed over for a round, or for a request's manager. Only their recipient can open it."""

    __tablename__ = "link_copies"

    owner: Mapped[UUID] = mapped_column(primary_key=True)
    ct: Mapped[bytes]


class DialogueBoxRow(Base):
    """The people asked in a released round, who all read a reply, and pending effects. It does not say who answered."""

    __tablename__ = "dialogue_boxes"

    round_id: Mapped[UUID] = mapped_column(primary_key=True)
    ct: Mapped[bytes]
