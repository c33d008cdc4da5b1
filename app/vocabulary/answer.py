"""The structured answer of one person, and the rules by which a round accepts it."""

import json
from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import Annotated

from pydantic import BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

from app.core.errors import FieldError
from app.core.schemas import AtMost, Input
from app.core.text import Clean, OneLine
from app.vocabulary.codes import (
    About,
    Asked,
    Band,
    Basis,
    Circumstance,
    Competency,
    Confidence,
    CouldDoJob,
    Experience,
    IfTooFew,
    Mode,
    Nature,
    Played,
    Rating,
    Reapply,
    Reason,
    SelectionResult,
    Sharing,
    Source,
    Stage,
    Standing,
    SurfacedAt,
    Weight,
)
from app.vocabulary.habits import Folded, in_order

LARGEST_ANSWER = 16 * 1024
"""Limit of an answer, in bytes of canonical JSON: twice the longest answer in plain English."""

SHORTEST_OTHER = 20
"""The least characters of `detail` with the reason `other`, which tells the candidate nothing by itself."""


def _blank_is_none(value: object) -> object:
    return None if value == "" else value


def _whole_number(value: object) -> object:
    # JSON has one type of number, so 1.0 is an index. "1" and true are not, although `int` would accept them.
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise PydanticCustomError("int_type", "This must be a whole number.")
    return int(value)


# An empty field of a form counts as not given. The last validator runs first: `Clean`, `Folded`, then `_Blank`.
_Blank = BeforeValidator(_blank_is_none)
_MaybeText60 = Annotated[Annotated[str, StringConstraints(max_length=60), OneLine] | None, _Blank, Folded, Clean]
_MaybeText80 = Annotated[Annotated[str, StringConstraints(max_length=80), OneLine] | None, _Blank, Folded, Clean]
_MaybeText200 = Annotated[Annotated[str, StringConstraints(max_length=200), OneLine] | None, _Blank, Folded, Clean]
_MaybeText280 = Annotated[Annotated[str, StringConstraints(max_length=280)] | None, _Blank, Folded, Clean]
_MaybeText600 = Annotated[Annotated[str, StringConstraints(max_length=600)] | None, _Blank, Folded, Clean]
_Statement = Annotated[str, StringConstraints(min_length=1, max_length=280), OneLine, Folded, Clean]
_Question = Annotated[str, StringConstraints(min_length=1, max_length=200), OneLine, Folded, Clean]
_WorryIndex = Annotated[int, BeforeValidator(_whole_number)]


class ReasonGiven(Input):
    """One of up to three reasons."""

    code: Reason
    """The reason."""
    detail: _MaybeText600 = None
    """The reason in the author's own words. `other` needs at least 20 characters."""
    circumstance: Circumstance | None = None
    """What it was instead; only with `not_about_you`."""


class ConcernGiven(Input):
    """A belief about the candidate, in one sentence that addresses them."""

    statement: _Statement
    """The belief in one sentence, said to the candidate."""
    source: Source
    """Where the belief comes from."""
    asked: Asked
    """Whether the candidate was ever asked about it."""
    about: About | None = None
    """The competency or reason that this is about."""
    basis: Basis | None = None
    """What the belief rests on."""
    surfaced_at: SurfacedAt | None = None
    """When the belief came up."""
    nature: Nature | None = None
    """What the candidate could do about it."""
    weight: Weight | None = None
    """How much it counted in the decision."""
    confidence: Confidence | None = None
    """How sure the author is that it is true."""
    question: _MaybeText200 = None
    """The question that should have been asked."""


class WorryReply(Input):
    """The reply to a worry of the candidate."""

    worry: _WorryIndex
    """The index of the worry, from 0."""
    played: Played
    """Whether the worry counted."""
    note: _MaybeText280 = None
    """The author's own words about it."""


class StrengthGiven(Input):
    """A strength of the candidate."""

    competency: Competency
    """The competency that stood out."""
    note: _MaybeText280 = None
    """The author's own words about it."""


