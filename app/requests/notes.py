"""Own notes: feedback that reached the candidate by mail, on the phone, in person or through a reference.

They are the candidate's own data, like the request: stored in clear, and erased with it.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core import randomness
from app.core.errors import Conflict, FieldError, Invalid, Unknown
from app.requests.candidate_view import find_request, show_note
from app.requests.models import OwnNoteRow
from app.requests.note_schemas import OwnNote, OwnNoteCreate
from app.vocabulary.answer import reason_faults, strength_faults

MOST_NOTES = 30
_CODED = ("reasons", "concerns", "strengths")


def faults(body: OwnNoteCreate, today: date) -> list[FieldError]:
    """Return the errors of a note, in the order of its fields."""
    found = []
    # A day is granted to time zones ahead of UTC.
    if body.received_on is not None and body.received_on.toordinal() > today.toordinal() + 1:
        found.append(FieldError("/received_on", "in_the_future", "Write down what has reached you already."))
    found += [*reason_faults(body.reasons, at=""), *strength_faults(body.strengths, at="")]
    coded = [field for field in _CODED if getattr(body, field)]
    if body.polite_no:
        found += [
            FieldError(f"/{field}", "not_allowed_here", "A polite no names no reason. Choose one or the other.")
            for field in coded
        ]
    elif not coded and body.text is None:
        found.append(FieldError("", "nothing_noted", "Write down what you heard, or that it was a polite no."))
    return found


def add(session: Session, request_id: UUID, manage_digest: bytes, body: OwnNoteCreate, today: date) -> OwnNote:
    """Store a note, or return an equal one: a client that sends it twice has lost the first response.

    Raises Invalid, Unknown, and Conflict where there are too many.
    """
    errors = faults(body, today)
    if errors:
        raise Invalid(errors)
    # Locked, so that two calls at once cannot exceed MOST_NOTES.
    find_request(session, request_id, manage_digest, lock=True)
    content = body.model_dump(mode="json", include={*_CODED, "text"}, exclude_none=True)
    given = (body.channel, body.received_on, body.polite_no, content)
    noted = session.scalars(select(OwnNoteRow).where(OwnNoteRow.request_id == request_id)).all()
    for one in noted:
        if (one.channel, one.received_on, one.polite_no, one.content) == given:
            return show_note(one)
    if len(noted) >= MOST_NOTES:
        raise Conflict("too_many_notes", f"A request takes at most {MOST_NOTES} notes. Delete one first.")
    row = OwnNoteRow(
        id=randomness.new_id(),
        request_id=request_id,
        channel=body.channel,
        received_on=body.received_on,
        written_on=today,
        polite_no=body.polite_no,
        content=content,
    )
    session.add(row)
    return show_note(row)


def remove(session: Session, request_id: UUID, manage_digest: bytes, note_id: UUID) -> None:
    """Delete a note. Raises Unknown."""
    find_request(session, request_id, manage_digest)
    statement = delete(OwnNoteRow).where(OwnNoteRow.id == note_id, OwnNoteRow.request_id == request_id)
    if session.execute(statement.returning(OwnNoteRow.id)).first() is None:
        raise Unknown("unknown_note", "There is no such note.")
