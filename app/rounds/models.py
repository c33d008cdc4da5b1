"""Tables of rounds, of the days of ticks, and of the published keys of blind rounds."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.models import Base, one_of
from app.rounds.rules import CandidateHeldLinks, KBasis, OpenedBy, RoundState
from app.vocabulary.codes import Mode, Stage


class RoundRow(Base):
    """One round, without its answers. It has days and no hours, since an hour could be matched to an access log.

    No column changes when a person answers. `people` is how many were asked. `briefing` repeats what those asked read
    about the request, so that answering needs no other table. A blind round has a `public_key`, which never changes
    and is the same for everyone; it takes claims through `claim_until`, and answers after that day.
    """

    __tablename__ = "rounds"
    __table_args__ = (
        one_of("stage", Stage),
        one_of("mode", Mode),
        one_of("state", RoundState),
        one_of("k_basis", KBasis),
        one_of("held", CandidateHeldLinks),
        one_of("opened_by", OpenedBy),
        CheckConstraint("k >= 1 AND k <= people", name="k"),
        Index("ix_rounds_state_id", "state", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(index=True)
    stage: Mapped[str] = mapped_column(String(20))
    mode: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))
    k: Mapped[int]
    k_basis: Mapped[str] = mapped_column(String(12))
    held: Mapped[str] = mapped_column(String(8))
    opened_by: Mapped[str] = mapped_column(String(12))
    people: Mapped[int]
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    released_on: Mapped[date | None]
    below_threshold: Mapped[bool] = mapped_column(default=False)
    participation: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    briefing: Mapped[dict[str, Any]] = mapped_column(JSON)
    claim_until: Mapped[date | None]
    public_key: Mapped[bytes | None]

    @property
    def is_team_answer(self) -> bool:
        """Whether this is the round of a team's own answer. The candidate sees no round until that answer shows."""
        return self.opened_by == OpenedBy.MANAGER and self.mode == Mode.ATTRIBUTED


class TickRow(Base):
    """A day on which a tick ran. A clock that has gone wrong is recognised by it."""

    __tablename__ = "ticks"

    day: Mapped[date] = mapped_column(primary_key=True)


class PublishedKeyRow(Base):
    """A digest of a blind round and its key, published with the day. It outlives the round."""

    __tablename__ = "published_keys"
    __table_args__ = ({"sqlite_with_rowid": False},)

    day: Mapped[date] = mapped_column(primary_key=True)
    entry: Mapped[bytes] = mapped_column(primary_key=True)
