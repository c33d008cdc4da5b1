"""Blind rounds: people claim a token by code in the first days, and answer by token in the days after those.

The operator sees each claim with its code and each answer with its token, but cannot match a token to a claim
(RFC 9497). This module alone decides when a blind round takes claims and answers.
"""

from dataclasses import dataclass
from datetime import date, datetime
from hmac import compare_digest
from uuid import UUID

from sqlalchemy.orm import Session

from app.blinding.encoding import base64url, read_base64url
from app.blinding.messages import TokenUse, mac_of
from app.blinding.voprf import BadElement, KeyPair, evaluate, evaluate_and_prove, hidden_element, round_key_pair
from app.context import Operator
from app.core.days import end_of_day, open_day
from app.core.errors import Conflict, Forbidden, Invalid, Unavailable, one
from app.rounds.answer_schemas import AnswerForm, AnswerPreview
from app.rounds.blind_schemas import ClaimAccepted, TokenEvaluation, TokenEvaluations
from app.rounds.box import Ballot, Spending, redeem, spend_on_claim
from app.rounds.box_store import OpenBox, closed_round, open_box, put_back, write_if_needed
from app.rounds.invitee import Accepted, already_answered, check_takes_claims, faults_of, form_of, preview_of
from app.rounds.rules import MOST_PEOPLE, answers_from
from app.sealing.keystore import FoundKey
from app.vocabulary.answer import Answer, canonical
from app.vocabulary.codes import Mode


@dataclass(frozen=True)
class Token:
    """A token as sent. `proved`: its mac is valid for this round and this body."""

    x: bytes
    mac: bytes
    proved: bool


def key_pair_of(seed: bytes | None, round_id: UUID) -> KeyPair:
    """Derive the key pair of a blind round. Raises Unavailable if the server has no seed."""
    if seed is None:
        raise Unavailable("blind_unavailable", "Blind rounds can't be had on this server right now.")
    return round_key_pair(seed, round_id)


def public_key_of(seed: bytes | None, round_id: UUID, mode: Mode) -> bytes | None:
    """Return the public key of a new round if it is blind."""
    return key_pair_of(seed, round_id).public if mode is Mode.BLIND else None


def read_token(
    seed: bytes | None, round_id: UUID, purpose: TokenUse, x: str, mac: str, *, receipt_tag: str = "", body: bytes = b""
) -> Token:
    """Check a token, before a transaction begins. Raises Invalid, Unavailable."""
    token = _read("/x", x)
    sent = _read("/mac", mac)
    output = evaluate(key_pair_of(seed, round_id).secret, token)
    expected = mac_of(output, purpose, round_id, token, receipt_tag=receipt_tag, body=body)
    return Token(token, sent, compare_digest(sent, expected))


def claim(
    session: Session, *, round_key: FoundKey, code_hash: bytes, blinded: str, today: date, seed: bytes | None
) -> tuple[ClaimAccepted, bool]:
    """Spend a use of a code on a token; return its evaluation, and whether this was a repetition."""
    element = _read("/blinded", blinded)
    evaluation: TokenEvaluation | None = None

    def attempt(lock: bool) -> tuple[ClaimAccepted, bool] | None:
        nonlocal evaluation
        opened = _open_blind(session, round_key, today, lock=lock)
        check_takes_claims(opened, today)
        evaluation = evaluation or _evaluate(key_pair_of(seed, opened.round_id), element)
        spending = spend_on_claim(opened.code_with(code_hash, to_change=lock), element)
        if spending is Spending.REFUSED:
            raise already_answered()
        if spending is Spending.ACCEPTED:
            if not lock:
                return None
            put_back(session, opened)
        claimed = ClaimAccepted(
            status="claimed",
            public_key=base64url(opened.row.public_key),
            evaluated=evaluation.evaluated,
            proof=evaluation.proof,
            answers_from=answers_from(opened.row.claim_until),
            answers_open_at=end_of_day(opened.row.claim_until),
            closes_on=opened.row.closes_on,
            closes_at=end_of_day(opened.row.closes_on),
        )
        return claimed, spending is Spending.REPEATED

    return write_if_needed(attempt)


