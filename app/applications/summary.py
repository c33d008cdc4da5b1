"""The summary that an employer may ask for: drawn once, when a quarter has ended, stored, and from then on only read.

Counted anew at each question, it would tell by what moved: whoever erases one application after the other would learn
what each of them had added. And whoever may ask for a new draw as often as they like would average the noise out.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from app.accounts.models import ConnectionRow
from app.applications.models import ApplicationRow, SummaryRow
from app.applications.summary_rules import ALL_JOBS, Cell, Closed, Summary, back, draw, last_day, quarter_of, summarize
from app.context import Context
from app.core import keyset, randomness
from app.core.db import Database
from app.core.upsert import insert_into
from app.requests import lifecycle
from app.rounds.tally import Tally, tally
from app.vocabulary.codes import About

# Of how many quarters a tick draws the numbers at the most: on one day those of all connections are due.
MOST_AT_ONCE = 100
# How many ended quarters are looked at: applications are erased after a year, and a service may have stood still.
LOOKED_BACK = 8


async def draw_due(ctx: Context, today: date, *, only: UUID | None = None) -> None:
    """Draw the numbers of quarters that have ended and have offers, of all connections or of one: each once."""
    for connection_id, quarter in await ctx.db.read(find_undrawn, quarter_of(today), only):
        with lifecycle.log_failure(connection_id):
            await _draw(ctx.db, connection_id, quarter)


def find_summary(
    session: Session, connection_id: UUID, *, job_remote_id: str | None, first: date, last: date
) -> Summary:
    """Return the summary of a period that has ended. Raises Forbidden `below_threshold`.

    A quarter whose numbers are not drawn yet is not in it, like one that is too small.
    """
    rows = session.scalars(
        select(SummaryRow).where(
            SummaryRow.connection_id == connection_id,
            SummaryRow.job_remote_id == (job_remote_id or ALL_JOBS),
            SummaryRow.quarter.between(first, last),
        )
    )
    # A subject that came into the vocabulary later has no number.
    cells = [
        Cell(
            row.job_remote_id,
            row.offers,
            row.candidates,
            {About(code): count for code, count in row.never_asked.items()},
        )
        for row in rows
    ]
    return summarize(cells, first=first, last=last)


def forget(session: Session, connection_id: UUID) -> None:
    """Delete the numbers of a test connection whose time has moved: its offers are of other quarters now.

    Of a real connection they must never be drawn again: two draws tell more than one.
    """
    tests = select(ConnectionRow.id).where(ConnectionRow.id == connection_id, ConnectionRow.is_test.is_(True))
    session.execute(delete(SummaryRow).where(SummaryRow.connection_id.in_(tests)))


async def _draw(db: Database, connection_id: UUID, quarter: date) -> None:
    rows = keyset.each(lambda after: db.read(_find_closed, connection_id, quarter, after), lambda row: row[0])
    offers = [closed async for _, closed in rows]
    if offers:
        await db.write(_store, connection_id, quarter, draw(offers, randomness.draw))


def find_undrawn(
    session: Session, running: date, only: UUID | None, *, most: int = MOST_AT_ONCE
) -> list[tuple[UUID, date]]:
    """Return connections with quarters that have ended, that have offers, and no numbers of all jobs: the latest first.

    For each connection and quarter one or two rows of an index are looked at, however many offers there are.
    """
    found: list[tuple[UUID, date]] = []
    for quarter in [back(running, count) for count in range(1, LOOKED_BACK + 1)]:
        has_offers = exists().where(
            ApplicationRow.connection_id == ConnectionRow.id,
            ApplicationRow.closes_on.between(quarter, last_day(quarter)),
            ApplicationRow.dossier != b"",
        )
        is_drawn = exists().where(
            SummaryRow.connection_id == ConnectionRow.id,
            SummaryRow.quarter == quarter,
            SummaryRow.job_remote_id == ALL_JOBS,
        )
        statement = select(ConnectionRow.id).where(~is_drawn, has_offers).order_by(ConnectionRow.id)
        if only is not None:
            statement = statement.where(ConnectionRow.id == only)
        found += [(one, quarter) for one in session.scalars(statement.limit(most - len(found)))]
    return found


def _find_closed(
    session: Session, connection_id: UUID, quarter: date, after: UUID | None
) -> Sequence[tuple[UUID, Closed]]:
    """Return the next offers of a quarter, in the order of their ids, and what was released after each."""
    statement = select(ApplicationRow).where(
        ApplicationRow.connection_id == connection_id,
        ApplicationRow.closes_on.between(quarter, last_day(quarter)),
        # What is being erased belongs to nobody any more.
        ApplicationRow.dossier != b"",
    )
    rows = session.scalars(keyset.batch(statement, ApplicationRow.id, after)).all()
    released = tally(session, [row.request_id for row in rows if row.request_id])
    return [
        (
            row.id,
            Closed(
                row.candidate_remote_id or row.id,
                row.job_remote_id,
                released.get(row.request_id, Tally()) if row.request_id else Tally(),
            ),
        )
        for row in rows
    ]


def _store(session: Session, connection_id: UUID, quarter: date, cells: Sequence[Cell]) -> None:
    rows = [
        {
            "connection_id": connection_id,
            "quarter": quarter,
            "job_remote_id": cell.job_remote_id,
            "offers": cell.offers,
            "candidates": cell.candidates,
            "never_asked": cell.never_asked,
        }
        for cell in cells
    ]
    # Two ticks at once have drawn twice: the second waits for the first, finds the first row of it, and drops its own.
    whole = insert_into(session, SummaryRow).values(rows[0]).on_conflict_do_nothing().returning(SummaryRow.quarter)
    if session.execute(whole).first() is not None and len(rows) > 1:
        session.execute(insert_into(session, SummaryRow), rows[1:])
