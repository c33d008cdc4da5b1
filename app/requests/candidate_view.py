"""The candidate's view of a request and of its feedback."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.context import Context
from app.core.days import end_of_day
from app.core.errors import Unknown
from app.core.text import written
from app.periods import CLARIFICATION
from app.requests import links
from app.requests.models import OwnNoteRow, RequestRow
from app.requests.note_schemas import NotedConcern, OwnNote
from app.requests.rules import Delivery, Ended, Interest, RequestState, overall_state
from app.requests.schemas import Feedback, FeedbackRequest, MailDraft, RoundFeedback, RoundWaiting
from app.requests.undelivered import undelivered
from app.rounds import round_view
from app.rounds.feedback import RoundRead, read_rounds, replies_to
from app.rounds.rules import RoundState
from app.rounds.statement import TO_THE_CANDIDATE
from app.vocabulary.answer import ConcernGiven
from app.vocabulary.codes import DeclineReason, Mode, Stage
from app.vocabulary.dialogue_codes import NoteChannel

NOTHING_SHOWN = "Fewer than {k} people answered, so nothing is shown, as promised to them. That says nothing about you."
NOBODY_SIGNED = "Nobody has answered. That says nothing about you."
FEWER_CAME = (
    "Fewer than {k} people answered. What is shown here, its authors wished to be shown in any case. "
    "That so few answered says nothing about you."
)
PAUSED = (
    "The company has reopened your application. Until it is decided, nobody is asked and no answers are taken. That "
    "says nothing about whether anybody has answered."
)
ENDED = {
    Ended.REOPENED: (
        "The company has reopened your application. So this request is over: nobody is asked any more, and what did "
        "not show by then is deleted unread."
    ),
    Ended.NOT_REJECTED: (
        "The company’s recruiting system no longer lists your application as rejected. So this request is over: nobody "
        "is asked any more, and what did not show by then is deleted unread."
    ),
}
WAITING = "You can read the answers on {on}. Until then this page shows nothing, so that people can be honest."


def find_request(
    session: Session, request_id: UUID, manage_digest: bytes, *, lock: bool = False, erasing: bool = False
) -> RequestRow:
    """Return a request by its manage token. Raises Unknown, the same for a wrong token and a wrong id.

    With `erasing`, a request whose erasure has begun is found, too: its candidate may repeat the call until it is done.
    """
    statement = select(RequestRow).where(RequestRow.id == request_id, RequestRow.manage_digest == manage_digest)
    if not erasing:
        statement = statement.where(RequestRow.state != RequestState.ERASING)
    row = session.scalars(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise Unknown("unknown_request", "There is no such request, or this token is not for it.")
    return row


def find_id(session: Session, manage_digest: bytes) -> UUID:
    """Return the id of the request with this manage token. Raises Unknown."""
    found = session.scalars(select(RequestRow.id).where(RequestRow.manage_digest == manage_digest)).one_or_none()
    if found is None:
        raise Unknown("unknown_request", "There is no such request, or this token is not for it.")
    return found


def declined_with(row: RequestRow, rounds: Sequence[RoundRead]) -> DeclineReason | None:
    """Return why the manager declined, or None. An answer for the team replaces it, once it shows among `rounds`."""
    if row.manager_declined is None or any(read.row.is_team_answer for read in rounds):
        return None
    return DeclineReason(row.manager_declined)


def show_request(session: Session, row: RequestRow, ctx: Context) -> FeedbackRequest:
    """Return a request as its candidate sees it."""
    rounds = read_rounds(session, row.id, ctx.clock.now())
    return FeedbackRequest(
        id=row.id,
        state=RequestState(row.state),
        ended=Ended(row.ended) if row.ended else None,
        message=ENDED[Ended(row.ended)] if row.ended else PAUSED if row.state == RequestState.PAUSED else None,
        delivery=Delivery(row.delivery),
        address_confirmed=row.address_confirmed if row.candidate_email else None,
        candidate_name=row.candidate_name,
        company=row.company,
        role_title=row.role_title,
        interviewed_on=row.interviewed_on,
        worries=row.worries,
        own_question=row.own_question,
        still_interested=Interest(row.still_interested) if row.still_interested else None,
        manager_asked=row.has_manager,
        manager_declined=declined_with(row, rounds),
        undelivered=undelivered(session, row, rounds),
        rounds=[round_view.show(read.row, ctx.operator, state=read.state) for read in rounds],
    )


def show_feedback(session: Session, row: RequestRow, now: datetime) -> Feedback:
    """Return the feedback of all rounds of a request."""
    rounds = read_rounds(session, row.id, now)
    return Feedback(
        state=overall_state([read.state for read in rounds]),
        rounds=[_round(row, read) for read in rounds],
        manager_declined=declined_with(row, rounds),
        own_notes=[show_note(note) for note in _own_notes(session, row.id)],
    )


def show_note(row: OwnNoteRow) -> OwnNote:
    """Return a note as its candidate wrote it."""
    # Parsed as stored: older notes lack fields that were added later.
    concerns = [ConcernGiven.model_validate(given) for given in row.content["concerns"]]
    return OwnNote(
        id=row.id,
        channel=NoteChannel(row.channel),
        received_on=row.received_on,
        written_on=row.written_on,
        polite_no=row.polite_no,
        reasons=row.content["reasons"],
        concerns=[NotedConcern(**dict(given)) for given in concerns],
        strengths=row.content["strengths"],
        text=row.content.get("text"),
    )


def _own_notes(session: Session, request_id: UUID) -> list[OwnNoteRow]:
    """Return the notes in the order in which the feedback reached the candidate."""
    rows = session.scalars(select(OwnNoteRow).where(OwnNoteRow.request_id == request_id))
    return sorted(rows, key=lambda row: (row.received_on or row.written_on, row.written_on, row.id))


def _round(request: RequestRow, read: RoundRead) -> RoundFeedback | RoundWaiting:
    row = read.row
    if read.state is not RoundState.RELEASED:
        return RoundWaiting(
            id=row.id,
            stage=Stage(row.stage),
            state=read.state,
            closes_on=row.closes_on,
            closes_at=end_of_day(row.closes_on),
            message=_message(request, read),
            note_to_manager=_note_to_manager(request, read),
        )
    replies_through = None if read.released_on is None else CLARIFICATION.last_day(read.released_on)
    return RoundFeedback(
        id=row.id,
        stage=Stage(row.stage),
        state=read.state,
        closes_on=row.closes_on,
        closes_at=end_of_day(row.closes_on),
        released_on=read.released_on,
        below_threshold=row.below_threshold,
        participation=read.participation,
        message=_message(request, read),
        note_to_manager=_note_to_manager(request, read),
        replies_through=replies_through,
        reply_note=_reply_note(request, read, replies_through),
        answers=list(read.answers),
    )


def _reply_note(request: RequestRow, read: RoundRead, through: date | None) -> MailDraft | None:
    """Return a note that tells of a reply, if there is one and Debrief does not write to those asked itself."""
    if request.delivery == Delivery.MAIL or not replies_to(read):
        return None
    return links.reply_note(candidate=request.candidate_name, role_title=request.role_title, through=through)


def _note_to_manager(request: RequestRow, read: RoundRead) -> MailDraft | None:
    """Return a note for the manager if too few answered and Debrief does not write to the manager itself."""
    too_few = read.state is RoundState.WITHHELD or read.row.below_threshold
    if not too_few or read.row.mode == Mode.ATTRIBUTED or request.manager_declined:
        return None
    if not request.has_manager or request.delivery == Delivery.MAIL:
        return None
    return links.too_few_note(
        candidate=request.candidate_name,
        company=request.company,
        role_title=request.role_title,
        to=request.manager_name,
    )


def _message(request: RequestRow, read: RoundRead) -> str | None:
    row = read.row
    if read.state is RoundState.WITHDRAWN:
        return ENDED[Ended(request.ended)] if request.ended else None
    if read.state is RoundState.COLLECTING:
        return None if row.mode == Mode.ATTRIBUTED else WAITING.format(on=written(row.closes_on + timedelta(days=1)))
    if read.state is RoundState.PAUSED:
        return PAUSED
    if read.state is RoundState.WITHHELD:
        return NOBODY_SIGNED if row.mode == Mode.ATTRIBUTED else NOTHING_SHOWN.format(k=row.k)
    if read.state is RoundState.RELEASED and row.mode != Mode.ATTRIBUTED:
        return f"{FEWER_CAME.format(k=row.k)} {TO_THE_CANDIDATE}" if row.below_threshold else TO_THE_CANDIDATE
    return None
