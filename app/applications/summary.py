"""Summaries for employers: drawn once when a quarter has ended, stored, and from then on only read.

If each question counted again, an employer could erase one application after the other and see what each had added. If
each question drew new noise, an employer could ask often and average it out.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from app.accounts.models import ConnectionRow
from app.applications.models import ApplicationRow, SummaryRow
from app.applications.summary_rules import (
    ALL_JOBS,
    Cell,
    ClosedOffer,
    Summary,
    draw_cells,
    last_day,
    quarter_of,
    quarters_before,
    summarize,
)
from app.context import Context
from app.core import keyset, randomness
from app.core.db import Database
from app.core.upsert import insert_into
from app.requests import lifecycle
from app.rounds.tally import Tally, tally
from app.vocabulary.codes import About

# The most quarters that one tick draws: those of all connections are due on the same day.
DRAWN_PER_TICK = 100
# How many past quarters a tick checks: applications are kept for a year, and the service may have been down.
QUARTERS_CHECKED = 8


async def draw_due(ctx: Context, today: date, *, only: UUID | None = None) -> None:
    """Draw the numbers of past quarters with offers, of all connections or of one: each once."""
    for connection_id, quarter in await ctx.db.read(find_undrawn, quarter_of(today), only):
        with lifecycle.log_failure(connection_id):
            await _draw(ctx.db, connection_id, quarter)


def find_summary(
    session: Session, connection_id: UUID, *, job_remote_id: str | None, first: date, last: date
) -> Summary:
    """Return the summary of a past period. Raises Forbidden `below_threshold`.

    It leaves out quarters that are too small, and those whose numbers are not drawn yet.
    """
    rows = session.scalars(
        select(SummaryRow).where(
            SummaryRow.connection_id == connection_id,
            SummaryRow.job_remote_id == (job_remote_id or ALL_JOBS),
            SummaryRow.quarter.between(first, last),
        )
    )
    # A subject that was added to the vocabulary after the draw has no number.
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


def delete_test_summaries(session: Session, connection_id: UUID) -> None:
    """Delete the numbers of a test connection after time travel: its offers are in other quarters now.

    Those of a real connection stay: a second draw would reveal more than the first alone.
    """
    tests = select(ConnectionRow.id).where(ConnectionRow.id == connection_id, ConnectionRow.is_test.is_(True))
    session.execute(delete(SummaryRow).where(SummaryRow.connection_id.in_(tests)))


async def _draw(db: Database, connection_id: UUID, quarter: date) -> None:
    rows = keyset.each(lambda after: db.read(_find_closed, connection_id, quarter, after), lambda row: row[0])
    offers = [closed async for _, closed in rows]
    if offers:
        await db.write(_store, connection_id, quarter, draw_cells(offers, randomness.draw))


def find_undrawn(
    session: Session, running: date, only: UUID | None, *, most: int = DRAWN_PER_TICK
) -> list[tuple[UUID, date]]:
    """Return connections and past quarters with offers but without numbers, the latest quarters first.

    This reads one or two index rows per connection and quarter, however many offers there are.
    """
    found: list[tuple[UUID, date]] = []
    for quarter in [quarters_before(running, count) for count in range(1, QUARTERS_CHECKED + 1)]:
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
) -> Sequence[tuple[UUID, ClosedOffer]]:
    """Return the next batch of a quarter's offers in the order of their ids, with the answers released after each."""
    statement = select(ApplicationRow).where(
        ApplicationRow.connection_id == connection_id,
        ApplicationRow.closes_on.between(quarter, last_day(quarter)),
        # An emptied application is being erased, and no longer counts.
        ApplicationRow.dossier != b"",
    )
    rows = session.scalars(keyset.batch(statement, ApplicationRow.id, after)).all()
    released = tally(session, [row.request_id for row in rows if row.request_id])
    return [
        (
            row.id,
            ClosedOffer(
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
    # If two ticks draw at once, the second waits for the first, finds its first row, and drops its own numbers.
    first = insert_into(session, SummaryRow).values(rows[0]).on_conflict_do_nothing().returning(SummaryRow.quarter)
    if session.execute(first).first() is not None and len(rows) > 1:
        session.execute(insert_into(session, SummaryRow), rows[1:])
