"""Tables of applications and offers, of their summaries, and of inbound messages, merges and erasures."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.applications.dossier import ApplicationStatus
from app.applications.rules import OfferState, Uptake
from app.core.leases import Leased
from app.core.models import Base, one_of

# The longest id of an ATS. Such ids are opaque and never parsed.
REMOTE_ID = 255


class ApplicationRow(Base):
    """One application. The people are in `dossier`, encrypted under a key that is destroyed with the application.

    Columns in clear are those that queries need: ids of the ATS, states, days. `offer` is the employer's side of the
    offer, `uptake` the candidate's, who may get the code before the offer is due. `due_at` (seconds since 1970) is when
    the offer may be sent. `closes_on` is fixed when the offer is made: on that day the employer sees it closed.
    `shares_state`: the candidate lets the employer see more than that. `stirred`: an ATS update is still to be applied
    to the offer (`follow_up`). `codes` counts the mails with the code on the day `codes_on`.
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
    """The numbers of a past quarter, of one job or of all jobs (`""`): drawn once, never changed.

    Exact numbers are not stored: `candidates` and `never_asked` are counts minus noise.
    """

    __tablename__ = "ats_summaries"

    connection_id: Mapped[UUID] = mapped_column(ForeignKey("connections.id"), primary_key=True)
    quarter: Mapped[date] = mapped_column(primary_key=True)
    job_remote_id: Mapped[str] = mapped_column(String(REMOTE_ID), primary_key=True)
    offers: Mapped[int]
    candidates: Mapped[int]
    never_asked: Mapped[dict[str, int]] = mapped_column(JSON)


class InterviewRow(Base):
    """The application that an interview belongs to: an ATS cancels an interview by its id alone."""

    __tablename__ = "ats_interviews"

    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    remote_id: Mapped[str] = mapped_column(String(REMOTE_ID), primary_key=True)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("ats_applications.id"), index=True)


class MergedRow(Base):
    """A candidate who was merged into another: messages about the old id concern the new one.

    Deleted once the surviving candidate has no application here and no late message can name the old id.
    """

    __tablename__ = "ats_merged_candidates"

    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    remote_id: Mapped[str] = mapped_column(String(REMOTE_ID), primary_key=True)
    into_remote_id: Mapped[str] = mapped_column(String(REMOTE_ID))
    merged_on: Mapped[date]


class TombKind(StrEnum):
    """The kind of an erased object."""

    CANDIDATE = "candidate"
    APPLICATION = "application"


class TombstoneRow(Base):
    """An erased object, by a keyed hash of its id, so that a late message cannot recreate it."""

    __tablename__ = "ats_tombstones"
    __table_args__ = (one_of("kind", TombKind), {"sqlite_with_rowid": False})

    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    erased_on: Mapped[date]


class Outcome(StrEnum):
    """The outcome of an inbound message."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    STALE = "stale"
    IGNORED = "ignored"
    ERASED = "erased"
    REFUSED = "refused"


class InboundRow(Base):
    """An inbound message: the digest of its key, the application it was about, its outcome. Never its content.

    All but the digests is cleared after two weeks. They stay longer, to recognise replays: most ATS sign no timestamp.
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
    """An application to be read from its ATS: because it changed, or before its candidate is written to.

    One row per application, however many events ask for it. `due_at` and `leased_until` are in seconds since 1970.
    """

    __tablename__ = "ats_pulls"

    connection_id: Mapped[UUID] = mapped_column(ForeignKey("connections.id"), primary_key=True)
    application_remote_id: Mapped[str] = mapped_column(String(REMOTE_ID), primary_key=True)
    due_at: Mapped[int] = mapped_column(BigInteger, index=True)


class NoticeRow(Base):
    """A notice to the administrator of a connection: a code, and the application that it is about."""

    __tablename__ = "ats_notices"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID] = mapped_column(ForeignKey("connections.id"), index=True)
    code: Mapped[str] = mapped_column(String(32))
    application_remote_id: Mapped[str | None] = mapped_column(String(REMOTE_ID))
    noted_on: Mapped[date]
