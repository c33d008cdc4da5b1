"""Rules that turn an author's answer into the form that the candidate reads, without identifying the author."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from app.answers.schemas import (
    ReleasedAnswer,
    ReleasedConcern,
    ReleasedHiredProfile,
    ReleasedOpenQuestion,
    ReleasedReason,
    ReleasedStrength,
    ReleasedWorryReply,
)
from app.vocabulary.answer import Answer, ConcernGiven, HiredProfile, WorryReply
from app.vocabulary.codes import Agreement, Asked, Mode, Played, Source, SurfacedAt, Weight
from app.vocabulary.habits import fold, in_order

FROM_A_REFERENCE = (
    "Something from your references counted. Nobody will say which one: "
    "talk to all of them before the next application."
)
"""Replaces any statement that came from a reference, in every mode: references did not agree to be quoted."""

# A fine source often identifies a person: only the recruiter held the screening call. Others become `unknown`.
_COARSE_SOURCES = {
    Source.RESUME_OR_PROFILE: Source.PAPERS,
    Source.LETTER_OR_APPLICATION: Source.PAPERS,
    Source.PORTFOLIO_OR_PUBLIC_PROFILE: Source.PAPERS,
    Source.PAPERS: Source.PAPERS,
    Source.SCREENING_CALL: Source.CONVERSATION,
    Source.INTERVIEW_ANSWER: Source.CONVERSATION,
    Source.INTERVIEW_BEHAVIOUR: Source.CONVERSATION,
    Source.CONVERSATION: Source.CONVERSATION,
    Source.EXERCISE_OR_TEST: Source.TASK,
    Source.TASK: Source.TASK,
    Source.REFERENCE: Source.REFERENCE,
}

_COUNTED = {Played.DECISIVE: Weight.DECISIVE, Played.SOME: Weight.CONTRIBUTING}


def released_form(
    answer: Answer, *, mode: Mode, words: bool, worries: Sequence[str], new_id: Callable[[], UUID]
) -> ReleasedAnswer:
    """Return the form of an answer that the candidate may read.

    Without `words` the author allowed only their choices, and the result has none of their texts. `worries` are the
    candidate's own, in the order of the form. `new_id` has to make random ids (UUIDv4), which tell no order.
    """

    def allowed(text: str | None) -> str | None:
        return text if words else None

    answer = in_order(answer)
    return ReleasedAnswer(
        id=new_id(),
        words=words,
        reasons=tuple(
            ReleasedReason(code=given.code, detail=allowed(given.detail), circumstance=given.circumstance)
            for given in answer.reasons or ()
        ),
        concerns=tuple(_concerns(answer, mode, words, worries, new_id)),
        worry_replies=tuple(
            ReleasedWorryReply(worry=reply.worry, played=reply.played, note=allowed(reply.note))
            for reply in answer.worry_replies or ()
        ),
        strengths=tuple(
            ReleasedStrength(competency=given.competency, note=allowed(given.note)) for given in answer.strengths or ()
        ),
        ratings=dict(sorted((answer.ratings or {}).items())),
        hired_profile=_hired(answer.hired_profile, words),
        could_do_job=answer.could_do_job,
        advice=allowed(answer.advice),
        reapply=answer.reapply,
        own_question_reply=allowed(answer.own_question_reply),
        open_questions=tuple(
            ReleasedOpenQuestion(id=new_id(), question=allowed(asked.question), about=asked.about)
            for asked in answer.open_questions or ()
        ),
        signature=answer.signature if mode is Mode.ATTRIBUTED else None,
    )


def _hired(profile: HiredProfile | None, words: bool) -> ReleasedHiredProfile | None:
    if profile is None:
        return None
    return ReleasedHiredProfile(
        selection_result=profile.selection_result,
        experience_vs_you=profile.experience_vs_you,
        closer_match_in=profile.closer_match_in or (),
        decisive_difference=profile.decisive_difference,
        field_size=profile.field_size,
        interviewed=profile.interviewed,
        stage_you_reached=profile.stage_you_reached if words else None,
        standing=profile.standing,
    )


def _concerns(
    answer: Answer, mode: Mode, words: bool, worries: Sequence[str], new_id: Callable[[], UUID]
) -> Iterator[ReleasedConcern]:
    """Yield the worries that counted, then the author's concerns. A concern equal to a worry appears once."""
    counted = {reply.worry: reply for reply in answer.worry_replies or () if _made_a_concern(reply, worries)}
    # If two worries have the same text, a concern belongs to the one that counted.
    order = sorted(range(len(worries)), key=lambda index: (index in counted, -index))
    spelled = {_spelling(worries[index]): index for index in order}
    given_as_concerns: set[str] = set()
    explicit = []
    for given in answer.concerns or ():
        spelling = _spelling(given.statement)
        # A reference is never quoted, not even in words that equal a worry of the candidate.
        index = None if given.source is Source.REFERENCE else spelled.get(spelling)
        if index is not None and not words and index not in counted:
            # The author wrote the words of a worry without choosing it, and only choices may be shown.
            index = None
        if index is not None:
            given_as_concerns.add(spelling)
        reply = None if index is None else counted.get(index)
        explicit.append(_concern(given, mode, words, None if index is None else worries[index], index, reply, new_id()))
    for index, reply in sorted(counted.items(), key=lambda item: item[0]):
        if _spelling(worries[index]) not in given_as_concerns:
            yield _from_worry(reply, worries[index], words, new_id())
    yield from explicit