class HiredProfile(Input):
    """The person who got the job, in coarse terms only, since they are a third party."""

    selection_result: SelectionResult | None = None
    """Who got the job: somebody from inside, from outside, or nobody."""
    experience_vs_you: Experience | None = None
    """The hired person's experience beside the candidate's."""
    closer_match_in: Annotated[tuple[Competency, ...], AtMost(3)] | None = None
    """The competencies in which the hired person was the closer match."""
    decisive_difference: Reason | None = None
    """The reason that decided between the two."""
    field_size: Band | None = None
    """How many people applied."""
    interviewed: Band | None = None
    """How many people were interviewed."""
    stage_you_reached: _MaybeText60 = None
    """The stage that the candidate reached."""
    standing: Standing | None = None
    """How far up the candidate came."""


class OpenQuestion(Input):
    """A question of the team, before the decision."""

    question: _Question
    """The question."""
    about: Competency | None = None
    """The competency that the question is about."""


class Answer(Input):
    """An answer. Each round requires and refuses some of its parts.

    Null means "not given". An empty list is different: it answers that nothing is open.
    """

    reasons: Annotated[tuple[ReasonGiven, ...], AtMost(3)] | None = None
    """Up to three reasons that made the candidate less competitive. Required after the decision."""
    concerns: Annotated[tuple[ConcernGiven, ...], AtMost(5)] | None = None
    """What was believed about the candidate and may be wrong, at most five."""
    worry_replies: Annotated[tuple[WorryReply, ...], AtMost(3)] | None = None
    """Whether the candidate's own worries counted."""
    strengths: Annotated[tuple[StrengthGiven, ...], AtMost(3)] | None = None
    """What spoke for the candidate, at most three."""
    ratings: Annotated[dict[Competency, Rating], AtMost(len(Competency), shown=False)] | None = None
    """A rating for each competency that the author wants to rate."""
    hired_profile: HiredProfile | None = None
    """The person who got the job, in coarse terms."""
    could_do_job: CouldDoJob | None = None
    """Whether the author thinks that the candidate could do the job."""
    advice: _MaybeText600 = None
    """What the candidate could do better next time."""
    reapply: Reapply | None = None
    """Whether another application makes sense."""
    own_question_reply: _MaybeText600 = None
    """The reply to the candidate's own question."""
    sharing: Sharing | None = None
    """Whether the hiring manager may read the answer too."""
    signature: _MaybeText80 = None
    """The author's name. Required where answers are signed, refused where they are not."""
    if_too_few: IfTooFew | None = None
    """What happens to the answer if fewer than `k` come. Required unless answers are signed."""
    open_questions: Annotated[tuple[OpenQuestion, ...], AtMost(3)] | None = None
    """What the team would like to have cleared up. Asked before the decision only; an empty list is an answer."""


def canonical(answer: Answer) -> bytes:
    """Return the canonical JSON of an answer, which is sealed, and compared in repetitions."""
    fields = in_order(answer).model_dump(mode="json", exclude_none=True)
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def parse(data: bytes) -> Answer:
    """Parse what `canonical` wrote."""
    return Answer.model_validate_json(data)


_BEFORE_DECISION = frozenset({"open_questions", "worry_replies", "if_too_few", "signature"})


def faults(
    answer: Answer, *, stage: Stage, mode: Mode, worries: int, left_out: Collection[str] = ()
) -> list[FieldError]:
    """Return what is missing in an answer to this round, and what the round refuses, in the order of the form.

    `worries` is the number of the candidate's worries. `left_out` names the parts that the employer leaves out. With an
    empty result, the round accepts the answer.
    """
    found = [
        *_misplaced(answer, stage),
        *_left_out(answer, left_out),
        *_missing(answer, stage, mode),
        *reason_faults(answer.reasons or (), at="/answer"),
        *_worry_replies(answer.worry_replies or (), worries),
        *strength_faults(answer.strengths or (), at="/answer"),
    ]
    if answer.hired_profile is not None:
        found += _repeated("/answer/hired_profile/closer_match_in/{}", answer.hired_profile.closer_match_in or ())
    if len(canonical(answer)) > LARGEST_ANSWER:
        found.append(FieldError("/answer", "too_large", "This is more than fits into one answer. Please shorten it."))
    return found


