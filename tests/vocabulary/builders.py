"""Answers for tests: plain examples, and hypothesis strategies for all valid ones."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from hypothesis import strategies as st

from app.vocabulary.answer import Answer
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


def a_sealed_answer(**over: Any) -> Answer:
    """The shortest answer to a sealed round after the decision; a field given as None is left out."""
    return Answer.model_validate({"reasons": [{"code": "not_about_you"}], "if_too_few": "withhold", **over})


def a_signed_answer(**over: Any) -> Answer:
    """The shortest answer to an attributed round after the decision."""
    return Answer.model_validate({"reasons": [{"code": "not_about_you"}], "signature": "Ada Ruiz", **over})


def open_questions_answer(**over: Any) -> Answer:
    """The shortest answer to a sealed round before the decision: nothing is open."""
    return Answer.model_validate({"open_questions": [], "if_too_few": "withhold", **over})


def a_full_answer(letter: str = "x", **over: Any) -> Answer:
    """Every field filled to its limit with one letter, for a sealed round with three worries."""
    return Answer.model_validate(
        {
            "reasons": [
                {"code": code, "detail": letter * 600}
                for code in ("motivation_or_role_understanding", "other", "required_qualification")
            ],
            "concerns": [
                {
                    "statement": letter * 280,
                    "source": "portfolio_or_public_profile",
                    "asked": "asked_directly",
                    "about": "motivation_or_role_understanding",
                    "basis": "stated_by_candidate",
                    "surfaced_at": "after_references",
                    "nature": "fixed_requirement",
                    "weight": "contributing",
                    "confidence": "medium",
                    "question": letter * 200,
                }
            ]
            * 5,
            "worry_replies": [{"worry": index, "played": "decisive", "note": letter * 280} for index in range(3)],
            "strengths": [
                {"competency": code, "note": letter * 280}
                for code in ("learning_adaptability", "reliability_ownership", "leadership_influence")
            ],
            "ratings": dict.fromkeys(Competency, "clear_strength"),
            "hired_profile": {
                "selection_result": "prefer_not_say",
                "experience_vs_you": "different_kind",
                "closer_match_in": ["learning_adaptability", "reliability_ownership", "leadership_influence"],
                "decisive_difference": "motivation_or_role_understanding",
                "field_size": "over_100",
                "interviewed": "21_100",
                "stage_you_reached": letter * 60,
                "standing": "upper_half",
            },
            "could_do_job": "with_support",
            "advice": letter * 600,
            "reapply": "after_some_time",
            "own_question_reply": letter * 600,
            "sharing": "candidate_only",
            "if_too_few": "codes_only",
            **over,
        }
    )


# What people can type: no NUL and no surrogates (refused), nothing that is normalised away.
_LETTERS = st.characters(codec="utf-8", categories=("L", "N", "P", "S"))


def texts(most: int, *, least: int = 1) -> st.SearchStrategy[str]:
    """One line of text that survives cleaning unless normalisation lengthens it."""
    return st.text(_LETTERS, min_size=least, max_size=min(most // 3, 40) if least < 20 else 40)


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def _code(codes: type[StrEnum]) -> st.SearchStrategy[Any]:
    return st.sampled_from(list(codes))


def _reasons() -> st.SearchStrategy[list[dict[str, Any]]]:
    def given(code: Reason) -> st.SearchStrategy[dict[str, Any]]:
        detail = texts(600, least=20) if code is Reason.OTHER else _maybe(texts(600))
        which = _maybe(_code(Circumstance)) if code is Reason.NOT_ABOUT_YOU else st.none()
        return st.fixed_dictionaries({"code": st.just(code), "detail": detail, "circumstance": which})

    return st.lists(_code(Reason).flatmap(given), min_size=1, max_size=3, unique_by=lambda reason: reason["code"])


def _concerns(statements: Sequence[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    statement = texts(280) | st.sampled_from(list(statements)) if statements else texts(280)
    concern = {
        "statement": statement,
        "source": _code(Source),
        "asked": _code(Asked),
        "about": _maybe(_code(About)),
        "basis": _maybe(_code(Basis)),
        "surfaced_at": _maybe(_code(SurfacedAt)),
        "nature": _maybe(_code(Nature)),
        "weight": _maybe(_code(Weight)),
        "confidence": _maybe(_code(Confidence)),
        "question": _maybe(texts(200)),
    }
    return st.lists(st.fixed_dictionaries(concern), max_size=5)


def _worry_replies(worries: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    if worries == 0:
        return st.just([])
    reply = {"worry": st.integers(0, worries - 1), "played": _code(Played), "note": _maybe(texts(280))}
    return st.lists(st.fixed_dictionaries(reply), max_size=worries, unique_by=lambda given: given["worry"])


def _hired() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "selection_result": _maybe(_code(SelectionResult)),
            "experience_vs_you": _maybe(_code(Experience)),
            "closer_match_in": _maybe(st.lists(_code(Competency), max_size=3, unique=True)),
            "decisive_difference": _maybe(_code(Reason)),
            "field_size": _maybe(_code(Band)),
            "interviewed": _maybe(_code(Band)),
            "stage_you_reached": _maybe(texts(60)),
            "standing": _maybe(_code(Standing)),
        }
    )


def answers(*, stage: Stage, mode: Mode, worries: Sequence[str] = ()) -> st.SearchStrategy[Answer]:
    """Any answer that a round of this stage and mode accepts."""
    fields: dict[str, st.SearchStrategy[Any]] = {"worry_replies": _maybe(_worry_replies(len(worries)))}
    if mode is Mode.ATTRIBUTED:
        fields["signature"] = texts(80)
    else:
        fields["if_too_few"] = _code(IfTooFew)
    if stage is Stage.AFTER_INTERVIEW:
        question = {"question": texts(200), "about": _maybe(_code(Competency))}
        fields["open_questions"] = st.lists(st.fixed_dictionaries(question), max_size=3)
    else:
        strength = {"competency": _code(Competency), "note": _maybe(texts(280))}
        fields |= {
            "reasons": _reasons(),
            "concerns": _maybe(_concerns(worries)),
            "strengths": _maybe(
                st.lists(st.fixed_dictionaries(strength), max_size=3, unique_by=lambda given: given["competency"])
            ),
            "ratings": _maybe(st.dictionaries(_code(Competency), _code(Rating))),
            "hired_profile": _maybe(_hired()),
            "could_do_job": _maybe(_code(CouldDoJob)),
            "advice": _maybe(texts(600)),
            "reapply": _maybe(_code(Reapply)),
            "own_question_reply": _maybe(texts(600)),
            "sharing": _maybe(_code(Sharing)),
        }
    return st.fixed_dictionaries(fields).map(Answer.model_validate)
