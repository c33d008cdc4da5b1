"""Views of a round with its statement, the same for the people asked, the manager and the candidate."""

from datetime import date
from typing import Any, Protocol

from app.blinding.commitment import words_of
from app.blinding.encoding import base64url
from app.context import Operator
from app.core.days import end_of_day
from app.rounds import statement as words
from app.rounds.answer_schemas import AnswerFormBlindRound, ConsentTexts
from app.rounds.box import Box, counted
from app.rounds.feedback import RoundRead
from app.rounds.models import RoundRow
from app.rounds.rules import CandidateHeldLinks, KBasis, OpenedBy, RoundState, Threshold, answers_from, answers_open_on
from app.rounds.schemas import (
    BlindRound,
    Briefing,
    CodedText,
    ManagerRoundState,
    RoundAnonymity,
    RoundOfManager,
    RoundShown,
)
from app.vocabulary.codes import Mode, Stage


class HasPromise(Protocol):
    """The columns of a round that its promise depends on. Only the date may change after the round is opened."""

    mode: Any
    k: Any
    k_basis: Any
    held: Any
    opened_by: Any
    people: Any
    closes_on: Any
    claim_until: Any
    public_key: Any


def wording_of(
    row: HasPromise,
    briefing: Briefing,
    operator: Operator,
    *,
    signature: str | None = None,
    claims: int | None = None,
) -> words.Wording:
    """Gather the facts for the statement of a round. Give `claims` only to people whose tokens are among them."""
    taking_part = row.people if claims is None else claims
    return words.Wording(
        name=briefing.candidate_name,
        company=briefing.company,
        people=row.people,
        reads_on=answers_open_on(row.closes_on),
        threshold=Threshold(Mode(row.mode), row.k, KBasis(row.k_basis), CandidateHeldLinks(row.held)),
        signature=signature,
        operator=operator.name,
        contact=operator.contact,
        opened_by=OpenedBy(row.opened_by),
        reach=briefing.reach,
        manager=briefing.manager_name,
        few=taking_part < words.FEWEST_HIDDEN,
    )


def team_wording(briefing: Briefing, operator: Operator, today: date) -> words.Wording:
    """Gather the facts for the statement of a team's own answer."""
    return words.Wording(
        name=briefing.candidate_name,
        company=briefing.company,
        people=1,
        reads_on=today,
        threshold=Threshold(Mode.ATTRIBUTED, 1),
        signature=words.TEAM_SIGNATURE.format(company=briefing.company),
        operator=operator.name,
        contact=operator.contact,
    )


def anonymity(row: HasPromise, wording: words.Wording) -> RoundAnonymity:
    """Return the promise of a round."""
    threshold = wording.threshold
    return RoundAnonymity(
        mode=threshold.mode,
        k=None if threshold.mode is Mode.ATTRIBUTED else threshold.k,
        k_basis=threshold.basis,
        # If the manager chose the people, their number would help the candidate to guess who answered.
        invited=row.people if row.opened_by == OpenedBy.CANDIDATE else None,
        in_short=words.in_short(wording),
        statement=words.statement(wording),
        candidate_held=threshold.candidate_held,
        caveats=[CodedText(code=code, text=text) for code, text in words.caveats(wording)],
    )


def consent(wording: words.Wording) -> ConsentTexts:
    """Return the texts beside the choices of an author."""
    signed = wording.threshold.mode is Mode.ATTRIBUTED
    return ConsentTexts(
        invitation=wording.fill(words.INVITATION),
        too_few=[CodedText(code=choice, text=text) for choice, text in words.too_few_choices(wording)],
        understood=wording.fill(words.UNDERSTOOD) if signed else None,
        decline=wording.fill(words.DECLINE),
        how_it_works=words.how_it_works(wording),
    )


def blind(row: HasPromise) -> BlindRound | None:
    """Return the key and the claim window of a blind round; None for other rounds."""
    if row.claim_until is None or row.public_key is None:
        return None
    return BlindRound(
        public_key=base64url(row.public_key),
        words=words_of(row.public_key),
        claim_until=row.claim_until,
        claims_close_at=end_of_day(row.claim_until),
    )


def blind_form(row: HasPromise, box: Box, today: date, *, claimed: bool) -> AnswerFormBlindRound | None:
    """Return the days of a blind round for the form, and whether fewer than k answers can come; None for others."""
    shown = blind(row)
    if shown is None:
        return None
    can_come = counted(box, box.claims, independent_only=row.k_basis == KBasis.INDEPENDENT)
    too_few = claimed and today > shown.claim_until and can_come < row.k
    return AnswerFormBlindRound(
        **dict(shown),
        answers_from=answers_from(shown.claim_until),
        answers_open_at=shown.claims_close_at,
        too_few=too_few,
    )


def show(row: RoundRow, operator: Operator, *, state: RoundState | None = None) -> RoundShown:
    """Return a round as the candidate sees it."""
    return RoundShown(**_facts(row, operator), state=state or RoundState(row.state))


def show_to_manager(read: RoundRead, operator: Operator) -> RoundOfManager:
    """Return a round as the manager sees it. Unlike the manager's own answer, no other tells before its end."""
    state = read.state if read.row.is_team_answer else read.row.state
    is_open = state == RoundState.COLLECTING
    shown = ManagerRoundState.COLLECTING if is_open else ManagerRoundState.CLOSED
    return RoundOfManager(**_facts(read.row, operator), state=shown)


def _facts(row: RoundRow, operator: Operator) -> dict[str, Any]:
    return {
        "id": row.id,
        "stage": Stage(row.stage),
        "opened_by": OpenedBy(row.opened_by),
        "opened_on": row.opens_on,
        "closes_on": row.closes_on,
        "closes_at": end_of_day(row.closes_on),
        "anonymity": anonymity(row, wording_of(row, Briefing.model_validate(row.briefing), operator)),
        "blind": blind(row),
    }
