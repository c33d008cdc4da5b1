"""Rules of a request: its states, and the checks of its input."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from app.core import transitions
from app.core.addresses import mailbox_of
from app.core.errors import Conflict, FieldError
from app.rounds.rules import HasState, RoundState


class RequestState(StrEnum):
    """The state of a request.

    `paused`: the company has reopened the application; no mail is sent, and no link works. `erasing`: nobody can see
    the request any more, and the next tick deletes its last rows.
    """

    OPEN = "open"
    PAUSED = "paused"
    WITHDRAWN = "withdrawn"
    ERASING = "erasing"


# A new request is open. Each pair of states, and what moves a request from the first to the second.
TRANSITIONS: dict[tuple[RequestState | None, RequestState], str] = {
    (RequestState.OPEN, RequestState.PAUSED): "the company reopens the application",
    (RequestState.PAUSED, RequestState.OPEN): "the company rejects again",
    (
        RequestState.OPEN,
        RequestState.WITHDRAWN,
    ): "the candidate withdraws it, or the application ends without rejection",
    (RequestState.PAUSED, RequestState.WITHDRAWN): "the candidate withdraws it, or its last day passes in the pause",
    (RequestState.OPEN, RequestState.ERASING): "the candidate or the company erases it, or its time is up",
    (RequestState.PAUSED, RequestState.ERASING): "the candidate or the company erases it, or its time is up",
    (RequestState.WITHDRAWN, RequestState.ERASING): "the candidate or the company erases it, or its time is up",
}


def move(row: HasState, state: RequestState) -> None:
    """Change the state of a request. Raises ForbiddenMove."""
    transitions.move(row, "state", state, TRANSITIONS)


class Ended(StrEnum):
    """Why a request ended that its candidate did not withdraw.

    `reopened`: the company took its rejection back, and has not rejected again. `not_rejected`: its system reported
    another outcome.
    """

    REOPENED = "reopened"
    NOT_REJECTED = "not_rejected"


class Delivery(StrEnum):
    """Who sends the links to the people asked."""

    CANDIDATE = "candidate"
    MAIL = "mail"


class Interest(StrEnum):
    """Whether the candidate would still like to work there."""

    YES = "yes"
    LATER = "later"
    NO = "no"


def not_open(state: RequestState) -> Conflict:
    """Return the error of a call that needs an open request."""
    if state is RequestState.PAUSED:
        return Conflict("request_paused", "The company has reopened this application: nothing can be asked for now.")
    return Conflict("request_withdrawn", "This request was withdrawn.")


def overall_state(states: Sequence[RoundState]) -> RoundState:
    """Return the state of the feedback as a whole. `states` are those of its rounds, the earliest first."""
    if RoundState.RELEASED in states:
        return RoundState.RELEASED
    if not states or RoundState.COLLECTING in states:
        return RoundState.COLLECTING
    return RoundState.PAUSED if RoundState.PAUSED in states else states[-1]


def interview_faults(interviewed_on: date | None, today: date) -> list[FieldError]:
    """Refuse an interview in the future. One day is allowed for time zones ahead of UTC."""
    if interviewed_on is not None and interviewed_on.toordinal() > today.toordinal() + 1:
        return [FieldError("/interviewed_on", "in_the_future", "Ask for feedback after the interview.")]
    return []


def address_faults(delivery: Delivery, people: Sequence[tuple[str, str | None]]) -> list[FieldError]:
    """Refuse delivery by mail without addresses. `people` are pairs of a JSON pointer and an address."""
    if delivery is not Delivery.MAIL:
        return []
    return [
        FieldError(pointer, "required", "Debrief can write only to people whose address is given.")
        for pointer, address in people
        if address is None
    ]


def duplicate_faults(addresses: Sequence[tuple[str, str | None]]) -> list[FieldError]:
    """Refuse a mailbox that is named twice and would count twice. Takes pairs of a JSON pointer and an address."""
    seen: set[str] = set()
    found = []
    for pointer, address in addresses:
        if address is None:
            continue
        if (mailbox := mailbox_of(address)) in seen:
            found.append(FieldError(pointer, "duplicate_address", "This address was given already."))
        seen.add(mailbox)
    return found