def evaluations(session: Session, *, round_key: FoundKey, today: date, seed: bytes | None) -> TokenEvaluations:
    """Return ten evaluations, as many as the largest round has people. Each person finds their own among them.

    Evaluations of dummy elements fill the list up. So it tells neither how many people claimed, nor how many the hiring
    manager asked.
    """
    opened = _open_blind(session, round_key, today, lock=False)
    _check_takes_answers(opened, today)
    keys = key_pair_of(seed, opened.round_id)
    elements = [element for code in opened.packed.codes() for element in code.claims]
    missing = range(MOST_PEOPLE - len(elements))
    elements += [hidden_element(keys.secret, opened.round_id, index) for index in missing]
    return TokenEvaluations(
        public_key=base64url(opened.row.public_key),
        evaluations=[_evaluate(keys, element) for element in sorted(elements)],
        closes_on=opened.row.closes_on,
    )


def form(session: Session, *, round_key: FoundKey, token: Token, today: date, operator: Operator) -> AnswerForm:
    """Return the questions and the promise to the holder of a token. The result does not show whether it was used."""
    return form_of(_open_for(session, round_key, token, today), today, operator)


def preview(session: Session, *, round_key: FoundKey, token: Token, answer: Answer, today: date) -> AnswerPreview:
    """Return what the candidate would read of `answer`, finished or not."""
    opened = _open_for(session, round_key, token, today)
    names = [opened.briefing.manager_name] if opened.briefing.manager_name else []
    missing = faults_of(opened, answer)
    return preview_of(answer, mode=Mode.BLIND, briefing=opened.briefing, names=names, missing=missing)


def answer(
    session: Session, *, round_key: FoundKey, token: Token, answer: Answer, tag: bytes, now: datetime
) -> Accepted:
    """Keep a complete answer and spend its token, once however often it is repeated.

    Raises Invalid before the token is looked at; Conflict if the token came with another answer.
    """

    def attempt(lock: bool) -> Accepted | None:
        opened = _open_blind(session, round_key, open_day(now), lock=lock, repeating=True)
        if opened.is_over and not (token.proved and (token.x, token.mac) in opened.packed.spent()):
            raise closed_round()
        if errors := faults_of(opened, answer):
            raise Invalid(errors)
        _admit(opened, token, open_day(now))
        spending = redeem(opened.box.spent if lock else opened.packed.spent(), token.x, token.mac)
        if spending is Spending.REFUSED:
            raise already_answered()
        if spending is Spending.ACCEPTED:
            if not lock:
                return None
            opened.box.ballots.append(Ballot(canonical(answer), tag))
            put_back(session, opened)
        return Accepted(spending is Spending.REPEATED, Mode.BLIND, opened.row.closes_on, None)

    return write_if_needed(attempt)


def _open_for(session: Session, round_key: FoundKey, token: Token, today: date) -> OpenBox:
    opened = _open_blind(session, round_key, today, lock=False)
    _admit(opened, token, today)
    return opened


def _open_blind(session: Session, round_key: FoundKey, today: date, *, lock: bool, repeating: bool = False) -> OpenBox:
    opened = open_box(session, round_key, today, lock=lock, repeating=repeating)
    if opened.is_over and opened.mode is not Mode.BLIND:
        raise closed_round()
    if opened.mode is not Mode.BLIND:
        raise Conflict("not_blind", "This round takes answers by the code of a link, and no tokens.")
    return opened


def _admit(opened: OpenBox, token: Token, today: date) -> None:
    _check_takes_answers(opened, today)
    if not token.proved:
        raise Forbidden("bad_token", "This token does not belong to this round, or not to what was sent with it.")


def _check_takes_answers(opened: OpenBox, today: date) -> None:
    if today <= opened.row.claim_until:
        raise Conflict("claims_open", "Answers are taken when the days in which to take part are over.")


def _read(pointer: str, text: str) -> bytes:
    try:
        return read_base64url(text, 32)
    except ValueError:
        raise one(pointer, "invalid_format", "This does not look as it should.") from None


def _evaluate(keys: KeyPair, element: bytes) -> TokenEvaluation:
    try:
        evaluated, proof = evaluate_and_prove(keys, element)
    except BadElement:
        raise one("/blinded", "invalid_element", "This is no element of the group that can be evaluated.") from None
    return TokenEvaluation(blinded=base64url(element), evaluated=base64url(evaluated), proof=base64url(proof))
