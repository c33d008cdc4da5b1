"""Opening a round: its row and its box, in one go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import dice
from app.rounds.models import RoundRow
from app.rounds.publishing import publish_key
from app.rounds.rules import OpenedBy, RoundState, Threshold
from app.rounds.schemas import Briefing
from app.sealing.box import Box, Code, pack, size_of
from app.sealing.envelope import Kind, seal
from app.sealing.models import BoxRow
from app.vocabulary.codes import Stage


@dataclass(frozen=True)
class RoundPlan:
    """All that is fixed when a round is made."""

    id: UUID
    request_id: UUID
    stage: Stage
    threshold: Threshold
    people: int
    opened_by: OpenedBy
    opens_on: date
    closes_on: date
    briefing: Briefing
    claim_until: date | None = None
    public_key: bytes | None = None


def open_round(session: Session, plan: RoundPlan, codes: Sequence[Code] = (), *, key: bytes | None = None) -> RoundRow:
    """Store a round. `key` is durable already; a round that nobody can answer by a code has none, and no box."""
    row = RoundRow(
        id=plan.id,
        request_id=plan.request_id,
        stage=plan.stage,
        mode=plan.threshold.mode,
        state=RoundState.COLLECTING,
        k=plan.threshold.k,
        k_basis=plan.threshold.basis,
        held=plan.threshold.held,
        opened_by=plan.opened_by,
        people=plan.people,
        opens_on=plan.opens_on,
        closes_on=plan.closes_on,
        close_wished=False,
        below_threshold=False,
        briefing=plan.briefing.model_dump(mode="json"),
        claim_until=plan.claim_until,
        public_key=plan.public_key,
    )
    session.add(row)
    if plan.public_key is not None:
        publish_key(session, plan.id, plan.public_key, plan.opens_on)
    if key is not None:
        plaintext = pack(Box(list(codes)), dice.shuffle)
        ct = seal(key, Kind.BOX, plan.id, plaintext, size=size_of(plan.people))
        session.add(BoxRow(round_id=plan.id, ct=ct))
    return row


def has_round(session: Session, request_id: UUID, stage: Stage) -> bool:
    """Tell whether the candidate has asked at this stage already: asking again would add guesses, not answers."""
    statement = select(RoundRow.id).where(
        RoundRow.request_id == request_id,
        RoundRow.stage == stage,
        RoundRow.opened_by.in_((OpenedBy.CANDIDATE, OpenedBy.CONNECTION)),
    )
    return session.scalars(statement).first() is not None
