"""From what an author wrote to what a candidate reads: the rules that keep a promise while passing on the substance."""

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

FROM_A_REFERENCE = (
    "Something from your references counted. Nobody will say which one: "
    "talk to all of them before the next application."
)
"""Stands for whatever a reference is said to have said, in every mode: they did not agree to be quoted."""

# A fine source often names one person: only the recruiter held the screening call. All not listed become `unknown`.
_FOLDED = {
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
    """Return what the candidate may read of an answer.

    `words` is False where the author allowed what was ticked and no more: then no text of theirs is left. `worries` are
    the candidate's own, in the order in which the form showed them; `new_id` must tell nothing (uuid4).
    """

    def said(text: str | None) -> str | None:
        return text if words else None

    return ReleasedAnswer(
        id=new_id(),
        words=words,
        reasons=tuple(
            ReleasedReason(code=given.code, detail=said(given.detail), circumstance=given.circumstance)
            for given in answer.reasons or ()
        ),
        concerns=tuple(_concerns(answer, mode, words, worries, new_id)),
        worry_replies=tuple(
            ReleasedWorryReply(worry=reply.worry, played=reply.played, note=said(reply.note))
            for reply in answer.worry_replies or ()
        ),
        strengths=tuple(
            ReleasedStrength(competency=given.competency, note=said(given.note)) for given in answer.strengths or ()
        ),
        ratings=dict(sorted((answer.ratings or {}).items())),
        hired_profile=_hired(answer.hired_profile, words),
        could_do_job=answer.could_do_job,
        advice=said(answer.advice),
        reapply=answer.reapply,
        own_question_reply=said(answer.own_question_reply),
        open_questions=tuple(
            ReleasedOpenQuestion(id=new_id(), question=said(asked.question), about=asked.about)
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
    """First the worries that counted, unless the author said the same as a concern, then the author's concerns."""
    counted = {reply.worry: reply for reply in answer.worry_replies or () if _made_a_concern(reply, worries)}
    # Two worries may read the same: then the concern belongs to the one that counted.
    order = sorted(range(len(worries)), key=lambda index: (index in counted, -index))
    spelled = {_spelling(worries[index]): index for index in order}
    said_otherwise: set[str] = set()
    explicit = []
    for given in answer.concerns or ():
        spelling = _spelling(given.statement)
        # A reference is never quoted, not even in words that happen to be the candidate's: no tie to a worry.
        index = None if given.source is Source.REFERENCE else spelled.get(spelling)
        if index is not None and not words and index not in counted:
            # The author wrote the candidate's words but did not tick the worry, and only ticks are shown.
            index = None
        if index is not None:
            said_otherwise.add(spelling)
        reply = None if index is None else counted.get(index)
        explicit.append(_concern(given, mode, words, None if index is None else worries[index], index, reply, new_id()))
    for index, reply in sorted(counted.items(), key=lambda item: item[0]):
        if _spelling(worries[index]) not in said_otherwise:
            yield _from_worry(reply, worries[index], words, new_id())
    yield from explicit


def _made_a_concern(reply: WorryReply, worries: Sequence[str]) -> bool:
    return reply.played in _COUNTED and 0 <= reply.worry < len(worries)


def _spelling(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".!")


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
        # What is left of the words are the candidate's own, where the author ticked that worry.
        statement = worry
    # Whoever called the references is known to all: the moment is as good as a name, and points at the reference too.
    telling = unnamed and given.surfaced_at is SurfacedAt.AFTER_REFERENCES
    return ReleasedConcern(
        id=concern_id,
        statement=statement,
        about=given.about,
        source=_FOLDED.get(given.source, Source.UNKNOWN) if unnamed else given.source,
        asked=given.asked,
        basis=None if from_reference else given.basis,
        surfaced_at=None if from_reference or telling else given.surfaced_at,
        nature=given.nature,
        weight=given.weight or (_COUNTED[reply.played] if reply else None),
        confidence=None if from_reference else given.confidence,
        question=given.question if words and not from_reference else None,
        worry=index,
        note=reply.note if words and reply else None,
        agreement=None,
    )


class _Topic(NamedTuple):
    """What two concerns must share to count as the same: a worry of the candidate, or a code. Words never match."""

    kind: str
    name: str


def _topic(concern: ReleasedConcern) -> _Topic | None:
    if concern.worry is not None:
        return _Topic("worry", str(concern.worry))
    return None if concern.about is None else _Topic("about", concern.about)


def with_agreement(answers: Sequence[ReleasedAnswer], *, k: int, mode: Mode) -> list[ReleasedAnswer]:
    """Return the answers of one round with each concern told how many share it; below k nobody is counted."""
    if mode is Mode.ATTRIBUTED or len(answers) < k:
        return [_agreed(answer, {}) for answer in answers]
    sharing = Counter(topic for answer in answers for topic in {_topic(concern) for concern in answer.concerns})
    levels = {topic: _level(count, len(answers)) for topic, count in sharing.items() if topic is not None}
    return [_agreed(answer, levels) for answer in answers]


def _level(sharing: int, among: int) -> Agreement:
    if sharing <= 1:
        return Agreement.ONE
    return Agreement.MOST if sharing * 2 > among else Agreement.SOME


def _agreed(answer: ReleasedAnswer, levels: dict[_Topic, Agreement]) -> ReleasedAnswer:
    concerns = []
    for concern in answer.concerns:
        topic = _topic(concern)
        level = None if topic is None else levels.get(topic)
        concerns.append(concern.model_copy(update={"agreement": level}))
    return answer.model_copy(update={"concerns": tuple(concerns)})


def to_json(released: ReleasedAnswer) -> str:
    """Return the text in which a released answer is kept."""
    return released.model_dump_json()


def from_json(text: str) -> ReleasedAnswer:
    """Read what `to_json` wrote."""
    return ReleasedAnswer.model_validate_json(text)
