"""What an employer sees over many offers: how many, and which doubts decided that nobody ever asked about.

It names nobody and can't be made to by asking twice. Answers count from the day on which their offer is over; time is
cut into quarters that have ended; a cell, one quarter or one quarter of one job, counts only if it has enough answers
of enough candidates, and one job only if the other jobs of that quarter have too, or none at all: else the difference
of two questions would tell what neither does. Numbers are rounded down.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applications.models import ApplicationRow
from app.core.errors import FieldError, Forbidden, Invalid
from app.rounds.tally import Tally, tally
from app.vocabulary.codes import About

LEAST_ANSWERS = 10
LEAST_CANDIDATES = 5
LEAST_NAMED = 3
STEP = 5
_MONTHS = 3


@dataclass(frozen=True)
class Closed:
    """One offer that is over, and what was released after it."""

    job_remote_id: str | None
    closes_on: date
    released: Tally


@dataclass(frozen=True)
class NeverAsked:
    """A subject of doubts that decided, and in at least how many answers nobody had asked about it."""

    about: About
    at_least: int


@dataclass(frozen=True)
class Summary:
    """What many offers tell together."""

    first: date
    last: date
    offers: int
    answers: int
    never_asked: tuple[NeverAsked, ...]


_YEARS = range(2000, 3000)


def period(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """Return the first and last day of a period of whole quarters that have ended; by default the last four.

    Raises Invalid.
    """
    # Far from today there is no day before or after to reckon with.
    if far := [end for end, day in (("/from", first), ("/to", last)) if day is not None and day.year not in _YEARS]:
        raise Invalid([FieldError(end, "out_of_range", "There is nothing of that time.") for end in far])
    running = quarter_of(today)
    last = last or running - timedelta(days=1)
    first = first or _back(quarter_of(last), 3)
    faults = []
    if quarter_of(first) != first:
        faults.append(FieldError("/from", "not_a_quarter", "A period begins with the first day of a quarter."))
    if quarter_of(last + timedelta(days=1)) != last + timedelta(days=1):
        faults.append(FieldError("/to", "not_a_quarter", "A period ends with the last day of a quarter."))
    elif last >= running:
        faults.append(FieldError("/to", "not_over", "Only quarters that have ended can be looked at."))
    elif first > last:
        faults.append(FieldError("/from", "out_of_range", "The period ends before it begins."))
    if faults:
        raise Invalid(faults)
    return first, last


def quarter_of(day: date) -> date:
    """Return the first day of the quarter of a day."""
    return date(day.year, (day.month - 1) // _MONTHS * _MONTHS + 1, 1)


def find_summary(
    session: Session, connection_id: UUID, *, job_remote_id: str | None, first: date, last: date
) -> Summary:
    """Return the summary of a period that has ended. Raises Forbidden `below_threshold`."""
    statement = select(ApplicationRow).where(
        ApplicationRow.connection_id == connection_id, ApplicationRow.closes_on.between(first, last)
    )
    rows = session.scalars(statement).all()
    released = tally(session, [row.request_id for row in rows if row.request_id])
    offers = [
        Closed(row.job_remote_id, row.closes_on, released.get(row.request_id, Tally()) if row.request_id else Tally())
        for row in rows
        if row.closes_on is not None
    ]
    return summarize(offers, job_remote_id=job_remote_id, first=first, last=last)


def summarize(offers: Sequence[Closed], *, job_remote_id: str | None, first: date, last: date) -> Summary:
    """Count over all cells that are large enough. Raises Forbidden `below_threshold` if none is."""
    counted: list[Closed] = []
    for quarter in sorted({quarter_of(one.closes_on) for one in offers}):
        whole = [one for one in offers if quarter_of(one.closes_on) == quarter]
        cell = whole if job_remote_id is None else [one for one in whole if one.job_remote_id == job_remote_id]
        rest = [] if job_remote_id is None else [one for one in whole if one.job_remote_id != job_remote_id]
        if _is_enough(cell) and (_is_enough(rest) or _answers(rest) == 0):
            counted += cell
    if not counted:
        raise Forbidden(
            "below_threshold", f"Fewer than {LEAST_ANSWERS} answers, or {LEAST_CANDIDATES} candidates: nothing is told."
        )
    named: Counter[About] = Counter()
    candidates: Counter[About] = Counter()
    for one in counted:
        named.update(one.released.never_asked)
        candidates.update(set(one.released.never_asked))
    return Summary(
        first=first,
        last=last,
        offers=_rounded(len(counted)),
        answers=_rounded(_answers(counted)),
        never_asked=tuple(
            NeverAsked(about, max(LEAST_NAMED, _rounded(count)))
            for about, count in sorted(named.items(), key=lambda at: (-_rounded(at[1]), at[0]))
            if candidates[about] >= LEAST_NAMED
        ),
    )


def _is_enough(cell: Iterable[Closed]) -> bool:
    told = [one for one in cell if one.released.answers]
    return len(told) >= LEAST_CANDIDATES and _answers(told) >= LEAST_ANSWERS


def _answers(cell: Iterable[Closed]) -> int:
    return sum(one.released.answers for one in cell)


def _rounded(count: int) -> int:
    return count - count % STEP


def _back(quarter: date, count: int) -> date:
    for _ in range(count):
        quarter = quarter_of(quarter - timedelta(days=1))
    return quarter
