"""Routes for an employer's system to read the state of its offers."""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from sqlalchemy.orm import Session

from app.accounts.auth import Caller, In, needs
from app.accounts.rules import Scope
from app.applications import employer_view, erasure, summary, summary_rules
from app.applications.employer_view import FeedbackState
from app.core.days import end_of_day, open_day
from app.core.errors import Unknown
from app.core.http import JsonRoute
from app.core.problems import responses
from app.core.schemas import Output
from app.core.text import Clean, Day, OneLine
from app.vocabulary.codes import About

router = APIRouter(prefix="/v1/ats", tags=["ats"], route_class=JsonRoute)

Reader = Annotated[Caller, Depends(needs(Scope.REQUESTS_READ))]
RemoteId = Annotated[str, Path(min_length=1, max_length=255), OneLine, Clean]


class FeedbackStatusPanel(Output):
    """The invited people, about whom Debrief reveals nothing."""

    invited: Literal["withheld"]
    """Always withheld: an employer never learns who was asked, or how many."""


class FeedbackStatus(Output):
    """The state of one offer. It stays the same until `closes_on` whatever anybody does, unless the candidate shares
    more.
    """

    application_remote_id: str
    """The id of the application in your system."""
    state: FeedbackState
    """The coarse state of the offer."""
    offered_on: date | None
    """The day on which the offer was mailed."""
    opened_on: date | None
    """The day on which the candidate accepted, if they share it; null after the offer closes."""
    closes_on: date | None
    """The day on which the offer closes. It is fixed when the offer is made."""
    closes_at: datetime | None
    """The moment at which it closes: 12:00 UTC of that day, when the day before has ended everywhere."""
    panel: FeedbackStatusPanel
    """What Debrief reveals of the invited people: nothing."""
    responses: Literal["withheld"]
    """Always withheld: an employer never learns who answered, or how many."""
    clarification_open: Literal[False]
    """Always false."""


class NeverAskedConcern(Output):
    """A subject of doubts that decided although nobody asked the candidate about it."""

    about: About
    """The subject of the doubt."""
    at_least: int
    """A lower bound of the candidates in whose feedback this doubt decided."""


class FeedbackSummary(Output):
    """Totals over many offers, rounded down to multiples of five. Small quarters are left out.

    `candidates` and each `at_least` are true lower bounds: Debrief subtracts a random number once, when the quarter
    ends. A repeated call gets the same numbers.
    """

    first_day: date
    """The first day of the first quarter."""
    last_day: date
    """The last day of the last quarter."""
    job_remote_id: str | None
    """The job of the totals; null for all jobs."""
    offers: int
    """The number of offers, rounded down to a multiple of five."""
    candidates: int
    """A lower bound of the candidates with at least two released answers, rounded down to a multiple of five."""
    never_asked: list[NeverAskedConcern]
    """The doubts that decided although nobody asked about them."""


@router.get(
    "/applications/{remote_id}/feedback-status",
    operation_id="show_feedback_status",
    summary="Show the state of an offer",
    responses=responses(401, 403, 404, 422, 429, 503),
)
async def show_feedback_status(remote_id: RemoteId, caller: Reader, ctx: In) -> FeedbackStatus:
    """Return a coarse state and days, never who was invited, who answered, how many, or what they wrote."""

    def read(session: Session) -> FeedbackStatus:
        today = open_day(ctx.clock.now())
        found = employer_view.find_status(session, caller.connection_id, remote_id, today)
        if found is None:
            if not erasure.is_erased(session, caller.connection_id, remote_id, pepper=ctx.pepper):
                raise Unknown("unknown_application", "No application with this id is known of this connection.")
            found = employer_view.Status(FeedbackState.ERASED)
        return FeedbackStatus(
            application_remote_id=remote_id,
            state=found.state,
            offered_on=found.offered_on,
            opened_on=found.opened_on,
            closes_on=found.closes_on,
            closes_at=found.closes_on and end_of_day(found.closes_on - timedelta(days=1)),
            panel=FeedbackStatusPanel(invited="withheld"),
            responses="withheld",
            clarification_open=False,
        )

    return await ctx.db.read(read)


@router.get(
    "/feedback-summary",
    operation_id="show_feedback_summary",
    summary="Show totals over many offers",
    responses=responses(401, 403, 422, 429, 503),
)
async def show_feedback_summary(
    caller: Reader,
    ctx: In,
    job_remote_id: Annotated[str | None, Query(min_length=1, max_length=255)] = None,
    since: Annotated[Day | None, Query(description="The first day of a quarter.")] = None,
    until: Annotated[Day | None, Query(description="The last day of a quarter that has ended.")] = None,
    first_day: Annotated[Day | None, Query(alias="from", deprecated=True, description="Now `since`.")] = None,
    last_day: Annotated[Day | None, Query(alias="to", deprecated=True, description="Now `until`.")] = None,
) -> FeedbackSummary:
    """Return the doubts that decided although nobody had asked about them, which is a fault in the process.

    Each quarter needs at least ten answers about at least five candidates. A job has its own totals if at least a
    hundred of its offers closed in a quarter.
    """
    first, last = summary_rules.period(since or first_day, until or last_day, ctx.clock.now().date())

    def read(session: Session) -> FeedbackSummary:
        found = summary.find_summary(session, caller.connection_id, job_remote_id=job_remote_id, first=first, last=last)
        return FeedbackSummary(
            first_day=found.first,
            last_day=found.last,
            job_remote_id=job_remote_id,
            offers=found.offers,
            candidates=found.candidates,
            never_asked=[NeverAskedConcern(about=one.about, at_least=one.at_least) for one in found.never_asked],
        )

    return await ctx.db.read(read)
