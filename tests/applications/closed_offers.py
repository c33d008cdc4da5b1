"""Builders of closed offers with released answers, written to the database: too many to play through."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from app.answers.models import AnswerRow
from app.answers.rules import released_form
from app.applications.dossier import ApplicationStatus
from app.applications.models import ApplicationRow
from app.applications.rules import CLOSED_DAYS, OfferState, Uptake
from app.rounds.attributed import Stored, dump
from app.rounds.models import RoundRow
from app.rounds.rules import CandidateHeldLinks, KBasis, OpenedBy, RoundState
from app.vocabulary.codes import About, Mode, Stage
from tests.support.app import Running
from tests.vocabulary.builders import a_sealed_answer


def a_doubt(about: About, **over: str) -> dict[str, str]:
    """Return a decisive concern that nobody asked about."""
    doubt = {"statement": "Not sure", "source": "interview_answer", "asked": "never_asked", "weight": "decisive"}
    return {**doubt, "about": about, **over}


async def close_offers(app: Running, connection_id: str, offers: Sequence[dict[str, Any]]) -> None:
    """Insert closed offers."""

    def write(session: Session) -> None:
        for offer in offers:
            _add(session, UUID(connection_id), **offer)

    await app.ctx.db.write(write)


def _add(
    session: Session,
    connection_id: UUID,
    *,
    remote_id: str,
    closes_on: date,
    answers: Sequence[Sequence[dict[str, str]]] = (),
    job: str = "j1",
    state: RoundState = RoundState.RELEASED,
) -> None:
    """Insert one offer, and an answer for each list of concerns."""
    offered_on = closes_on - timedelta(days=CLOSED_DAYS)
    request_id = uuid4() if answers else None
    session.add(
        ApplicationRow(
            id=uuid4(),
            connection_id=connection_id,
            remote_id=remote_id,
            candidate_remote_id=f"candidate of {remote_id}",
            job_remote_id=job,
            status=ApplicationStatus.REJECTED,
            offer=OfferState.OFFERED,
            uptake=Uptake.ACCEPTED if answers else Uptake.EXPIRED,
            released_by_hand=False,
            offered_on=offered_on,
            accept_until=offered_on + timedelta(days=14),
            closes_on=closes_on,
            close_told=True,
            request_id=request_id,
            shares_state=False,
            changed_on=closes_on,
            dossier=b"sealed",
        )
    )
    if request_id is None:
        return
    round_ = RoundRow(
        id=uuid4(),
        request_id=request_id,
        stage=Stage.AFTER_DECISION,
        mode=Mode.SEALED,
        state=state,
        k=1,
        k_basis=KBasis.ALL,
        held=CandidateHeldLinks.NONE,
        opened_by=OpenedBy.CONNECTION,
        people=len(answers),
        opens_on=offered_on,
        closes_on=closes_on,
        released_on=closes_on,
        briefing={},
    )
    session.add(round_)
    for doubts in answers:
        given = a_sealed_answer(concerns=list(doubts))
        released = released_form(given, mode=Mode.SEALED, words=True, worries=[], new_id=uuid4)
        session.add(AnswerRow(id=released.id, round_id=round_.id, body=dump(Stored(released, None, None))))
