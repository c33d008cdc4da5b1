"""An answer in paragraphs: what the candidate reads, and what the author sees before sending."""

from collections.abc import Iterator
from enum import StrEnum

from app.answers.schemas import (
    ReleasedAnswer,
    ReleasedConcern,
    ReleasedHiredProfile,
    ReleasedOpenQuestion,
    ReleasedReason,
    ReleasedWorryReply,
)
from app.core.text import isolated
from app.vocabulary.codes import About, Asked, Band, Competency, Reapply, Source
from app.vocabulary.terms import term

_WHICH = ("first", "second", "third")


def in_words(released: ReleasedAnswer, *, candidate_name: str) -> list[str]:
    """Return the answer as paragraphs of plain text, in the second person. The authors' words in it are not escaped."""
    return [paragraph for paragraph, _ in paragraphs_of(released, candidate_name=candidate_name)]


def paragraphs_of(released: ReleasedAnswer, *, candidate_name: str) -> list[tuple[str, ReleasedConcern | None]]:
    """Return the same paragraphs, each with the concern that it tells of, if it tells of one."""
    opening, rest = _parts(released, candidate_name)
    told: list[tuple[str, ReleasedConcern | None]] = [(paragraph, None) for paragraph in opening]
    told += [(_concern(concern, not released.reasons), concern) for concern in released.concerns]
    told += [(paragraph, None) for paragraph in rest]
    return [(paragraph, concern) for paragraph, concern in told if paragraph]


def _parts(released: ReleasedAnswer, candidate_name: str) -> tuple[list[str], list[str]]:
    """Return the paragraphs before the concerns, and those after them."""
    before_decision = not released.reasons
    told = {concern.worry for concern in released.concerns}
    opening = [_opening(released, candidate_name, before_decision)]
    opening += [_reason(reason) for reason in released.reasons]
    opening += [_open_question(asked) for asked in released.open_questions]
    paragraphs = [_worry(reply) for reply in released.worry_replies if reply.worry not in told]
    paragraphs += [
        _sentences(f"What spoke for you: {_text(strength.competency)}.", _quoted(strength.note))
        for strength in released.strengths
    ]
    paragraphs += [f"{_capital(_text(about))}: {_text(rating)}." for about, rating in released.ratings.items()]
    if released.hired_profile is not None:
        paragraphs += _hired(released.hired_profile)
    if released.could_do_job is not None:
        paragraphs.append(_text(released.could_do_job))
    if released.own_question_reply is not None:
        paragraphs.append(f"To your own question: {_quoted(released.own_question_reply)}")
    if released.advice is not None:
        paragraphs.append(f"One thing that you could do differently: {_quoted(released.advice)}")
    if released.reapply is not None:
        paragraphs.append(f"Applying again? {_reapply(released.reapply)}")
    if released.signature is not None:
        paragraphs.append(f"Signed: {isolated(released.signature)}")
    return opening, paragraphs


def _opening(released: ReleasedAnswer, name: str, before_decision: bool) -> str:
    if not before_decision:
        opening = f"{isolated(name)}, this is what counted."
    elif released.open_questions:
        opening = f"{isolated(name)}, this is what you could still clear up."
    else:
        opening = f"{isolated(name)}, nothing is open: there is no question that you need to clear up."
    return opening if released.words else f"{opening} You see what was ticked, not the words."


def _reason(reason: ReleasedReason) -> str:
    return _sentences(
        _text(reason.code), "" if reason.circumstance is None else _text(reason.circumstance), _quoted(reason.detail)
    )


def _open_question(asked: ReleasedOpenQuestion) -> str:
    about = "" if asked.about is None else f"It is about {_text(asked.about)}."
    if asked.question is None:
        return _sentences("There is something that you could still clear up.", about)
    return _sentences(f"A question to you: {_quoted(asked.question)}", about)


def _concern(concern: ReleasedConcern, before_decision: bool) -> str:
    from_worry = concern.worry is not None
    if concern.statement is None:
        opening = "There was a doubt about you."
    elif concern.source is Source.REFERENCE:
        # Without quotation marks: this sentence replaces a quotation.
        opening = concern.statement
    elif from_worry:
        opening = f"You feared: {_quoted(concern.statement)} That counted."
        if before_decision:
            opening = f"You fear: {_quoted(concern.statement)} That is on their mind."
    else:
        opening = f"A doubt about you: {_quoted(concern.statement)}"
    codes: list[StrEnum | None] = []
    # A worry that was only chosen has no source and no `asked`: leave out "not known" twice.
    if concern.source is not Source.REFERENCE and not (from_worry and concern.source is Source.UNKNOWN):
        codes.append(concern.source)
    if not (from_worry and concern.asked is Asked.UNKNOWN):
        codes.append(concern.asked)
    codes += [concern.basis, concern.surfaced_at, concern.nature, concern.confidence]
    if not before_decision:
        codes.append(concern.weight)
    codes.append(concern.agreement)
    return _sentences(
        opening,
        _about(concern.about),
        *(_text(code) for code in codes if code is not None),
        "" if concern.question is None else f"What they could have asked you: {_quoted(concern.question)}",
        _quoted(concern.note),
    )


def _about(about: About | None) -> str:
    if about is None:
        return ""
    if about.value in {competency.value for competency in Competency}:
        return f"It is about {_text(about)}."
    return f"It belongs to: {_bare(about)}."


def _worry(reply: ReleasedWorryReply) -> str:
    which = _WHICH[reply.worry] if 0 <= reply.worry < len(_WHICH) else "next"
    return _sentences(f"Your {which} worry: {_lower(_text(reply.played))}", _quoted(reply.note))


def _hired(profile: ReleasedHiredProfile) -> Iterator[str]:
    yield _sentences(
        *(_text(code) for code in (profile.selection_result, profile.experience_vs_you) if code is not None),
        f"The closer match was in: {'; '.join(_bare(code) for code in profile.closer_match_in)}."
        if profile.closer_match_in
        else "",
        ""
        if profile.decisive_difference is None
        else f"The difference that decided: {_bare(profile.decisive_difference)}.",
    )
    yield _sentences(
        _people("Applied", profile.field_size),
        _people("Interviewed", profile.interviewed),
        "" if profile.stage_you_reached is None else f"You reached: {_quoted(profile.stage_you_reached)}",
        "" if profile.standing is None else _text(profile.standing),
    )


def _people(what: str, band: Band | None) -> str:
    return "" if band is None else f"{what}: {_text(band)}."


def _reapply(reapply: Reapply) -> str:
    return _text(reapply).rstrip(".") + "."


def _text(code: StrEnum) -> str:
    return term(code).candidate_text


def _bare(code: StrEnum) -> str:
    return _lower(term(code).label)


def _quoted(text: str | None) -> str:
    return "" if text is None else f"“{isolated(text)}”"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)
