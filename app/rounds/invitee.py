"""Use cases of a person with a one-time link: form, preview, answer, decline, take back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.answers.rules import released_form
from app.answers.wording import in_words
from app.context import Operator
from app.core import randomness
from app.core.days import end_of_day, open_day
from app.core.errors import Conflict, FieldError, Gone, Invalid, one
from app.core.tokens import keyed_hash, read_code
from app.rounds import attributed, round_view
from app.rounds.answer_schemas import (
    AnswerForm,
    AnswerFormHolder,
    AnswerFormRequest,
    AnswerPreview,
    MissingPart,
    WordingHint,
)
from app.rounds.box import (
    Ballot,
    Box,
    Spending,
    decline_body,
    nonce_mark_of,
    retract,
    spend,
    spend_on_decline,
    was_spent,
)
from app.rounds.box_store import (
    OpenBox,
    check_still_open,
    closed_round,
    open_box,
    put_back,
    write_if_needed,
)
from app.rounds.schemas import Briefing
from app.sealing.keystore import FoundKey
from app.vocabulary.answer import Answer, canonical, faults
from app.vocabulary.codes import VOCABULARY_VERSION, DeclineReason, Mode, Role
from app.vocabulary.lint import lint

# The length of a stored tag, which is a keyed hash.
TAG_BYTES = 32


@dataclass(frozen=True)
class Accepted:
    """An accepted answer; `repeated` if the server had accepted it before."""

    repeated: bool
    mode: Mode
    closes_on: date
    shows_at: datetime | None


def hash_code(pepper: bytes, typed: str) -> bytes:
    """Hash a code as the box stores it. A malformed code gets a hash that no code has."""
    code = read_code(typed)
    return keyed_hash(pepper, b"" if code is None else code.encode())


def hash_tag(pepper: bytes, round_id: UUID, receipt_tag: str | None) -> bytes:
    """Hash the tag of a receipt as the box stores it. Without a receipt the hash is empty.

    The round is part of it. Otherwise one receipt, used in two rounds, would show that both answers have one author.
    """
    return b"" if receipt_tag is None else keyed_hash(pepper, b"receipt", round_id.bytes, receipt_tag.encode())


def form(
    session: Session,
    *,
    round_key: FoundKey,
    code_hash: bytes,
    today: date,
    operator: Operator,
    repeating: bool = False,
) -> AnswerForm:
    """Return the questions and the promise. The result does not depend on whether the code was used.

    With `repeating`, also after the closing date: the caller shows the result only to somebody who repeats an answer.
    """
    opened = open_box(session, round_key, today, lock=False, repeating=repeating)
    holder = opened.holder_of(code_hash)
    signature = holder.name if opened.mode is Mode.ATTRIBUTED else None
    return form_of(opened, today, operator, role=Role(holder.role), signature=signature)


def form_of(
    opened: OpenBox, today: date, operator: Operator, *, role: Role | None = None, signature: str | None = None
) -> AnswerForm:
    """Return the form of a round, to a person who has proved to hold a link or a token."""
    briefing = opened.briefing
    # The holder of an unused code may be the candidate, who must not learn how many people claimed.
    counted = Box([]) if role else Box(opened.packed.codes())
    wording = round_view.wording_of(
        opened.row, briefing, operator, signature=signature, claims=None if role else counted.claims
    )
    return AnswerForm(
        request=AnswerFormRequest(
            candidate_name=briefing.candidate_name,
            company=briefing.company,
            role_title=briefing.role_title,
            stage=opened.stage,
            interviewed_on=briefing.interviewed_on,
            worries=briefing.worries,
            own_question=briefing.own_question,
        ),
        you=AnswerFormHolder(role=role, signature=signature),
        anonymity=round_view.anonymity(opened.row, wording),
        consent=round_view.consent(wording),
        closes_on=opened.row.closes_on,
        closes_at=end_of_day(opened.row.closes_on),
        blind=round_view.blind_form(opened.row, counted, today, claimed=role is None),
        sections=list(briefing.asked_for),
        vocabulary_version=VOCABULARY_VERSION,
    )


def preview(
    session: Session, *, round_key: FoundKey, code_hash: bytes, answer: Answer | None, today: date
) -> AnswerPreview:
    """Return what the candidate would read of `answer`, finished or not. Before a decline or a claim: nothing."""
    opened = open_box(session, round_key, today, lock=False)
    if answer is None:
        check_takes_claims(opened, today)
        opened.code_with(code_hash, to_change=False)
        return AnswerPreview(candidate_reads=None, in_words=[], findings=[], missing=[])
    missing = faults_of(opened, answer)
    _check_takes_codes(opened)
    holder = opened.holder_of(code_hash)
    # No names of colleagues: somebody could try a list of names, and see by the hints who else was asked.
    names = [name for name in (holder.name, opened.briefing.manager_name) if name]
    return preview_of(answer, mode=opened.mode, briefing=opened.briefing, names=names, missing=missing)


def preview_of(
    answer: Answer, *, mode: Mode, briefing: Briefing, names: Sequence[str], missing: Sequence[FieldError]
) -> AnswerPreview:
    """Return what the candidate would read, hints on the wording, and what is missing."""
    worries = [worry.text for worry in briefing.worries]
    released = released_form(answer, mode=mode, words=True, worries=worries, new_id=randomness.new_id)
    return AnswerPreview(
        candidate_reads=released,
        in_words=in_words(released, candidate_name=briefing.candidate_name),
        findings=[
            WordingHint(pointer=found.pointer, code=found.code, message=found.message, span=found.span)
            for found in lint(answer, names=names)
        ],
        missing=[MissingPart(pointer=fault.pointer, code=fault.code, message=fault.message) for fault in missing],
    )


def submit(
    session: Session,
    *,
    round_key: FoundKey,
    code_hash: bytes,
    nonce: str,
    answer: Answer,
    understood: bool,
    tag: bytes = b"",
    now: datetime,
) -> Accepted:
    """Store a complete answer and spend a use of the code. A repetition changes nothing, even after the deadline.

    `tag` leads from the author's receipt to the answer. Raises Invalid before the code is checked; Conflict if the code
    has no use left, or if the nonce came with another answer.
    """
    body = tag + canonical(answer)

    def attempt(lock: bool) -> Accepted | None:
        opened = open_box(session, round_key, open_day(now), lock=lock, repeating=True)
        if opened.is_over and not was_spent(opened.packed.code(code_hash), nonce, body):
            raise closed_round()
        errors = [*faults_of(opened, answer), *_consent_faults(opened.mode, understood), *_tag_faults(opened.mode, tag)]
        if errors:
            raise Invalid(errors)
        _check_takes_codes(opened)
        code = opened.code_with(code_hash, to_change=lock)
        spending = spend(code, nonce, body)
        if spending is Spending.REFUSED:
            raise already_answered()
        mark = nonce_mark_of(code_hash, nonce)
        if spending is Spending.REPEATED:
            signed = opened.mode is Mode.ATTRIBUTED
            shows_at = attributed.shows_at(session, opened.round_id, mark) if signed else None
            return Accepted(True, opened.mode, opened.row.closes_on, shows_at)
        if not lock:
            return None
        shows_at = None
        if opened.mode is Mode.ATTRIBUTED:
            worries = [worry.text for worry in opened.briefing.worries]
            shows_at = attributed.publish(session, opened.round_id, answer, worries=worries, mark=mark, now=now)
        else:
            # Every ballot gets a tag, and so every answer a mailbox. Otherwise the access log of mailboxes would tell
            # which answers belong to people with a receipt. Nobody has the receipt for a random tag.
            kept_tag = tag or randomness.token_bytes(TAG_BYTES)
            opened.box.ballots.append(Ballot(canonical(answer), kept_tag))
        put_back(session, opened)
        return Accepted(False, opened.mode, opened.row.closes_on, shows_at)

    return write_if_needed(attempt)


def decline(
    session: Session, *, round_key: FoundKey, code_hash: bytes, nonce: str, reason: DeclineReason, today: date
) -> bool:
    """Spend a use of the code on a decline; return whether this is a repetition."""

    def attempt(lock: bool) -> bool | None:
        opened = open_box(session, round_key, today, lock=lock, repeating=True)
        is_repetition = was_spent(opened.packed.code(code_hash), nonce, decline_body(reason))
        check_still_open(opened, is_repetition=is_repetition)
        if reason is DeclineReason.WILL_CONTACT_DIRECTLY and opened.mode is not Mode.ATTRIBUTED:
            raise one("/reason", "not_allowed_here", "That would tell who you are. Please choose another reason.")
        if not is_repetition:
            check_takes_claims(opened, today)
        spending = spend_on_decline(opened.code_with(code_hash, to_change=lock), nonce, reason)
        if spending is Spending.REFUSED:
            raise already_answered()
        if spending is Spending.ACCEPTED:
            if not lock:
                return None
            put_back(session, opened)
        return spending is Spending.REPEATED

    return write_if_needed(attempt)


def take_back(session: Session, *, round_key: FoundKey, code_hash: bytes, nonce: str, now: datetime) -> None:
    """Delete a signed answer that does not show yet, and give its code the use back, even after the closing day."""

    def attempt(lock: bool) -> Spending | None:
        opened = open_box(session, round_key, open_day(now), lock=lock, taking_back=True)
        code = opened.code_with(code_hash, to_change=lock)
        if opened.mode is not Mode.ATTRIBUTED:
            raise Conflict(
                "sealed_round", "Nobody can take a sealed answer out again, since nobody knows which is whose."
            )
        spending = retract(code, nonce)
        if spending is Spending.REFUSED:
            raise Conflict("nothing_to_take_back", "No answer was sent with this nonce.")
        if spending is Spending.ACCEPTED:
            if not lock:
                return None
            attributed.unpublish(session, opened.round_id, nonce_mark_of(code_hash, nonce), now)
            put_back(session, opened)
        return spending

    write_if_needed(attempt)


def already_answered() -> Conflict:
    """Return the error of a code without a use left, or of a nonce that came with another body."""
    return Conflict("already_answered", "This link was used already. What was sent first is kept.")


def check_takes_claims(opened: OpenBox, today: date) -> None:
    """Raise Gone if the claim window of a blind round is over."""
    if opened.row.claim_until is not None and today > opened.row.claim_until:
        raise Gone("claims_over", "The days in which to take part, or to decline, are over in this round.")


def faults_of(opened: OpenBox, answer: Answer) -> Sequence[FieldError]:
    """Return what is missing in an answer to this round, and what the round refuses."""
    told = opened.briefing
    return faults(answer, stage=opened.stage, mode=opened.mode, worries=len(told.worries), left_out=told.left_out)


def _check_takes_codes(opened: OpenBox) -> None:
    # A code with an answer would tell the server who wrote it.
    if opened.mode is Mode.BLIND:
        raise Conflict("token_needed", "In this round an answer comes with a token, never with the code of a link.")


def _tag_faults(mode: Mode, tag: bytes) -> list[FieldError]:
    if mode is Mode.ATTRIBUTED and tag:
        return [FieldError("/receipt_tag", "not_allowed_here", "What is signed needs no receipt: leave this out.")]
    return []


def _consent_faults(mode: Mode, understood: bool) -> list[FieldError]:
    if mode is Mode.ATTRIBUTED and not understood:
        return [FieldError("/understood", "required", "Please confirm that your answer is shown with your name.")]
    if mode is not Mode.ATTRIBUTED and understood:
        return [FieldError("/understood", "not_allowed_here", "Nothing is shown with a name here: leave this out.")]
    return []
