"""The briefing of a round: the candidate's words, and the sections that the employer lets the form ask for."""

from sqlalchemy.orm import Session

from app.accounts import connections
from app.accounts.models import ConnectionRow
from app.accounts.rules import Section
from app.requests.models import RequestRow
from app.rounds.schemas import Briefing, Reach


def briefing(session: Session, row: RequestRow, reach: Reach | None = None) -> Briefing:
    """Return the briefing of a round that opens now. A later change of the settings affects later rounds only."""
    return Briefing(
        candidate_name=row.candidate_name,
        company=row.company,
        role_title=row.role_title,
        interviewed_on=row.interviewed_on,
        worries=row.worries,
        own_question=row.own_question,
        manager_name=row.manager_name,
        sections=_sections(session, row),
        reach=reach or Reach(),
    )


def _sections(session: Session, row: RequestRow) -> tuple[Section, ...] | None:
    connection = session.get(ConnectionRow, row.connection_id) if row.connection_id else None
    return None if connection is None else connections.settings_of(connection).sections
