"""Mapping between the fields of the short form and a structured answer, in both directions for errors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.text import isolated
from app.pages.forms import Fields
from app.pages.questions import MOST_CONCERNS, Questions, offered
from app.vocabulary.codes import Asked, Played, Reason, Source

MOST_QUESTIONS = 3
MOST_STRENGTHS = 3
_COUNTED = {Played.DECISIVE, Played.SOME}
_CONCERN_DETAILS = ("about", "basis", "surfaced_at", "nature", "weight", "confidence", "question")


@dataclass(frozen=True)
class Draft:
    """An answer as JSON, with the form field behind each JSON pointer.

    `needed` has the message for each field that was left empty.
    """

    answer: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    needed: dict[str, str] = field(default_factory=dict)

    def set_part(self, key: str, value: Any, name: str) -> None:
        """Set a part of the answer. The page shows errors in it beside the field `name`."""
        self.names[f"/answer/{key}"] = name
        if value:
            self.answer[key] = value

    def name_fields(self, pointer: str, *names: str) -> None:
        """Map each member of the part at `pointer` to its own field, such as `concern.0.source`."""
        for name in names:
            self.names[f"/answer/{pointer}/{name.rpartition('.')[2]}"] = name


def draft_answer(fields: Fields, asked: Questions, *, unfinished: bool) -> Draft:
    """Read the answer from `fields`. In an `unfinished` one, gaps count as "not sure", or as left out."""
    draft = Draft(names={"/understood": "understood"})
    if asked.before_decision:
        _open_questions(draft, fields)
    else:
        _reasons(draft, fields)
        _concerns(draft, fields, asked, unfinished=unfinished)
        _further_parts(draft, fields, unfinished=unfinished)
    _worry_replies(draft, fields, asked, unfinished=unfinished)
    if asked.signed:
        draft.set_part("signature", fields.one("signature"), "signature")
    else:
        draft.set_part("if_too_few", fields.one("if_too_few"), "if_too_few")
    return draft


def _open_questions(draft: Draft, fields: Fields) -> None:
    questions: list[Mapping[str, str]] = []
    for index in range(MOST_QUESTIONS):
        filled_in = _filled_in(fields, f"question.{index}", "question", "about")
        if "question" in filled_in:
            draft.name_fields(f"open_questions/{len(questions)}", *_names(f"question.{index}", "question", "about"))
            questions.append(filled_in)
    draft.set_part("open_questions", questions, "question.0.question")
    if not questions and fields.one("nothing_open"):
        draft.answer["open_questions"] = []


def _reasons(draft: Draft, fields: Fields) -> None:
    reasons: list[dict[str, str]] = []
    for code in fields.all("reasons"):
        reason = {"code": code, **({"detail": detail} if (detail := fields.one(f"detail.{code}")) else {})}
        if code == Reason.NOT_ABOUT_YOU and (circumstance := fields.one("circumstance")):
            reason["circumstance"] = circumstance
        draft.names[f"/answer/reasons/{len(reasons)}/detail"] = f"detail.{code}"
        reasons.append(reason)
    draft.set_part("reasons", reasons, "reasons")


def _concerns(draft: Draft, fields: Fields, asked: Questions, *, unfinished: bool) -> None:
    concerns = _counted_worries(draft, fields, asked)
    for index in range(MOST_CONCERNS):
        name = f"concern.{index}"
        filled_in = _filled_in(fields, name, "statement", "source", "asked", *_CONCERN_DETAILS)
        if "statement" not in filled_in:
            continue
        if unfinished:
            filled_in = {"source": Source.UNKNOWN, "asked": Asked.UNKNOWN, **filled_in}
        draft.name_fields(f"concerns/{len(concerns)}", *_names(name, "statement", "source", "asked", *_CONCERN_DETAILS))
        draft.needed[f"{name}.source"] = "Say where the doubt came from, or choose “Not sure”."
        draft.needed[f"{name}.asked"] = f"Say whether {isolated(asked.first)} was asked about it, or choose “Not sure”."
        concerns.append(filled_in)
    draft.set_part("concerns", concerns, "concern.0.statement")


def _counted_worries(draft: Draft, fields: Fields, asked: Questions) -> list[dict[str, str]]:
    """Return a concern for each worry that counted and whose follow-up questions were answered."""
    concerns: list[dict[str, str]] = []
    for index, worry in enumerate(asked.worries):
        name = f"worry.{index}"
        answered = _filled_in(fields, name, "source", "asked")
        if answered and fields.one(f"{name}.played") in _COUNTED:
            draft.name_fields(f"concerns/{len(concerns)}", *_names(name, "source", "asked"))
            draft.names[f"/answer/concerns/{len(concerns)}"] = f"{name}.played"
            concerns.append({"statement": worry.text, "source": Source.UNKNOWN, "asked": Asked.UNKNOWN, **answered})
    return concerns


def _worry_replies(draft: Draft, fields: Fields, asked: Questions, *, unfinished: bool) -> None:
    replies: list[dict[str, Any]] = []
    for index in range(len(asked.worries)):
        filled_in = _filled_in(fields, f"worry.{index}", "played", "note")
        if "played" in filled_in or (filled_in and not unfinished):
            draft.name_fields(f"worry_replies/{len(replies)}", *_names(f"worry.{index}", "played", "note"))
            draft.needed[f"worry.{index}.played"] = "Say whether it counted, or choose “Cannot say”."
            replies.append({"worry": index, **filled_in})
    draft.set_part("worry_replies", replies, "worry.0.played")


def _further_parts(draft: Draft, fields: Fields, *, unfinished: bool) -> None:
    strengths: list[dict[str, str]] = []
    for index in range(MOST_STRENGTHS):
        filled_in = _filled_in(fields, f"strength.{index}", "competency", "note")
        if "competency" in filled_in or (filled_in and not unfinished):
            draft.name_fields(f"strengths/{len(strengths)}", *_names(f"strength.{index}", "competency", "note"))
            draft.needed[f"strength.{index}.competency"] = "Choose what the example is about."
            strengths.append(filled_in)
    draft.set_part("strengths", strengths, "strength.0.competency")
    ratings = _filled_in(fields, "rating", *offered("competency"))
    draft.name_fields("ratings", *_names("rating", *offered("competency")))
    draft.set_part("ratings", ratings, "rating")
    _hired_profile(draft, fields)
    for name in ("could_do_job", "advice", "reapply", "own_question_reply", "sharing"):
        draft.set_part(name, fields.one(name), name)


def _hired_profile(draft: Draft, fields: Fields) -> None:
    names = (
        "selection_result",
        "experience_vs_you",
        "decisive_difference",
        "field_size",
        "interviewed",
        "stage_you_reached",
        "standing",
    )
    profile: dict[str, Any] = _filled_in(fields, "hired", *names)
    if closer := fields.all("hired.closer_match_in"):
        profile["closer_match_in"] = closer
    draft.name_fields("hired_profile", *_names("hired", "closer_match_in", *names))
    draft.set_part("hired_profile", profile, "hired.selection_result")


def _names(name: str, *parts: str) -> list[str]:
    return [f"{name}.{part}" for part in parts]


def _filled_in(fields: Fields, name: str, *parts: str) -> dict[str, str]:
    return {part: value for part in parts if (value := fields.one(f"{name}.{part}"))}
