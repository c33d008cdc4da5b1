"""Routes of test connections: read unsent mails, move the clock."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field

from app.accounts.auth import Caller, In, needs
from app.accounts.rules import Scope
from app.applications import follow_up, summary, time_travel
from app.applications import offers as application_offers
from app.core.errors import Forbidden
from app.core.http import JsonRoute
from app.core.problems import responses
from app.core.schemas import Input, Output
from app.delivery import test_mail
from app.rounds.jobs import end_due

router = APIRouter(prefix="/v1", tags=["testing"], route_class=JsonRoute)

_LONGEST_HOURS = 24 * 90

Reader = Annotated[Caller, Depends(needs(Scope.REQUESTS_READ))]
Writer = Annotated[Caller, Depends(needs(Scope.REQUESTS_WRITE))]


class TestMail(Output):
    """A mail that was kept instead of being sent."""

    __test__ = False

    id: UUID
    """The id."""
    to: str
    """The address that the mail would have gone to."""
    subject: str
    """The subject."""
    text: str
    """The text, links included."""
    kept_on: date
    """The day on which it was written."""


class TestMails(Output):
    """All mails of a test connection from the last two weeks, in no particular order."""

    __test__ = False

    data: list[TestMail]
    """The mails."""
    next_cursor: str | None
    """Always null: there is only one page."""


class TestClockMove(Input):
    """A move of the test clock, in whole hours."""

    __test__ = False

    hours: Annotated[int, Field(ge=1, le=_LONGEST_HOURS, strict=True)]
    """How many hours to move on."""


class TestClockMoved(Output):
    """The result of a clock move, after all jobs that became due have run."""

    __test__ = False

    hours: int
    """By how many hours the clock moved."""
    offers_made: int
    """How many offers were made."""
    rounds_ended: int
    """How many rounds ended."""


def _only_for_tests(caller: Caller) -> None:
    if not caller.is_test:
        raise Forbidden("test_key_needed", "This route needs the key of a test connection (dk_test_…).")


@router.get(
    "/test-mails",
    operation_id="list_test_mails",
    summary="Read the mails of a test connection",
    responses=responses(401, 403, 429, 503),
)
async def list_test_mails(caller: Reader, ctx: In) -> TestMails:
    """Return the unsent mails with their links. A test connection sends no mail."""
    _only_for_tests(caller)

    mails: Sequence[TestMail] = await ctx.db.read(
        lambda session: [
            TestMail(id=row.id, to=row.to, subject=row.subject, text=row.text, kept_on=row.kept_on)
            for row in test_mail.kept(session, caller.connection_id)
        ]
    )
    return TestMails(data=list(mails), next_cursor=None)


@router.post(
    "/test-clock",
    operation_id="move_test_clock",
    summary="Move the clock of a test connection",
    responses=responses(400, 401, 403, 413, 415, 422, 429, 503),
)
async def move_test_clock(body: TestClockMove, caller: Writer, ctx: In) -> TestClockMoved:
    """Move the clock of this connection: its dates move into the past. Other connections are unaffected."""
    _only_for_tests(caller)
    by = timedelta(hours=body.hours)
    rounds = await ctx.db.write(time_travel.shift, caller.connection_id, by)
    offers = await application_offers.make_due_offers(ctx, ctx.clock.now(), only=caller.connection_id)
    await follow_up.apply_updates(ctx, only=caller.connection_id)
    report = await end_due(ctx.db, ctx.keys, rounds, ctx.clock.now())
    await summary.draw_due(ctx, ctx.clock.now().date(), only=caller.connection_id)
    return TestClockMoved(hours=body.hours, offers_made=offers, rounds_ended=sum(report.ended.values()))
