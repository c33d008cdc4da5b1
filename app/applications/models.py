"""Applications as employers' systems tell of them, their offers, and what keeps repeats and erasures harmless."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.applications.dossier import ApplicationStatus
from app.applications.rules import OfferState, Uptake
from app.core.leases import Leased
from app.core.models import Base, one_of

# Ids of other systems: opaque, never parsed.
REMOTE_ID = 255


class ApplicationRow(Base):
    """One application. Who applied and who met them is in `dossier`, sealed under a key that dies with the application.

    In clear stands what has to be looked for: ids of the other system, how the application and its offer stand, days.
    `offer` is what the employer sees; `uptake` what the candidate made of it, who may have their code before its hour.
    `due_at`, in seconds since 1970, is when the offer may go out. `closes_on` is fixed with the offer: on that day its
    employer is told that it is over. `shares_state` is the candidate's consent that the employer sees more than that.
    `stirred`: something was told since, which what came of the offer has to follow. `codes` counts the mails with the
    code of one day, `codes_on`.
    """

    __tablename__ = "ats_applications"
    __table_args__ = (
        UniqueConstraint("connection_id", "remote_id"),
        one_of("status", ApplicationStatus),
        one_of("offer", OfferState),
        one_of("uptake", Uptake),
        Index("ix_ats_applications_offer_due_at", "offer", "due_at"),
        Index("ix_ats_applications_uptake_accept_until", "uptake", "accept_until"),
        Index("ix_ats_applications_stirred", "id", sqlite_where=text("stirred = 1"), postgresql_where=text("stirred")),
        Index("ix_ats_applications_connection_id_candidate_remote_id", "connection_id", "candidate_remote_id"),
        Index("ix_ats_applications_connection_id_closes_on", "connection_id", "closes_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID] = mapped_column(ForeignKey("connections.id"))
    remote_id: Mapped[str] = mapped_column(String(REMOTE_ID))
    candidate_remote_id: Mapped[str | None] = mapped_column(String(REMOTE_ID))
    job_remote_id: Mapped[str | None] = mapped_column(String(REMOTE_ID))
    status: Mapped[str | None] = mapped_column(String(12))
    offer: Mapped[str] = mapped_column(String(12))
    uptake: Mapped[str | None] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(String(24))
    due_at: Mapped[int | None] = mapped_column(BigInteger)
    released_by_hand: Mapped[bool]
    offered_on: Mapped[date | None]
    accept_until: Mapped[date | None]
    closes_on: Mapped[date | None]
    close_told: Mapped[bool]
    offer_hash: Mapped[bytes | None] = mapped_column(index=True)
    codes_on: Mapped[date | None]
    codes: Mapped[int] = mapped_column(default=0, server_default="0")
    request_id: Mapped[UUID | None] = mapped_column(index=True)
    shares_state: Mapped[bool]
    stirred: Mapped[bool] = mapped_column(default=False, server_default=false())
    changed_on: Mapped[date]
    dossier: Mapped[bytes]


class SummaryRow(Base):
    """The numbers of a quarter that has ended, of one job or of all (`""`): drawn once, and then the same for ever.

    Exact numbers are kept nowhere: `candidates` and `never_asked` are what was left after the draw.
    """

    __tablename__ = "ats_summaries"

    connection_id: Mapped[UUID] = mapped_column(ForeignKey("connections.id"), primary_key=True)
    quarter: Mapped[date] = mapped_column(primary_key=True)
    job_remote_id: Mapped[str] = mapped_column(String(REMOTE_ID), primary_key=True)
    offers: Mapped[int]
    candidates: Mapped[int]
    never_asked: Mapped[dict[str, int]] = mapped_column(JSON)


class InterviewRow(Base):
    """Which application an interview belongs to: systems cancel one by its id alone."""

    __tablename__ = "ats_interviews"

    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    remote_id: Mapped[str] = mapped_column(String(REMOTE_ID), primary_key=True)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("ats_applications.id"), index=True)


class MergedRow(Base):
    """A candidate who became another: late messages about the one are about the other.

    Forgotten when nothing of that person is here, and nothing can be on its way any more that names the one.
    """

    __tablename__ = "ats_merged_candidates"

    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    remote_id: Mapped[str] = mapped_column(String(REMOTE_ID), primary_key=True)
    into_remote_id: Mapped[str] = mapped_column(String(REMOTE_ID))
    merged_on: Mapped[date]


class TombKind(StrEnum):
    """What was erased."""

    CANDIDATE = "candidate"
    APPLICATION = "application"


class TombstoneRow(Base):
    """Something erased, which no late message brings back: an HMAC of its id, which nobody can read back."""

    __tablename__ = "ats_tombstones"
    __table_args__ = (one_of("kind", TombKind), {"sqlite_with_rowid": False})

    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    erased_on: Mapped[date]


class Outcome(StrEnum):
    """What came of a message."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    STALE = "stale"
    IGNORED = "ignored"
    ERASED = "erased"
    REFUSED = "refused"


class InboundRow(Base):
    """A message that came: by which key it is known again, what it was about, what came of it. Never what it said.

    `key_digest` outlives the rest, which is emptied after two weeks: most systems sign no time.
    """

    __tablename__ = "ats_inbound"
    __table_args__ = (
        UniqueConstraint("connection_id", "key_digest"),
        one_of("outcome", Outcome),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID] = mapped_column(ForeignKey("connections.id"), index=True)
    key_digest: Mapped[bytes]
    body_digest: Mapped[bytes]
    event_type: Mapped[str | None] = mapped_column(String(64))
    application_remote_id: Mapped[str | None] = mapped_column(String(REMOTE_ID))
    outcome: Mapped[str | None] = mapped_column(String(12))
    received_on: Mapped[date]


class PullRow(Leased, Base):
    """An application to be looked at in its own system: because it changed, or before its candidate is written to.

    One row for each, however many events ask for it. `due_at`, `leased_until` in seconds since 1970.
    """

    __tablename__ = "ats_pulls"

    connection_id: Mapped[UUID] = mapped_column(ForeignKey("connections.id"), primary_key=True)
    application_remote_id: Mapped[str] = mapped_column(String(REMOTE_ID), primary_key=True)
    due_at: Mapped[int] = mapped_column(BigInteger, index=True)


class NoticeRow(Base):
    """Something that an administrator of the connection should know: a code, and which application it is about."""

    __tablename__ = "ats_notices"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID] = mapped_column(ForeignKey("connections.id"), index=True)
    code: Mapped[str] = mapped_column(String(32))
    application_remote_id: Mapped[str | None] = mapped_column(String(REMOTE_ID))
    noted_on: Mapped[date]