def _made_a_concern(reply: WorryReply, worries: Sequence[str]) -> bool:
    return reply.played in _COUNTED and 0 <= reply.worry < len(worries)


def _spelling(text: str) -> str:
    return " ".join(fold(text).casefold().split()).rstrip(".!")


def _from_worry(reply: WorryReply, worry: str, words: bool, concern_id: UUID) -> ReleasedConcern:
    return ReleasedConcern(
        id=concern_id,
        statement=worry,
        about=None,
        source=Source.UNKNOWN,
        asked=Asked.UNKNOWN,
        basis=None,
        surfaced_at=None,
        nature=None,
        weight=_COUNTED[reply.played],
        confidence=None,
        question=None,
        worry=reply.worry,
        note=reply.note if words else None,
        agreement=None,
        reply=None,
        effects=(),
    )


def _concern(
    given: ConcernGiven,
    mode: Mode,
    words: bool,
    worry: str | None,
    index: int | None,
    reply: WorryReply | None,
    concern_id: UUID,
) -> ReleasedConcern:
    from_reference = given.source is Source.REFERENCE
    unnamed = mode is not Mode.ATTRIBUTED
    if from_reference:
        statement: str | None = FROM_A_REFERENCE
    elif words:
        statement = given.statement
    else:
        # Only the candidate's own words may be shown, if the author chose that worry.
        statement = worry
    # Everyone knows who called the references: this moment would identify the author, and the reference.
    identifies = unnamed and given.surfaced_at is SurfacedAt.AFTER_REFERENCES
    return ReleasedConcern(
        id=concern_id,
        statement=statement,
        about=given.about,
        source=_COARSE_SOURCES.get(given.source, Source.UNKNOWN) if unnamed else given.source,
        asked=given.asked,
        basis=None if from_reference else given.basis,
        surfaced_at=None if from_reference or identifies else given.surfaced_at,
        nature=given.nature,
        weight=given.weight or (_COUNTED[reply.played] if reply else None),
        confidence=None if from_reference else given.confidence,
        question=given.question if words and not from_reference else None,
        worry=index,
        note=reply.note if words and reply else None,
        agreement=None,
        reply=None,
        effects=(),
    )


class _Topic(NamedTuple):
    """The subject of a concern: a worry of the candidate, or a code. Concerns with the same topic count as the same."""

    kind: str
    name: str


def _topic(concern: ReleasedConcern) -> _Topic | None:
    if concern.worry is not None:
        return _Topic("worry", str(concern.worry))
    return None if concern.about is None else _Topic("about", concern.about)


def with_agreement(answers: Sequence[ReleasedAnswer], *, k: int, mode: Mode) -> list[ReleasedAnswer]:
    """Return the answers of a round with the agreement on each concern. Below k answers there is none."""
    if mode is Mode.ATTRIBUTED or len(answers) < k:
        return [_with_levels(answer, {}) for answer in answers]
    sharing = Counter(topic for answer in answers for topic in {_topic(concern) for concern in answer.concerns})
    levels = {topic: _level(count, len(answers)) for topic, count in sharing.items() if topic is not None}
    return [_with_levels(answer, levels) for answer in answers]


def _level(sharing: int, among: int) -> Agreement:
    if sharing <= 1:
        return Agreement.ONE
    return Agreement.MOST if sharing * 2 > among else Agreement.SOME


def _with_levels(answer: ReleasedAnswer, levels: dict[_Topic, Agreement]) -> ReleasedAnswer:
    concerns = []
    for concern in answer.concerns:
        topic = _topic(concern)
        level = None if topic is None else levels.get(topic)
        concerns.append(concern.model_copy(update={"agreement": level}))
    return answer.model_copy(update={"concerns": tuple(concerns)})


def to_json(released: ReleasedAnswer) -> str:
    """Serialize a released answer, without replies and effects: they come later, and have tables of their own."""
    return released.model_dump_json(exclude={"concerns": {"__all__": {"reply", "effects"}}})


def from_json(text: str) -> ReleasedAnswer:
    """Parse what `to_json` wrote."""
    fields = json.loads(text)
    for concern in fields["concerns"]:
        concern |= {"reply": None, "effects": ()}
    return ReleasedAnswer.model_validate(fields)
