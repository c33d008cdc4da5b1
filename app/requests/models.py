"""Tables of requests and own notes: the candidate's own data, stored in clear."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, String, false
from sqlalchemy.orm import Mapped, mapped_column

from app.core.models import Base, one_of
from app.requests.rules import Delivery, Ended, RequestState
from app.vocabulary.dialogue_codes import NoteChannel


class RequestRow(Base):
    """One request. The names of the people asked are in the sealed boxes only.

    `confirmation_hash` is the hash of the code that confirms `candidate_email`. `connection_id` names the connection
    whose offer led to the request, if one did; for a test connection (`is_test`) Debrief sends no mail. `ended` says
    why the request ended, unless its candidate withdrew it.
    """

    __tablename__ = "feedback_requests"
    __table_args__ = (
        one_of("state", RequestState),
        one_of("ended", Ended),
        one_of("delivery", Delivery),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    manage_digest: Mapped[bytes] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(12))
    candidate_name: Mapped[str]
    candidate_email: Mapped[str | None]
    delivery: Mapped[str] = mapped_column(String(12))
    address_confirmed: Mapped[bool]
    confirmation_hash: Mapped[bytes | None] = mapped_column(index=True)
    company: Mapped[str]
    company_domain: Mapped[str | None]
    role_title: Mapped[str]
    interviewed_on: Mapped[date | None]
    worries: Mapped[list[Any]] = mapped_column(JSON)
    own_question: Mapped[str | None]
    still_interested: Mapped[str | None] = mapped_column(String(8))
    closes_on: Mapped[date | None]
    manager_name: Mapped[str | None]
    has_manager: Mapped[bool]
    manager_declined: Mapped[str | None] = mapped_column(String(32))
    created_on: Mapped[date]
    connection_id: Mapped[UUID | None] = mapped_column(index=True)
    is_test: Mapped[bool] = mapped_column(server_default=false())
    ended: Mapped[str | None] = mapped_column(String(16))


class OwnNoteRow(Base):
    """Feedback that came another way, in the candidate's words and codes. `content` holds the filled fields."""

    __tablename__ = "own_notes"
    __table_args__ = (one_of("channel", NoteChannel),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(index=True)
    channel: Mapped[str] = mapped_column(String(12))
    received_on: Mapped[date | None]
    written_on: Mapped[date]
    polite_no: Mapped[bool]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