def _misplaced(answer: Answer, stage: Stage) -> Iterable[FieldError]:
    """Refuse verdicts before the decision, and open questions after it."""
    for field in Answer.model_fields:
        if getattr(answer, field) is None:
            continue
        if stage is Stage.AFTER_INTERVIEW and field not in _BEFORE_DECISION:
            yield FieldError(f"/answer/{field}", "not_allowed_here", "This is not asked before the decision.")
        elif stage is not Stage.AFTER_INTERVIEW and field == "open_questions":
            yield FieldError(
                f"/answer/{field}", "not_allowed_here", "Open questions are asked before the decision only."
            )


def _left_out(answer: Answer, fields: Collection[str]) -> Iterable[FieldError]:
    for field in Answer.model_fields:
        if field in fields and getattr(answer, field) is not None:
            yield FieldError(f"/answer/{field}", "section_not_asked", "This is not asked here: please leave it out.")


def _missing(answer: Answer, stage: Stage, mode: Mode) -> Iterable[FieldError]:
    if stage is Stage.AFTER_INTERVIEW:
        if answer.open_questions is None:
            yield FieldError("/answer/open_questions", "required", "Name what is still open, or say that nothing is.")
    elif not answer.reasons:
        yield FieldError("/answer/reasons", "required", "Choose one to three reasons.")
    if mode is Mode.ATTRIBUTED:
        if answer.signature is None:
            yield FieldError("/answer/signature", "required", "This answer is signed. Please give your name.")
        if answer.if_too_few is not None:
            yield FieldError("/answer/if_too_few", "not_allowed_here", "A signed answer is shown in any case.")
    else:
        if answer.if_too_few is None:
            yield FieldError("/answer/if_too_few", "required", "Choose what happens if too few people answer.")
        if answer.signature is not None:
            yield FieldError(
                "/answer/signature", "not_allowed_here", "Answers here carry no name. Please leave it out."
            )


def reason_faults(reasons: Sequence[ReasonGiven], *, at: str) -> Iterable[FieldError]:
    """Return the faults of reasons. `at` is the pointer of the object that contains them."""
    yield from _repeated(at + "/reasons/{}/code", [given.code for given in reasons])
    for index, given in enumerate(reasons):
        if given.code is Reason.OTHER:
            pointer = f"{at}/reasons/{index}/detail"
            if given.detail is None:
                yield FieldError(pointer, "required", "Say in your own words what it was.")
            elif len(given.detail) < SHORTEST_OTHER:
                yield FieldError(pointer, "too_short", f"Please write at least {SHORTEST_OTHER} characters.")
        if given.circumstance is not None and given.code is not Reason.NOT_ABOUT_YOU:
            pointer = f"{at}/reasons/{index}/circumstance"
            yield FieldError(pointer, "not_allowed_here", "This belongs to “not about you” only.")


def strength_faults(strengths: Sequence[StrengthGiven], *, at: str) -> Iterable[FieldError]:
    """Return the faults of strengths. `at` is the pointer of the object that contains them."""
    return _repeated(at + "/strengths/{}/competency", [given.competency for given in strengths])


def _worry_replies(replies: Sequence[WorryReply], worries: int) -> Iterable[FieldError]:
    yield from _repeated("/answer/worry_replies/{}/worry", [reply.worry for reply in replies])
    for index, reply in enumerate(replies):
        if not 0 <= reply.worry < worries:
            yield FieldError(f"/answer/worry_replies/{index}/worry", "out_of_range", "There is no such worry.")


def _repeated(pointer: str, values: Sequence[Hashable]) -> Iterable[FieldError]:
    seen: set[Hashable] = set()
    for index, value in enumerate(values):
        if value in seen:
            yield FieldError(pointer.format(index), "duplicate", "This was chosen twice.")
        seen.add(value)
